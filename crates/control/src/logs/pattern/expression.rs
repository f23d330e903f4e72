//! `{ ($.status >= 500) && ($.path = "/pets*") }`: conditions on events that are JSON.

use serde_json::Value as Json;

use super::PatternError;
use super::cursor::Cursor;
use super::selector::Selector;
use super::value::{Comparison, Value};

/// How deep parentheses may stand in each other.
const DEPTH: usize = 16;

/// A condition, or some of them.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    One(Selector, Condition),
}

/// What is asked of what is selected.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Compare(Comparison, Value),
    IsNull,
    IsTrue,
    IsFalse,
    NotExists,
}

/// Reads an expression with its braces, up to the end.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Expression, PatternError> {
    cursor.take("{");
    let expression = any(cursor, DEPTH)?;
    cursor.spaces();
    if !cursor.take("}") {
        return Err(cursor.expected("&&, || or }"));
    }
    cursor.end()?;
    Ok(expression)
}

fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expression, PatternError> {
    let mut parts = vec![all(cursor, depth)?];
    while follows(cursor, "||") {
        parts.push(all(cursor, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
}

fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expression, PatternError> {
    let mut parts = vec![one(cursor, depth)?];
    while follows(cursor, "&&") {
        parts.push(one(cursor, depth)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
}

fn follows(cursor: &mut Cursor<'_>, operator: &str) -> bool {
    cursor.spaces();
    cursor.take(operator)
}

fn one(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expression, PatternError> {
    cursor.spaces();
    if cursor.peek() == Some('(') {
        let depth = depth.checked_sub(1).ok_or_else(|| cursor.error("parentheses stand too deep"))?;
        cursor.take("(");
        let inner = any(cursor, depth)?;
        cursor.spaces();
        return if cursor.take(")") { Ok(inner) } else { Err(cursor.expected("&&, || or )")) };
    }
    let selector = Selector::parse(cursor)?;
    cursor.spaces();
    Ok(Expression::One(selector, condition(cursor)?))
}

fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, PatternError> {
    if let Some(comparison) = Comparison::parse(cursor) {
        cursor.spaces();
        let value = Value::parse(cursor, "&|(){}")?;
        value.fits(comparison, cursor)?;
        return Ok(Condition::Compare(comparison, value));
    }
    if cursor.keyword("IS") {
        cursor.spaces();
        let conditions = [("NULL", Condition::IsNull), ("TRUE", Condition::IsTrue), ("FALSE", Condition::IsFalse)];
        let found = conditions.into_iter().find(|(word, _)| cursor.keyword(word));
        return found.map(|(_, condition)| condition).ok_or_else(|| cursor.expected("NULL, TRUE or FALSE"));
    }
    if cursor.keyword("NOT") {
        cursor.spaces();
        return if cursor.keyword("EXISTS") { Ok(Condition::NotExists) } else { Err(cursor.expected("EXISTS")) };
    }
    Err(cursor.expected("=, !=, <, <=, >, >=, IS or NOT EXISTS"))
}

impl Expression {
    /// Whether the condition holds of an event.
    pub(super) fn wants(&self, event: &Json) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.wants(event)),
            Self::Any(parts) => parts.iter().any(|part| part.wants(event)),
            Self::One(selector, condition) => selector.any(event, &mut |field| condition.holds(field)),
        }
    }
}

impl Condition {
    /// Of a member that is not there only `NOT EXISTS` holds.
    fn holds(&self, field: Option<&Json>) -> bool {
        match (self, field) {
            (Self::NotExists, field) => field.is_none(),
            (_, None) => false,
            (Self::IsNull, Some(field)) => field.is_null(),
            (Self::IsTrue, Some(field)) => *field == Json::Bool(true),
            (Self::IsFalse, Some(field)) => *field == Json::Bool(false),
            (Self::Compare(comparison, value), Some(field)) => match field {
                Json::String(text) => value.compares(*comparison, text),
                Json::Number(number) => value.compares(*comparison, &number.to_string()),
                Json::Bool(is) => value.compares(*comparison, if *is { "true" } else { "false" }),
                Json::Null | Json::Array(_) | Json::Object(_) => false,
            },
        }
    }
}
