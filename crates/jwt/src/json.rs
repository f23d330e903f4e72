//! JSON objects from strangers: members are unique at every level, nesting is limited, nothing follows the object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep values may be nested.
const DEPTH_MAX: usize = 16;

/// Reads an object.
///
/// # Errors
/// Anything else, a member that comes twice, or a nesting deeper than 16.
pub(crate) fn object(text: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict(DEPTH_MAX).deserialize(&mut deserializer)?;
    deserializer.end()?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(serde_json::Error::custom("it is no object")),
    }
}

/// A value in which this many levels may follow.
#[derive(Clone, Copy)]
struct Strict(usize);

impl Strict {
    fn below<E: Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("it is nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if values.contains_key(&name) {
                return Err(A::Error::custom("a member comes twice"));
            }
            let value = members.next_value_seed(below)?;
            values.insert(name, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let deep = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
        assert!(object(deep(16).as_bytes()).is_ok() && object(deep(17).as_bytes()).is_err());
        for (text, is_well) in [
            (r#"{"a":1,"b":[{"a":2}]}"#, true),
            (" {\"a\" :\t1 }\r\n", true),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":2}"#, false),
            (r#"{"a":[{"b":1,"b":2}]}"#, false),
            (r#"{"a":1}{"#, false),
            (r#"{"a":1} x"#, false),
            (r#"{"a":1,}"#, false),
            (r#"{"a":01}"#, false),
            (r#"{"a":1e400}"#, false),
            (r#"{"a":NaN}"#, false),
            (r"{'a':1}", false),
            ("{\"a\":\"\n\"}", false),
            (r#"{"a":"\ud800"}"#, false),
            ("\u{feff}{}", false),
            ("[]", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(object(text.as_bytes()).is_ok(), is_well, "{text}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_what_serde_reads(text in "(\\{|\\}|\\[|\\]|:|,|\"a\"|\"b\"|1|-2\\.5e3|null|true){0,24}") {
            if let Ok(members) = object(text.as_bytes()) {
                let expected: Map<String, Value> = serde_json::from_str(&text).expect("an object");
                prop_assert_eq!(members, expected);
            }
        }
    }
}
