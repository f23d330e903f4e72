//! Filter patterns: which events a search wants (Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters,
//! subscription filters, filter log events, and Live Tail").
//!
//! Three forms are told apart by their first character: terms, `{ … }` for events that are JSON, and `[ … ]` for events whose
//! fields stand between spaces. What a form does not know is refused with its place.

mod cursor;
mod expression;
mod field;
mod regex;
mod selector;
mod terms;
mod value;
mod words;

use self::expression::Expression;
use self::terms::Terms;
use self::words::Words;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {why}")]
pub struct PatternError {
    /// The place in the pattern, the first character being 1.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// A pattern, ready to be asked.
#[derive(Debug, Clone)]
pub struct Pattern(Form);

#[derive(Debug, Clone)]
enum Form {
    /// Every event.
    All,
    Terms(Terms),
    Json(Expression),
    Words(Words),
}

impl Pattern {
    /// Reads a pattern; one without a character that is no space wants every event.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut cursor = cursor::Cursor::new(text);
        cursor.spaces();
        let form = match cursor.peek() {
            None => Form::All,
            Some('{') => Form::Json(expression::parse(&mut cursor)?),
            Some('[') => Form::Words(words::parse(&mut cursor)?),
            Some(_) => Form::Terms(terms::parse(&mut cursor)?),
        };
        Ok(Self(form))
    }

    /// Whether the pattern wants an event with this message. An event that is no JSON is not wanted by `{ … }`.
    pub fn wants(&self, message: &str) -> bool {
        match &self.0 {
            Form::All => true,
            Form::Terms(terms) => terms.want(message),
            Form::Json(expression) => {
                message.trim_start().starts_with(['{', '['])
                    && serde_json::from_str(message).is_ok_and(|event| expression.wants(&event))
            }
            Form::Words(words) => words.want(message),
        }
    }
}

#[cfg(test)]
mod tests;
