//! Sources in a body: all of it, or what a `JSONPath` finds there.

use std::cell::OnceCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde_json::Value;
use stagegate_jsonpath::{Budget, EvalError, Path};

use crate::document::{DocumentError, read_document};

/// A body that mappings read: parsed once, and only if a path needs it.
#[derive(Default)]
pub struct Body<'b> {
    bytes: &'b [u8],
    allows: Option<Box<dyn Fn(usize) -> bool + 'b>>,
    document: OnceCell<Result<Option<Value>, BodyError>>,
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Body").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl<'b> Body<'b> {
    /// A body of these bytes.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, allows: None, document: OnceCell::new() }
    }

    /// The same, where `allows` tells whether the parsed document may take so many bytes of memory.
    #[must_use]
    pub fn within(mut self, allows: impl Fn(usize) -> bool + 'b) -> Self {
        self.allows = Some(Box::new(allows));
        self
    }

    /// The bytes.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// The document, if the body starts like JSON; any other body is none (fact 79).
    fn document(&self) -> Result<Option<&Value>, BodyError> {
        let parsed = self.document.get_or_init(|| {
            if !self.bytes.trim_ascii_start().first().is_some_and(|byte| b"{[\"'".contains(byte)) {
                return Ok(None);
            }
            let allows = |bytes| self.allows.as_ref().is_none_or(|allows| allows(bytes));
            read_document(self.bytes, &allows).map(Some).map_err(|error| match error {
                DocumentError::Malformed => BodyError::InvalidJson,
                error => BodyError::Document(error),
            })
        });
        parsed.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

/// `method.request.body[.JSONPath]` or `integration.response.body[.JSONPath]`, compiled.
#[derive(Debug, Clone)]
pub struct BodySource {
    text: Box<str>,
    path: Option<Arc<Path>>,
}

/// A body that a mapping cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body looks like JSON and is none (fact 79).
    #[error("Invalid JSON in request body")]
    InvalidJson,
    /// The document is too large.
    #[error(transparent)]
    Document(DocumentError),
    /// The path met its budget.
    #[error(transparent)]
    Path(#[from] EvalError),
}

impl BodySource {
    /// Compiles what follows `method.request.body`: nothing, `.path` or `[…]`; `None` for anything else.
    pub fn parse(rest: &str) -> Option<Self> {
        let path = match rest.as_bytes().first() {
            None => None,
            Some(b'.') if rest.len() > 1 => Some(Path::parse(&rest[1..])),
            Some(b'[') => Some(Path::parse(&format!("${rest}"))),
            Some(_) => return None,
        };
        Some(Self { text: rest.into(), path: path.transpose().ok()?.map(Arc::new) })
    }

    /// Whether it is all of a body.
    pub fn is_whole(&self) -> bool {
        self.path.is_none()
    }

    /// Appends the value in `body`; `false`, and nothing appended, when it has none. A text is appended as it is, anything
    /// else as JSON.
    ///
    /// # Errors
    /// A body that starts like JSON and is none, a document that is too large, or a path over its budget.
    pub fn write(&self, body: &Body<'_>, out: &mut Vec<u8>) -> Result<bool, BodyError> {
        let Some(path) = &self.path else {
            out.extend_from_slice(body.bytes);
            return Ok(!body.bytes.is_empty());
        };
        let Some(document) = body.document()? else { return Ok(false) };
        match path.evaluate(document, &Budget::default())?.into_value() {
            None | Some(Value::Null) => Ok(false),
            Some(Value::String(text)) => {
                out.extend_from_slice(text.as_bytes());
                Ok(true)
            }
            Some(value) => {
                out.extend_from_slice(value.to_string().as_bytes());
                Ok(true)
            }
        }
    }
}

impl PartialEq for BodySource {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for BodySource {}

impl Hash for BodySource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(rest: &str, body: &str) -> Result<Option<String>, BodyError> {
        let mut out = Vec::new();
        let written = BodySource::parse(rest).expect("a source").write(&Body::new(body.as_bytes()), &mut out)?;
        Ok(written.then(|| String::from_utf8(out).expect("text")))
    }

    #[test]
    fn fact_79_only_what_starts_like_json_is_read_as_json() {
        let cases: &[(&str, &str, Option<&str>)] = &[
            ("", "plain", Some("plain")),
            ("", "", None),
            (".a", r#"{"a":"x"}"#, Some("x")),
            (".a.b", r#" {"a":{"b":1.5}}"#, Some("1.5")),
            ("[1]", "[1,2]", Some("2")),
            (".a", r#"{"a":{"b":[1]}}"#, Some(r#"{"b":[1]}"#)),
            (".a", r#"{"a":null}"#, None),
            (".b", r#"{"a":1}"#, None),
            (".a", "a=1", None),
            (".a", "", None),
        ];
        for (rest, body, expected) in cases {
            assert_eq!(value(rest, body), Ok(expected.map(str::to_owned)), "{rest} {body}");
        }
        for body in ["{", "['x']", "\"", "{\"a\":1} 2"] {
            assert_eq!(value(".a", body), Err(BodyError::InvalidJson), "{body}");
        }
    }
}
