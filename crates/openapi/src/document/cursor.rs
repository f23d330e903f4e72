//! A reader's view of one node: typed access whose refusals say where the node stands.

use std::borrow::Cow;

use super::{Document, NodeId, Position, Value, Weight, scalar};
use crate::error::{ImportError, ImportErrorKind};

/// Longest piece of the source that is quoted in a message, in characters.
const EXCERPT_CHARS: usize = 80;

/// Shortens text from the source for a message.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A node of a document.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'d> {
    document: &'d Document,
    id: NodeId,
}

impl<'d> Cursor<'d> {
    pub(super) fn new(document: &'d Document, id: NodeId) -> Self {
        Self { document, id }
    }

    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    pub(crate) fn value(self) -> &'d Value {
        &self.document.node(self.id).value
    }

    pub(crate) fn position(self) -> Position {
        self.document.node(self.id).position
    }

    pub(crate) fn weight(self) -> Weight {
        self.document.node(self.id).weight
    }

    /// The member `key` of a mapping; nothing for other nodes and for an explicit null.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        let Value::Mapping(members) = self.value() else { return None };
        let member = Self { id: *members.get(key)?, ..self };
        (!matches!(member.value(), Value::Null)).then_some(member)
    }

    /// The item `index` of a sequence.
    pub(crate) fn item(self, index: usize) -> Option<Self> {
        let Value::Sequence(items) = self.value() else { return None };
        items.get(index).map(|id| Self { id: *id, ..self })
    }

    /// The members of a mapping, in the order of the source.
    pub(crate) fn members(self) -> Result<impl ExactSizeIterator<Item = (&'d str, Self)>, ImportError> {
        let Value::Mapping(members) = self.value() else { return Err(self.mistyped("an object")) };
        Ok(members.iter().map(move |(key, id)| (&**key, Self { id: *id, ..self })))
    }

    /// The items of a sequence.
    pub(crate) fn items(self) -> Result<impl ExactSizeIterator<Item = Self>, ImportError> {
        let Value::Sequence(items) = self.value() else { return Err(self.mistyped("a list")) };
        Ok(items.iter().map(move |id| Self { id: *id, ..self }))
    }

    /// A string; a number or boolean counts as the text it was written as (fact 133: status codes may be integers).
    pub(crate) fn text(self) -> Result<&'d str, ImportError> {
        match self.value() {
            Value::Text(text) | Value::Number(text) => Ok(text),
            Value::Boolean(true) => Ok("true"),
            Value::Boolean(false) => Ok("false"),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => Err(self.mistyped("a string")),
        }
    }

    /// A boolean, or its text.
    pub(crate) fn boolean(self) -> Result<bool, ImportError> {
        match self.value() {
            Value::Boolean(value) => Ok(*value),
            Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.mistyped("true or false")),
        }
    }

    /// An integer, or its text.
    pub(crate) fn integer(self) -> Result<i64, ImportError> {
        let (Value::Number(lexeme) | Value::Text(lexeme)) = self.value() else {
            return Err(self.mistyped("an integer"));
        };
        scalar::json_number(lexeme).as_i64().ok_or_else(|| self.mistyped("an integer"))
    }

    /// The node as JSON.
    pub(crate) fn json(self) -> serde_json::Value {
        match self.value() {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(value) => (*value).into(),
            Value::Number(lexeme) => scalar::json_number(lexeme),
            Value::Text(text) => serde_json::Value::String(text.to_string()),
            Value::Sequence(items) => items.iter().map(|id| Self { id: *id, ..self }.json()).collect(),
            Value::Mapping(members) => {
                let members = members.iter().map(|(key, id)| (key.to_string(), Self { id: *id, ..self }.json()));
                serde_json::Value::Object(members.collect())
            }
        }
    }

    /// Where the node was written, as a JSON path.
    pub(crate) fn path(self) -> String {
        let mut segments = Vec::new();
        let mut id = self.id;
        while let Some((parent, index)) = self.document.node(id).parent {
            segments.push(match &self.document.node(parent).value {
                Value::Mapping(members) => {
                    members.get_index(index as usize).map_or_else(String::new, |(key, _)| segment(key))
                }
                _ => format!("[{index}]"),
            });
            id = parent;
        }
        segments.push("$".to_owned());
        segments.reverse();
        segments.concat()
    }

    /// The refusal of this node.
    pub(crate) fn error(self, message: impl Into<String>, expected: impl Into<String>) -> ImportError {
        ImportError::at(ImportErrorKind::Definition, self.position(), message).expecting(expected).at_path(self.path())
    }

    /// The refusal of this node because a limit was hit.
    pub(crate) fn over_limit(self, message: impl Into<String>) -> ImportError {
        ImportError::at(ImportErrorKind::Limit, self.position(), message).at_path(self.path())
    }

    fn mistyped(self, expected: &str) -> ImportError {
        let found = match self.value() {
            Value::Null => "null".to_owned(),
            Value::Boolean(value) => format!("the boolean {value}"),
            Value::Number(lexeme) => format!("the number {}", excerpt(lexeme)),
            Value::Text(text) => format!("the string {:?}", excerpt(text)),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "an object".to_owned(),
        };
        self.error(format!("{found} cannot stand here"), expected)
    }
}

/// A member's step of a JSON path: `.name`, or `['na/me']` where a name needs quotes.
fn segment(key: &str) -> String {
    let key = excerpt(key);
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if plain { format!(".{key}") } else { format!("['{}']", key.replace('\\', "\\\\").replace('\'', "\\'")) }
}
