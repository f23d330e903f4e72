//! Selectors: `$.user.groups[0]['display name']`, and what they select of an event that is JSON.

use serde_json::Value;

use super::PatternError;
use super::cursor::Cursor;

/// The most steps of a selector.
const STEPS: usize = 64;

/// One step into an event.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
    /// Every item of an array or member of an object.
    Every,
}

/// A selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector(Vec<Step>);

impl Selector {
    /// Reads a selector.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, PatternError> {
        if !cursor.take("$") {
            return Err(cursor.expected("a selector, such as $.status"));
        }
        let mut steps = Vec::new();
        loop {
            if cursor.take(".") {
                // `$.['a']` is another way to write `$['a']`.
                if cursor.peek() != Some('[') {
                    steps.push(member(cursor)?);
                    continue;
                }
            }
            if cursor.peek() != Some('[') {
                break;
            }
            steps.push(bracketed(cursor)?);
            if steps.len() > STEPS {
                return Err(cursor.error(format!("a selector has at most {STEPS} steps")));
            }
        }
        if steps.is_empty() {
            return Err(cursor.expected("a member, such as .status"));
        }
        Ok(Self(steps))
    }

    /// Whether anything that is selected is so; where nothing is, `is_so` is asked about nothing.
    pub(super) fn any(&self, event: &Value, is_so: &mut dyn FnMut(Option<&Value>) -> bool) -> bool {
        any(event, &self.0, is_so)
    }
}

fn member(cursor: &mut Cursor<'_>) -> Result<Step, PatternError> {
    if cursor.take("*") {
        return Ok(Step::Every);
    }
    match cursor.take_while(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '@')) {
        "" => Err(cursor.expected("a member's name; one with other characters is written ['…']")),
        name => Ok(Step::Member(name.to_owned())),
    }
}

fn bracketed(cursor: &mut Cursor<'_>) -> Result<Step, PatternError> {
    cursor.take("[");
    let step = match cursor.peek() {
        Some('*') => {
            cursor.take("*");
            Step::Every
        }
        Some(quote @ ('\'' | '"')) => {
            cursor.next();
            Step::Member(cursor.until(quote)?)
        }
        _ => {
            let digits = cursor.take_while(|next| next.is_ascii_digit());
            Step::Item(digits.parse().map_err(|_| cursor.expected("a number, * or a quoted name"))?)
        }
    };
    if cursor.take("]") { Ok(step) } else { Err(cursor.expected("]")) }
}

fn any(value: &Value, steps: &[Step], is_so: &mut dyn FnMut(Option<&Value>) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else { return is_so(Some(value)) };
    let next = match (step, value) {
        (Step::Member(name), Value::Object(members)) => members.get(name),
        (Step::Item(index), Value::Array(items)) => items.get(*index),
        (Step::Every, Value::Array(items)) => return items.iter().any(|item| any(item, rest, is_so)),
        (Step::Every, Value::Object(members)) => return members.values().any(|member| any(member, rest, is_so)),
        _ => None,
    };
    match next {
        Some(next) => any(next, rest, is_so),
        None => is_so(None),
    }
}
