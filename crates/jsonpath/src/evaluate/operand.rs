//! What stands on a side of a comparison.

use std::borrow::Cow;

use regex::Regex;
use serde_json::Value;

use crate::decimal::Decimal;
use crate::error::Stop;
use crate::parse::json;
use crate::path::Path;

#[derive(Debug, Clone)]
pub(super) enum Operand<'o> {
    /// A path that leads nowhere: equal to nothing.
    Undefined,
    Null,
    Bool(bool),
    Number(Cow<'o, Decimal>),
    Text(Cow<'o, str>),
    /// A list or an object of the document.
    Json(Cow<'o, Value>),
    /// One written in the filter, which Jayway keeps as text.
    JsonText(Cow<'o, Value>),
    Pattern(&'o Regex),
    /// An element of a list whose text reads as a path or as JSON: Jayway compares it with nothing written as text.
    Unreadable,
}

impl<'o> Operand<'o> {
    /// The operand that a value found by a path is.
    pub(super) fn of(value: Cow<'o, Value>) -> Self {
        match value {
            Cow::Borrowed(Value::String(text)) => Self::Text(Cow::Borrowed(text)),
            Cow::Owned(Value::String(text)) => Self::Text(Cow::Owned(text)),
            value => match &*value {
                Value::Null => Self::Null,
                Value::Bool(value) => Self::Bool(*value),
                Value::Number(number) => Self::Number(Cow::Owned(Decimal::of(number))),
                _ => Self::Json(value),
            },
        }
    }

    /// The operand that an element of a list is. Jayway reads its texts anew, and cannot take lists within lists.
    pub(super) fn of_element(value: &'o Value) -> Result<Self, Stop> {
        Ok(match value {
            Value::String(text) => {
                let trimmed = text.trim();
                let path = trimmed.starts_with(['$', '@']) && Path::parse(trimmed).is_ok();
                if path || json::looks_like_document(trimmed) {
                    return Ok(Self::Unreadable);
                }
                Self::Text(Cow::Owned(unquoted(text)?))
            }
            Value::Array(_) | Value::Object(_) => {
                return Err(Stop::Failed("a filter cannot compare with lists or objects within a list".to_owned()));
            }
            scalar => Self::of(Cow::Borrowed(scalar)),
        })
    }

    /// The list that this is, as Jayway sees it in `in`, `contains` and the like.
    pub(super) fn list(&self) -> Option<&[Value]> {
        match self {
            Self::Json(value) | Self::JsonText(value) => value.as_array().map(Vec::as_slice),
            _ => None,
        }
    }

    pub(super) fn is_json(&self) -> bool {
        matches!(self, Self::Json(_) | Self::JsonText(_))
    }
}

fn unquoted(text: &str) -> Result<String, Stop> {
    let inside = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    if text.encode_utf16().nth(1).is_none() {
        return Ok(text.to_owned());
    }
    let inner = inside('\'').or_else(|| inside('"')).unwrap_or(text);
    crate::parse::literal::unescape(inner).ok_or_else(|| Stop::Failed("\\u takes four digits".to_owned()))
}
