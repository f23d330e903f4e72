//! Java's regular expressions, in linear time: what needs backtracking is refused.

use super::new_list;
use crate::Value;
use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use regex::{Captures, Regex, RegexBuilder};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// Steps that compiling a pattern counts for.
const COMPILE_STEPS: usize = 500;
/// Memory that a compiled pattern may use, and what its use counts for: the first that is enough.
const PATTERN_BYTES: [(usize, usize); 3] = [(1 << 14, 1), (1 << 16, 16), (1 << 18, 64)];
/// Memory for what a pattern learns from the texts that it goes over.
const LEARNT_BYTES: usize = 1 << 18;
/// Compiled patterns that a thread keeps.
const KEPT_PATTERNS: usize = 32;

/// The text that a pattern stands for, when it stands for one only.
fn literal(pattern: &str) -> Option<Cow<'_, str>> {
    const SPECIAL: &[char] = &['\\', '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '^', '$', '|'];
    if !pattern.contains(SPECIAL) {
        return Some(Cow::Borrowed(pattern));
    }
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().filter(|escaped| !escaped.is_alphanumeric())?),
            special if SPECIAL.contains(&special) => return None,
            plain => text.push(plain),
        }
    }
    Some(Cow::Owned(text))
}

/// A thread's patterns, the ones used last at the end.
type Kept = Vec<(Box<str>, bool, Compiled)>;

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone)]
struct Compiled {
    regex: Rc<Regex>,
    /// How much more than a plain search one step of the pattern may cost.
    weight: usize,
}

/// Compiles a pattern to go over `text`, or finds it among the last ones. Both count the same, so that a budget holds or
/// not whatever was rendered before.
fn compile(pattern: &str, whole: bool, text: &str, meter: &mut Meter) -> Outcome<Rc<Regex>> {
    meter.work(COMPILE_STEPS + pattern.len())?;
    let Compiled { regex, weight } = KEPT.with_borrow_mut(|kept| {
        if let Some(at) = kept.iter().rposition(|(source, is_whole, _)| **source == *pattern && *is_whole == whole) {
            kept[at..].rotate_left(1);
        } else {
            let compiled = build(pattern, whole)?;
            if kept.len() == KEPT_PATTERNS {
                kept.remove(0);
            }
            kept.push((pattern.into(), whole, compiled));
        }
        let (_, _, compiled) = kept.last().expect("the pattern was found or added");
        // Not a copy of the pattern itself: that would begin without what it has learnt.
        Outcome::Ok(compiled.clone())
    })?;
    if weight > 1 {
        meter.text(text.len().saturating_mul(weight))?;
        meter.work(COMPILE_STEPS * weight)?;
    }
    Ok(regex)
}

/// Compiles a pattern into as little memory as it needs: time goes with the text's length times that.
fn build(pattern: &str, whole: bool) -> Outcome<Compiled> {
    let source = if whole { format!("^(?:{pattern})$") } else { pattern.to_owned() };
    let source = ascii_classes(&source);
    for (bytes, weight) in PATTERN_BYTES {
        let built = RegexBuilder::new(&source).size_limit(bytes).dfa_size_limit(LEARNT_BYTES).build();
        if let Ok(regex) = built {
            return Ok(Compiled { regex: Rc::new(regex), weight });
        }
    }
    Err(Fault::method(format!("the regular expression {pattern:?} is not supported")).into())
}

/// Java's `\d`, `\w`, `\s` and `\b` know ASCII only.
fn ascii_classes(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    let mut in_class = 0_u32;
    while let Some(character) = characters.next() {
        match character {
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            _ => {}
        }
        if character != '\\' {
            result.push(character);
            continue;
        }
        let inner = match characters.next() {
            Some('d') => "0-9",
            Some('w') => "a-zA-Z_0-9",
            Some('s') => " \\t\\n\\x0B\\x0C\\r",
            Some('b') if in_class == 0 => {
                result.push_str("(?-u:\\b)");
                continue;
            }
            Some('D') => {
                result.push_str("[^0-9]");
                continue;
            }
            Some('W') => {
                result.push_str("[^a-zA-Z_0-9]");
                continue;
            }
            Some('S') => {
                result.push_str("[^ \\t\\n\\x0B\\x0C\\r]");
                continue;
            }
            Some(other) => {
                result.push('\\');
                result.push(other);
                continue;
            }
            None => {
                result.push('\\');
                continue;
            }
        };
        if in_class > 0 {
            result.push_str(inner);
        } else {
            result.push('[');
            result.push_str(inner);
            result.push(']');
        }
    }
    result
}

/// `String.matches`.
pub(super) fn matches(text: &str, pattern: &str, meter: &mut Meter) -> Outcome<bool> {
    meter.text(text.len().saturating_mul(4))?;
    match literal(pattern) {
        Some(literal) => Ok(text == literal),
        None => Ok(compile(pattern, true, text, meter)?.is_match(text)),
    }
}

/// `String.split`: with limit 0, empty strings at the end are dropped; no match at the start makes an empty string.
pub(super) fn split(text: &str, pattern: &str, limit: i32, meter: &mut Meter) -> Outcome<Value> {
    meter.text(text.len().saturating_mul(4))?;
    let found: Vec<(usize, usize)> = match literal(pattern) {
        Some(literal) if !literal.is_empty() => {
            text.match_indices(&*literal).map(|(at, matched)| (at, at + matched.len())).collect()
        }
        _ => {
            let regex = compile(pattern, false, text, meter)?;
            let mut found = Vec::new();
            for part in regex.find_iter(text) {
                meter.work(1)?;
                found.push((part.start(), part.end()));
            }
            found
        }
    };
    meter.work(found.len())?;
    let most = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    for (start, end) in found {
        if parts.len() + 1 >= most {
            break;
        }
        if end == 0 || start == end && start == text.len() {
            continue;
        }
        parts.push(&text[from..start]);
        from = end;
    }
    if parts.is_empty() {
        return Ok(new_list(vec![Value::text(text)]));
    }
    parts.push(&text[from..]);
    if limit == 0 {
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
    }
    Ok(new_list(parts.into_iter().map(Value::text).collect()))
}

/// `String.replaceAll`, or `String.replaceFirst`.
pub(super) fn replace(text: &str, pattern: &str, to: &str, all: bool, meter: &mut Meter) -> Outcome<Value> {
    meter.text(text.len().saturating_mul(4))?;
    let mut result = String::with_capacity(text.len());
    let mut from = 0;
    let most = if all { usize::MAX } else { 1 };
    if let Some(literal) = literal(pattern).filter(|literal| !literal.is_empty()) {
        for (at, matched) in text.match_indices(&*literal).take(most) {
            meter.push(&mut result, &text[from..at])?;
            expand(to, |group| if group == 0 { Some(matched) } else { None }, &mut result, meter)?;
            from = at + matched.len();
        }
    } else {
        let regex = compile(pattern, false, text, meter)?;
        if !to.contains(['\\', '$']) {
            // Where the groups lie does not matter, and is not looked for.
            for found in regex.find_iter(text).take(most) {
                meter.push(&mut result, &text[from..found.start()])?;
                meter.work(1)?;
                meter.push(&mut result, to)?;
                from = found.end();
            }
            meter.push(&mut result, &text[from..])?;
            return Ok(Value::text(result));
        }
        for found in regex.captures_iter(text).take(most) {
            let Some(whole) = found.get(0) else { continue };
            meter.push(&mut result, &text[from..whole.start()])?;
            expand(to, |group| group_text(&found, group), &mut result, meter)?;
            from = whole.end();
        }
    }
    meter.push(&mut result, &text[from..])?;
    Ok(Value::text(result))
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
