//! JSON documents as templates see them: values of Java's, and text.

use std::fmt::Write as _;

use serde_json::Value as Json;
use stagegate_vtl::{Fault, Key, List, Map, Value};

/// The most values that one document gives to a template; each takes some hundred bytes of memory.
const VALUES: u64 = 1_000_000;

/// Reads a text as leniently as json-smart does: what is no JSON is one string, nothing at all an empty object (fact 71).
pub(super) fn parse(text: &str) -> Json {
    if text.trim().is_empty() {
        return Json::Object(serde_json::Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}

/// The value of a document: its lists print as JSON, its maps as Java's (fact 69).
///
/// # Errors
/// More than a million values.
pub(super) fn value(json: &Json) -> Result<Value, Fault> {
    value_within(json, &mut VALUES.clone())
}

/// The same, of no more values than are `left`, and a million.
pub(super) fn value_within(json: &Json, left: &mut u64) -> Result<Value, Fault> {
    let most = VALUES.min(*left);
    let mut unused = most;
    let value = convert(json, &mut unused);
    *left -= most - unused;
    value
}

fn convert(json: &Json, left: &mut u64) -> Result<Value, Fault> {
    *left = left.checked_sub(1).ok_or_else(|| Fault::method("documents of too many values".to_owned()))?;
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => self::number(number),
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => {
            let items = items.iter().map(|item| convert(item, left)).collect::<Result<_, _>>()?;
            Value::List(List::json(items))
        }
        Json::Object(members) => {
            let map = Map::new();
            for (name, member) in members {
                map.put(Key::Text(name.as_str().into()), convert(member, left)?);
            }
            Value::Map(map)
        }
    })
}

fn number(number: &serde_json::Number) -> Value {
    match (number.as_i64(), number.as_u64()) {
        (Some(value), _) => i32::try_from(value).map_or(Value::Long(value), Value::Int),
        (None, Some(value)) => Value::Big(Box::new(i128::from(value))),
        (None, None) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// The text of a document, with numbers as Java prints them.
pub(super) fn text(json: &Json) -> String {
    let mut out = String::new();
    write(json, &mut out);
    out
}

fn write(json: &Json, out: &mut String) {
    match json {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                _ = write!(out, "{}:", Json::from(name.as_str()));
                write(member, out);
            }
            out.push('}');
        }
        Json::Number(number) => _ = write!(out, "{}", self::number(number)),
        Json::Null | Json::Bool(_) | Json::String(_) => _ = write!(out, "{json}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_69_lists_print_json_and_maps_print_java() {
        let cases = [
            (r#"{"foo":"bar"}"#, "{foo=bar}"),
            (r#"[{"foo":"bar"}]"#, r#"[{"foo":"bar"}]"#),
            (r#"{"foo":[{"nested":"bar"}]}"#, r#"{foo=[{"nested":"bar"}]}"#),
            ("12345678901", "12345678901"),
            ("1.50", "1.5"),
            ("1e10", "1.0E10"),
            ("a=1&b=2", "a=1&b=2"),
            ("", "{}"),
        ];
        for (source, printed) in cases {
            assert_eq!(value(&parse(source)).unwrap().to_string(), printed, "{source}");
        }
    }

    #[test]
    fn text_is_the_document_again() {
        for source in [r#"{"a":[1,-2,true,null,"x/\"\n"],"b":{}}"#, "[]", "18446744073709551615", r#""é""#] {
            assert_eq!(text(&parse(source)), source);
        }
    }

    #[test]
    fn a_document_of_too_many_values_is_refused() {
        let many = format!("[{}1]", "1,".repeat(1_000_000));
        assert!(value(&parse(&many)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_document(source in ".{0,80}") {
            let _ = value(&parse(&source));
        }
    }
}
