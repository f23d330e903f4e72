//! JSON documents as templates see them: values of Java's, and text.

use std::fmt::Write as _;

use serde_json::Value as Json;
use stagegate_mapping::DocumentError;
use stagegate_vtl::{Fault, Key, List, Map, Value};

use super::work::Work;

/// Reads a text as leniently as json-smart does: what is no JSON is one string, nothing at all an empty object (fact 71).
///
/// # Errors
/// A document of too many values, or more than is left of the work or the memory.
pub(super) fn parse(text: &str, work: &Work) -> Result<Json, Fault> {
    if text.trim().is_empty() {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    work.text(text.len())?;
    match work.read(text) {
        Ok(document) => Ok(document),
        Err(DocumentError::Malformed) => Ok(Json::String(text.to_owned())),
        Err(error) => Err(Fault::method(error.to_string())),
    }
}

/// The value of a document: its lists print as JSON, its maps as Java's (fact 69).
///
/// # Errors
/// More values than are left of the work or the memory.
pub(super) fn value(json: &Json, work: &Work) -> Result<Value, Fault> {
    let mut count = 0;
    let value = convert(json, &mut count, work)?;
    work.values(count)?;
    Ok(value)
}

/// Values that are made between two looks at what is left.
const STRIDE: usize = 1024;

fn convert(json: &Json, count: &mut usize, work: &Work) -> Result<Value, Fault> {
    *count += 1;
    if *count == STRIDE {
        work.values(std::mem::take(count))?;
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => self::number(number),
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => {
            let items = items.iter().map(|item| convert(item, count, work)).collect::<Result<_, _>>()?;
            Value::List(List::json(items))
        }
        Json::Object(members) => {
            let map = Map::new();
            for (name, member) in members {
                map.put(Key::Text(name.as_str().into()), convert(member, count, work)?);
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
            let work = Work::unlimited();
            assert_eq!(value(&parse(source, &work).unwrap(), &work).unwrap().to_string(), printed, "{source}");
        }
    }

    #[test]
    fn text_is_the_document_again() {
        for source in [r#"{"a":[1,-2,true,null,"x/\"\n"],"b":{}}"#, "[]", "18446744073709551615", r#""é""#] {
            assert_eq!(text(&parse(source, &Work::unlimited()).unwrap()), source);
        }
    }

    #[test]
    fn a_document_of_too_many_values_is_refused() {
        let many = format!("[{}1]", "1,".repeat(1_000_000));
        assert!(parse(&many, &Work::unlimited()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_document(source in ".{0,80}") {
            let work = Work::unlimited();
            let _ = value(&parse(&source, &work).unwrap(), &work);
        }
    }
}
