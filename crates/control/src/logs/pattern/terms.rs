//! Terms: `ERROR "of this" -but ?or`.

use regex::Regex;

use super::PatternError;
use super::cursor::Cursor;

/// What a message shall hold.
#[derive(Debug, Clone)]
enum Term {
    Text(String),
    Regex(Box<Regex>),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

/// The terms of a pattern.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    required: Vec<Term>,
    optional: Vec<Term>,
    excluded: Vec<Term>,
}

impl Terms {
    /// All that are required, none that are excluded, and one of the optional ones, which count only among themselves.
    pub(super) fn want(&self, message: &str) -> bool {
        if self.required.is_empty() && self.excluded.is_empty() {
            return self.optional.iter().any(|term| term.is_in(message));
        }
        self.required.iter().all(|term| term.is_in(message)) && !self.excluded.iter().any(|term| term.is_in(message))
    }
}

/// Reads terms up to the end.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Terms, PatternError> {
    let mut terms = Terms::default();
    loop {
        cursor.spaces();
        if cursor.peek().is_none() {
            return Ok(terms);
        }
        let kind = if cursor.take("?") {
            &mut terms.optional
        } else if cursor.take("-") {
            &mut terms.excluded
        } else {
            &mut terms.required
        };
        kind.push(term(cursor)?);
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<Term, PatternError> {
    match cursor.peek() {
        Some('"') => {
            cursor.take("\"");
            cursor.until('"').map(Term::Text)
        }
        Some('%') => super::regex::parse(cursor).map(|regex| Term::Regex(Box::new(regex))),
        _ => match cursor.take_while(|next| next.is_alphanumeric() || next == '_') {
            "" => Err(cursor.expected("letters and digits; quote a term with other characters")),
            word => {
                if cursor.peek().is_some_and(|next| !next.is_whitespace()) {
                    return Err(cursor.expected("a space; quote a term with characters other than letters and digits"));
                }
                Ok(Term::Text(word.to_owned()))
            }
        },
    }
}
