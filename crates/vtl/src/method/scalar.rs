//! Methods of numbers and booleans, with the static ones that templates reach through any number.

use crate::Value;
use crate::error::{Fault, Outcome};
use crate::render::math;

pub(super) fn call(value: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
    Ok(match (name, arguments) {
        ("intValue", []) => math::int_value(value).map_or(Value::Null, Value::Int),
        ("longValue", []) => math::long_value(value).map_or(Value::Null, Value::Long),
        ("doubleValue", []) => math::double_value(value).map_or(Value::Null, Value::Double),
        ("booleanValue", []) if matches!(value, Value::Bool(_)) => value.clone(),
        ("compareTo", [other]) => {
            math::compare(value, other).map_or(Value::Null, |ordering| Value::Int(ordering as i32))
        }
        ("parseInt" | "parseLong" | "parseDouble" | "parseBoolean" | "valueOf", [Value::Text(text)]) => {
            return parse(value, name, text);
        }
        ("isNaN", []) => math::double_value(value).map_or(Value::Null, |value| Value::Bool(value.is_nan())),
        _ => Value::Null,
    })
}

/// `Integer.parseInt` and its like, called on a value of that class.
fn parse(value: &Value, name: &str, text: &str) -> Outcome<Value> {
    let parsed = match (value, name) {
        (Value::Int(_), "parseInt" | "valueOf") => text.parse().map(Value::Int).ok(),
        (Value::Long(_), "parseLong" | "valueOf") => text.parse().map(Value::Long).ok(),
        (Value::Double(_), "parseDouble" | "valueOf") => text.trim().parse().map(Value::Double).ok(),
        (Value::Bool(_), "parseBoolean" | "valueOf") => Some(Value::Bool(text.eq_ignore_ascii_case("true"))),
        _ => Some(Value::Null),
    };
    parsed.ok_or_else(|| Fault::method(format!("For input string: {text:?}")).into())
}
