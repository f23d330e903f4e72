//! What a field is compared with, and how.

use regex::Regex;

use super::PatternError;
use super::cursor::Cursor;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The operators, the longer ones first.
const OPERATORS: [(&str, Comparison); 6] = [
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Comparison {
    /// Reads an operator, if one comes next.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        OPERATORS.into_iter().find(|(text, _)| cursor.take(text)).map(|(_, comparison)| comparison)
    }

    fn holds(self, field: f64, number: f64) -> bool {
        match self {
            #[expect(clippy::float_cmp, reason = "AWS compares numbers of JSON, of which equal texts are equal")]
            Self::Equal => field == number,
            #[expect(clippy::float_cmp, reason = "AWS compares numbers of JSON, of which equal texts are equal")]
            Self::NotEqual => field != number,
            Self::Less => field < number,
            Self::LessOrEqual => field <= number,
            Self::Greater => field > number,
            Self::GreaterOrEqual => field >= number,
        }
    }
}

/// A value of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Number(f64),
    /// Text, in pieces around its asterisks.
    Text(Vec<String>),
    Regex(Box<Regex>),
}

impl Value {
    /// Reads a value; bare text ends at a space or one of `ends`.
    pub(super) fn parse(cursor: &mut Cursor<'_>, ends: &str) -> Result<Self, PatternError> {
        match cursor.peek() {
            Some('%') => super::regex::parse(cursor).map(|regex| Self::Regex(Box::new(regex))),
            Some('"') => {
                cursor.take("\"");
                Ok(Self::text(&cursor.until('"')?))
            }
            _ => match cursor.take_while(|next| !next.is_whitespace() && !ends.contains(next)) {
                "" => Err(cursor.expected("a value")),
                bare => Ok(number(bare).map_or_else(|| Self::text(bare), Self::Number)),
            },
        }
    }

    fn text(text: &str) -> Self {
        Self::Text(text.split('*').map(str::to_owned).collect())
    }

    /// Refuses what only numbers can be asked.
    pub(super) fn fits(&self, comparison: Comparison, cursor: &Cursor<'_>) -> Result<(), PatternError> {
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if is_order && !matches!(self, Self::Number(_)) {
            return Err(cursor.error("only numbers can be compared with <, <=, > and >="));
        }
        Ok(())
    }

    /// Whether the comparison holds of a field's text.
    pub(super) fn compares(&self, comparison: Comparison, field: &str) -> bool {
        let is_wanted = comparison != Comparison::NotEqual;
        match self {
            Self::Number(wanted) => number(field).map_or(!is_wanted, |field| comparison.holds(field, *wanted)),
            Self::Text(pieces) => matches_pieces(pieces, field) == is_wanted,
            Self::Regex(regex) => regex.is_match(field) == is_wanted,
        }
    }
}

/// A number: whole, with a fraction, or with an exponent.
fn number(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if is_number { text.parse().ok() } else { None }
}

/// Whether text is the pieces with anything between them.
fn matches_pieces(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces.first().is_some_and(|only| only == text) };
    let Some(rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    let mut rest = rest;
    middle.iter().all(|piece| {
        let found = rest.find(piece.as_str());
        rest = found.map_or(rest, |at| &rest[at + piece.len()..]);
        found.is_some()
    })
}
