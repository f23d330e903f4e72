//! Methods of numbers and booleans, with the static ones that templates reach through any number.

use super::name::Name;
use crate::Value;
use crate::error::{Fault, Outcome};
use crate::render::math;

pub(super) fn call(value: &Value, name: Name, arguments: &[Value]) -> Outcome<Value> {
    Ok(match (name, arguments) {
        (Name::IntValue, []) => math::int_value(value).map_or(Value::Null, Value::Int),
        (Name::LongValue, []) => math::long_value(value).map_or(Value::Null, Value::Long),
        (Name::DoubleValue, []) => math::double_value(value).map_or(Value::Null, Value::Double),
        (Name::BooleanValue, []) if matches!(value, Value::Bool(_)) => value.clone(),
        (Name::CompareTo, [other]) => {
            math::compare(value, other).map_or(Value::Null, |ordering| Value::Int(ordering as i32))
        }
        (
            Name::ParseInt | Name::ParseLong | Name::ParseDouble | Name::ParseBoolean | Name::ValueOf,
            [Value::Text(text)],
        ) => {
            return parse(value, name, text);
        }
        (Name::IsNaN, []) => math::double_value(value).map_or(Value::Null, |value| Value::Bool(value.is_nan())),
        _ => Value::Null,
    })
}

/// `Integer.parseInt` and its like, called on a value of that class.
fn parse(value: &Value, name: Name, text: &str) -> Outcome<Value> {
    let parsed = match (value, name) {
        (Value::Int(_), Name::ParseInt | Name::ValueOf) => text.parse().map(Value::Int).ok(),
        (Value::Long(_), Name::ParseLong | Name::ValueOf) => text.parse().map(Value::Long).ok(),
        (Value::Double(_), Name::ParseDouble | Name::ValueOf) => text.trim().parse().map(Value::Double).ok(),
        (Value::Bool(_), Name::ParseBoolean | Name::ValueOf) => Some(Value::Bool(text.eq_ignore_ascii_case("true"))),
        _ => Some(Value::Null),
    };
    parsed.ok_or_else(|| Fault::method(format!("For input string: {text:?}")).into())
}
