//! The methods of strings that go by a pattern. Java's expressions, but in linear time: what needs backtracking is refused.

use super::compiled::{Pattern, Site, with_pattern};
use super::new_list;
use crate::Value;
use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use regex::Captures;

/// `String.matches`.
pub(super) fn matches(text: &str, pattern: &str, site: Option<&Site>, meter: &mut Meter) -> Outcome<bool> {
    meter.text(text.len().saturating_mul(4))?;
    with_pattern((pattern, true), site, text, meter, |pattern, _| Ok(pattern.matches(text)))
}

/// `String.split`: with limit 0, empty strings at the end are dropped; no match at the start makes an empty string.
pub(super) fn split(text: &str, by: &str, limit: i32, site: Option<&Site>, meter: &mut Meter) -> Outcome<Value> {
    meter.text(text.len().saturating_mul(4))?;
    let most = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let mut parts: Vec<Value> = Vec::new();
    let mut from = 0;
    with_pattern((by, false), site, text, meter, |pattern, meter| {
        pattern.each(text, |start, end| {
            meter.work(1)?;
            if parts.len() + 1 >= most {
                return Ok(false);
            }
            if end > 0 && (start < end || start < text.len()) {
                parts.push(Value::text(&text[from..start]));
                from = end;
            }
            Ok(true)
        })
    })?;
    if parts.is_empty() {
        return Ok(new_list(vec![Value::text(text)]));
    }
    parts.push(Value::text(&text[from..]));
    if limit == 0 {
        while parts.last().is_some_and(|part| matches!(part, Value::Text(part) if part.is_empty())) {
            parts.pop();
        }
    }
    Ok(new_list(parts))
}

/// `String.replaceAll`, or `String.replaceFirst`, in a string of [`Meter::buffer`].
pub(super) fn replace(
    text: &str,
    (by, to): (&str, &str),
    all: bool,
    site: Option<&Site>,
    meter: &mut Meter,
) -> Outcome<String> {
    meter.text(text.len().saturating_mul(4))?;
    let mut result = meter.buffer();
    let (mut from, mut left) = (0, if all { usize::MAX } else { 1 });
    with_pattern((by, false), site, text, meter, |pattern, meter| {
        if let Pattern::Regex { regex, .. } = pattern
            && to.contains(['\\', '$'])
        {
            for found in regex.captures_iter(text).take(left) {
                let Some(whole) = found.get(0) else { continue };
                meter.push(&mut result, &text[from..whole.start()])?;
                expand(to, |group| group_text(&found, group), &mut result, meter)?;
                from = whole.end();
            }
            return Ok(());
        }
        // Where the groups lie does not matter, and is not looked for.
        pattern.each(text, |start, end| {
            meter.push(&mut result, &text[from..start])?;
            expand(to, |group| (group == 0).then(|| &text[start..end]), &mut result, meter)?;
            from = end;
            left -= 1;
            Ok(left > 0)
        })
    })?;
    meter.push(&mut result, &text[from..])?;
    Ok(result)
}

/// A group's text; `None` where the pattern has no such group.
fn group_text<'t>(found: &Captures<'t>, group: usize) -> Option<&'t str> {
    (group < found.len()).then(|| found.get(group).map_or("", |group| group.as_str()))
}

/// Appends Java's replacement: `$1` is a group, a backslash takes the next character as it is.
fn expand<'t>(
    to: &str,
    group: impl Fn(usize) -> Option<&'t str>,
    result: &mut String,
    meter: &mut Meter,
) -> Outcome<()> {
    meter.work(1)?;
    if !to.contains(['\\', '$']) {
        return meter.push(result, to);
    }
    let mut characters = to.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next().ok_or_else(|| Fault::method("character to be escaped is missing"))?;
                meter.push(result, escaped.encode_utf8(&mut [0; 4]))?;
            }
            '$' => {
                let first = characters.next().and_then(|digit| digit.to_digit(10));
                let mut number = first.ok_or_else(|| Fault::method("Illegal group reference"))? as usize;
                let missing = || Fault::method(format!("No group {number}"));
                let mut text = group(number).ok_or_else(missing)?;
                while let Some(digit) = characters.peek().and_then(|digit| digit.to_digit(10)) {
                    let Some(longer) = group(number * 10 + digit as usize) else { break };
                    (number, text) = (number * 10 + digit as usize, longer);
                    characters.next();
                }
                meter.push(result, text)?;
            }
            plain => meter.push(result, plain.encode_utf8(&mut [0; 4]))?,
        }
    }
    Ok(())
}
