//! JSON as AWS JSON 1.0 has it, into members and out of them: times are seconds since 1970.

use serde_json::{Map, Value as Json};

use super::value::Value;

/// Reads members. An empty body has none.
pub(super) fn decode(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    if bytes.is_empty() {
        return Ok(Value::Map(Vec::new()));
    }
    serde_json::from_slice(bytes).map(value)
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(given) => Value::Boolean(given),
        Json::Number(number) => number.as_f64().map_or(Value::Null, Value::Number),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(value).collect()),
        Json::Object(members) => Value::Map(members.into_iter().map(|(name, held)| (name, value(held))).collect()),
    }
}

/// Writes members.
pub(super) fn encode(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(given) => Json::Bool(*given),
        Value::Text(text) => Json::String(text.clone()),
        Value::Number(number) | Value::Time(number) => Json::from(*number),
        Value::List(items) => Json::Array(items.iter().map(encode).collect()),
        Value::Map(members) => {
            Json::Object(members.iter().map(|(name, held)| (name.clone(), encode(held))).collect::<Map<_, _>>())
        }
    }
}
