//! JSON documents of strangers, read into memory within a limit of values and an allowance of bytes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most values that one document may have: objects, lists, and what stands in them.
///
/// Ten megabytes of `1,1,1…` are five million values, which take fifty times that in memory and keep a core busy for most
/// of a second. Documents are nested at most 128 levels deep, which is serde's limit; deeper ones are none.
pub const MAX_DOCUMENT_VALUES: usize = 1_000_000;
/// Bytes of memory that a value of a document counts for, its text and its name left out.
pub const DOCUMENT_VALUE_BYTES: usize = 160;
/// Values between two questions to the allowance.
const STRIDE: usize = 1024;

/// A text that is not read as a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is no JSON.
    #[error("the text is no JSON")]
    Malformed,
    /// It has more values than a document may have.
    #[error("the JSON document has more than {MAX_DOCUMENT_VALUES} values")]
    Values,
    /// It takes more memory than there is for it.
    #[error("there is no memory left for the JSON document")]
    Memory,
}

/// Reads a document. `allows` is asked now and then whether the document may take so many bytes of memory in all; what it
/// refuses is not read any further.
///
/// # Errors
/// The text is no JSON, or it has too many values, or `allows` refuses.
pub fn read_document(text: &[u8], allows: &dyn Fn(usize) -> bool) -> Result<Value, DocumentError> {
    let mut count = Count { values: 0, bytes: text.len(), allows, refused: None };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Counted(&mut count).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|_| count.refused.unwrap_or(DocumentError::Malformed))
}

/// How many values were read, and why no more are.
struct Count<'a> {
    values: usize,
    /// Of the text: texts and names in it take about as much again.
    bytes: usize,
    allows: &'a dyn Fn(usize) -> bool,
    refused: Option<DocumentError>,
}

impl Count<'_> {
    fn one<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.values += 1;
        if self.values > MAX_DOCUMENT_VALUES {
            self.refused = Some(DocumentError::Values);
        } else if self.values % STRIDE == 1 {
            // For those that come until it is asked again, too.
            let bytes = self.bytes + (self.values + STRIDE).min(self.bytes) * DOCUMENT_VALUE_BYTES;
            if self.values > 1 && !(self.allows)(bytes) {
                self.refused = Some(DocumentError::Memory);
            }
        }
        self.refused.map_or(Ok(()), |refused| Err(E::custom(refused)))
    }
}

/// A value that is counted.
struct Counted<'c, 'a>(&'c mut Count<'a>);

impl<'de> DeserializeSeed<'de> for Counted<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.one()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_, '_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Counted(self.0))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let member = members.next_value_seed(Counted(self.0))?;
            map.insert(name, member);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Value, DocumentError> {
        read_document(text.as_bytes(), &|_| true)
    }

    #[test]
    fn a_document_has_a_limit_of_values() {
        let list = |values: usize| format!("[{}1]", "1,".repeat(values - 2));
        assert!(read(&list(MAX_DOCUMENT_VALUES)).is_ok());
        assert_eq!(read(&list(MAX_DOCUMENT_VALUES + 1)), Err(DocumentError::Values));
        assert_eq!(read(&list(5 * MAX_DOCUMENT_VALUES)), Err(DocumentError::Values));
        let members = "\"a\":[{}],".repeat(MAX_DOCUMENT_VALUES / 2);
        assert_eq!(read(&format!("{{{members}\"\":0}}")), Err(DocumentError::Values));
    }

    #[test]
    fn a_document_that_is_nested_too_deeply_is_none() {
        for open in ["[", "{\"a\":"] {
            assert_eq!(read(&open.repeat(5_000_000)), Err(DocumentError::Malformed));
        }
        assert!(read(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
    }

    #[test]
    fn memory_is_asked_for_before_it_is_taken() {
        let text = format!("[{}1]", "1,".repeat(100_000));
        let asked = Cell::new(0);
        let most = 1_000_000;
        let allows = |bytes: usize| {
            asked.set(bytes);
            bytes <= most
        };
        assert_eq!(read_document(text.as_bytes(), &allows), Err(DocumentError::Memory));
        assert!(asked.get() < most + 2 * STRIDE * DOCUMENT_VALUE_BYTES, "{}", asked.get());
        asked.set(0);
        assert!(read_document(b"[1,2,3]", &allows).is_ok());
        assert_eq!(asked.get(), 0, "little is not worth the asking");
        // What a value counts for is what it takes: a list may have room for twice its values.
        assert!(2 * size_of::<Value>() <= DOCUMENT_VALUE_BYTES);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_reads(text in r#"[\[\]{}:,"a1.e+\-\\u0 tnruefals]{0,24}"#) {
            prop_assert_eq!(read(&text).ok(), serde_json::from_str::<Value>(&text).ok());
        }

        #[test]
        fn documents_are_read_whole(values in prop::collection::vec(any::<(i64, u64, f64, bool, String)>(), 0..9)) {
            let text = serde_json::to_string(&values).unwrap();
            prop_assert_eq!(read(&text).ok(), serde_json::from_str::<Value>(&text).ok());
        }
    }
}
