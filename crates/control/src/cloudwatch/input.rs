//! Reading members: what they are, and in whose words they are refused.

use stagegate_model::rest::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fault::{CloudWatchFault, fault, invalid};
use super::value::Value;
use crate::fault::Fault;

/// Characters of a refused value that are shown.
const SHOWN_CHARS: usize = 128;
/// The most dimensions of a metric.
const DIMENSIONS_MAX: usize = 30;

/// A dimension: its name and its value.
pub(super) type Dimension = (Box<str>, Box<str>);

/// What must be there.
pub(super) fn needed<T>(given: Option<T>, name: &str) -> Result<T, Fault> {
    given.ok_or_else(|| fault(CloudWatchFault::MissingParameter, format!("The parameter {name} is required.")))
}

fn wrong(name: &str, rule: &str) -> Fault {
    invalid(format!("The value for parameter {name} is invalid: it must be {rule}."))
}

/// A text.
pub(super) fn text<'v>(members: &'v Value, name: &str) -> Result<Option<&'v str>, Fault> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(name, "a text")),
    }
}

/// A text of 1 to `max` characters.
pub(super) fn short_text<'v>(members: &'v Value, name: &str, max: usize) -> Result<Option<&'v str>, Fault> {
    match text(members, name)? {
        Some(text) if !(1..=max).contains(&text.chars().count()) => {
            Err(wrong(name, &format!("a text of 1 to {max} characters")))
        }
        given => Ok(given),
    }
}

/// A whole number.
pub(super) fn whole_number(members: &Value, name: &str) -> Result<Option<i64>, Fault> {
    let number = match members.get(name) {
        None => return Ok(None),
        Some(Value::Number(number)) => whole(*number),
        Some(Value::Text(text)) => text.parse().ok(),
        Some(_) => None,
    };
    number.map(Some).ok_or_else(|| wrong(name, "a whole number"))
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole, and far within the range")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}

/// Yes or no.
pub(super) fn flag(members: &Value, name: &str) -> Result<Option<bool>, Fault> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Boolean(given)) => Ok(Some(*given)),
        Some(Value::Text(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::Text(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(wrong(name, "true or false")),
    }
}

/// A time, in whole seconds since 1970.
pub(super) fn time(members: &Value, name: &str) -> Result<Option<i64>, Fault> {
    let seconds = match members.get(name) {
        None => return Ok(None),
        Some(Value::Time(seconds) | Value::Number(seconds)) => whole(seconds.floor()),
        Some(Value::Text(text)) => text_time(text),
        Some(_) => None,
    };
    // Times before 1970 and after 9999 are none of CloudWatch's.
    let sensible = seconds.filter(|seconds| (0..=253_402_300_799).contains(seconds));
    sensible.map(Some).ok_or_else(|| wrong(name, "a time such as 2026-11-22T23:00:00Z"))
}

fn text_time(text: &str) -> Option<i64> {
    let parsed =
        OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
    parsed.map(OffsetDateTime::unix_timestamp).ok().or_else(|| whole(text.parse::<f64>().ok()?.floor()))
}

/// A list.
pub(super) fn list<'v>(members: &'v Value, name: &str) -> Result<&'v [Value], Fault> {
    match members.get(name) {
        None => Ok(&[]),
        Some(Value::List(items)) => Ok(items),
        // A form writes an empty list as the bare name.
        Some(Value::Text(text)) if text.is_empty() => Ok(&[]),
        Some(_) => Err(wrong(name, "a list")),
    }
}

/// A list of texts.
pub(super) fn texts<'v>(members: &'v Value, name: &str) -> Result<Vec<&'v str>, Fault> {
    let text = |item: &'v Value| match item {
        Value::Text(text) => Ok(text.as_str()),
        _ => Err(wrong(name, "a list of texts")),
    };
    list(members, name)?.iter().map(text).collect()
}

/// The dimensions of a metric, in the order of their names.
pub(super) fn dimensions(members: &Value) -> Result<Box<[Dimension]>, Fault> {
    let items = list(members, "Dimensions")?;
    if items.len() > DIMENSIONS_MAX {
        return Err(wrong("Dimensions", &format!("a list of at most {DIMENSIONS_MAX} dimensions")));
    }
    let dimension = |item: &Value| -> Result<Dimension, Fault> {
        let name = needed(short_text(item, "Name", 255)?, "Dimensions.member.Name")?;
        let value = needed(short_text(item, "Value", 1024)?, "Dimensions.member.Value")?;
        Ok((name.into(), value.into()))
    };
    let mut dimensions: Vec<Dimension> = items.iter().map(dimension).collect::<Result<_, _>>()?;
    dimensions.sort();
    Ok(dimensions.into())
}

/// As much of a text as a message shows.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

/// Whole minutes of a time.
pub(super) fn minutes(at: Timestamp) -> u64 {
    u64::try_from(at.epoch_seconds() / 60).unwrap_or_default()
}
