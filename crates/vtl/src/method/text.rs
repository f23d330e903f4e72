//! Methods of strings. Indexes count UTF-16 code units, as Java's do.

use super::name::{Called, Name};
use super::{Sink, new_list, pattern};
use crate::Value;
use crate::budget::{BYTES_PER_STEP, Meter};
use crate::error::{Fault, Outcome};
use crate::value::Text;

/// The byte at which code unit `index` starts; the middle of a surrogate pair counts as its start.
fn byte_at(text: &str, index: i32) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    if text.is_ascii() {
        return (index <= text.len()).then_some(index);
    }
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units + character.len_utf16() > index {
            return Some(byte);
        }
        units += character.len_utf16();
    }
    (units == index).then_some(text.len())
}

/// The code units before a byte.
fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

fn bounds(index: i32, text: &str) -> Fault {
    Fault::method(format!("String index out of range: {index}, length {}", units(text)))
}

/// The byte at which a text is found.
fn find(text: &str, other: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), other.as_bytes())
}

fn position(text: &str, found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), |byte| Value::int(units(&text[..byte])))
}

pub(super) fn call(
    text: &Text,
    called: &Called,
    arguments: &[Value],
    meter: &mut Meter,
    sink: &mut Sink<'_>,
) -> Outcome<()> {
    meter.text(text.len())?;
    if text.len() >= BYTES_PER_STEP && !text.is_ascii() {
        // Characters are taken one by one.
        meter.text(text.len().saturating_mul(4))?;
    }
    let value = match (called.name, arguments) {
        (Name::Length, []) => Value::int(units(text)),
        (Name::IsEmpty, []) => Value::Bool(text.is_empty()),
        (Name::IsBlank, []) => Value::Bool(text.chars().all(char::is_whitespace)),
        (Name::Trim, []) => return sink.text(text.trim_matches(|c| c <= ' '), meter),
        (Name::Strip, []) => return sink.text(text.trim(), meter),
        (Name::ToLowerCase, []) => return cased(text, false, meter, sink),
        (Name::ToUpperCase, []) => return cased(text, true, meter, sink),
        (Name::Intern, []) => Value::Text(text.clone()),
        (Name::Contains, [Value::Text(other)]) => Value::Bool(find(text, other).is_some()),
        (Name::StartsWith, [Value::Text(other)]) => Value::Bool(text.starts_with(&**other)),
        (Name::StartsWith, [Value::Text(other), Value::Int(from)]) => {
            Value::Bool(byte_at(text, *from).is_some_and(|from| text[from..].starts_with(&**other)))
        }
        (Name::EndsWith, [Value::Text(other)]) => Value::Bool(text.ends_with(&**other)),
        (Name::EqualsIgnoreCase, [Value::Text(other)]) => Value::Bool(text.to_lowercase() == other.to_lowercase()),
        (Name::EqualsIgnoreCase, [Value::Null]) => Value::Bool(false),
        (Name::CompareTo, [Value::Text(other)]) => Value::Int(compare(text, other)),
        (Name::CompareToIgnoreCase, [Value::Text(other)]) => {
            Value::Int(compare(&text.to_lowercase(), &other.to_lowercase()))
        }
        (Name::Concat, [Value::Text(other)]) => {
            let mut joined = meter.buffer();
            meter.push(&mut joined, text)?;
            meter.push(&mut joined, other)?;
            return sink.built(joined, meter);
        }
        (Name::IndexOf, [Value::Text(other)]) => position(text, find(text, other)),
        (Name::IndexOf, [Value::Text(other), Value::Int(from)]) => {
            let from = byte_at(text, (*from).max(0)).unwrap_or(text.len());
            position(text, text[from..].find(&**other).map(|byte| byte + from))
        }
        (Name::LastIndexOf, [Value::Text(other)]) => position(text, text.rfind(&**other)),
        _ => return parts(text, called, arguments, meter, sink),
    };
    sink.value(value, meter)
}

/// A text in upper or lower case.
fn cased(text: &str, upper: bool, meter: &mut Meter, sink: &mut Sink<'_>) -> Outcome<()> {
    if !text.is_ascii() {
        return sink.text(&if upper { text.to_uppercase() } else { text.to_lowercase() }, meter);
    }
    let mut result = meter.buffer();
    result.push_str(text);
    if upper {
        result.make_ascii_uppercase();
    } else {
        result.make_ascii_lowercase();
    }
    sink.built(result, meter)
}

/// `String.compareTo`: the difference of the first code units that differ, or of the lengths.
fn compare(left: &str, right: &str) -> i32 {
    let differing = left.encode_utf16().zip(right.encode_utf16()).find(|(left, right)| left != right);
    match differing {
        Some((left, right)) => i32::from(left) - i32::from(right),
        None => i32::try_from(units(left)).unwrap_or(i32::MAX) - i32::try_from(units(right)).unwrap_or(i32::MAX),
    }
}

/// The methods that cut a string, put it together, or go by a pattern.
fn parts(text: &Text, called: &Called, arguments: &[Value], meter: &mut Meter, sink: &mut Sink<'_>) -> Outcome<()> {
    let site = called.site.as_deref();
    let value = match (called.name, arguments) {
        (Name::Substring, [Value::Int(from)]) => {
            let start = byte_at(text, *from).ok_or_else(|| bounds(*from, text))?;
            return sink.text(&text[start..], meter);
        }
        (Name::Substring | Name::SubSequence, [Value::Int(from), Value::Int(to)]) => {
            let start = byte_at(text, *from).ok_or_else(|| bounds(*from, text))?;
            let end = byte_at(text, *to).filter(|_| from <= to).ok_or_else(|| bounds(*to, text))?;
            return sink.text(&text[start..end], meter);
        }
        (Name::CharAt, [Value::Int(at)]) => {
            let start = byte_at(text, *at).ok_or_else(|| bounds(*at, text))?;
            let character = text[start..].chars().next().ok_or_else(|| bounds(*at, text))?;
            Value::text(&*character.encode_utf8(&mut [0; 4]))
        }
        (Name::ToCharArray, []) => {
            meter.work(text.len())?;
            new_list(text.chars().map(|character| Value::text(&*character.encode_utf8(&mut [0; 4]))).collect())
        }
        (Name::Replace, [Value::Text(from), Value::Text(to)]) => {
            let result = replaced(text, from, to, meter)?;
            return sink.built(result, meter);
        }
        (Name::Repeat, [Value::Int(count)]) => {
            let count = usize::try_from(*count).map_err(|_| Fault::method("count is negative"))?;
            let length = text.len().saturating_mul(count);
            meter.room(length)?;
            meter.text(length)?;
            Value::text(text.repeat(count))
        }
        (Name::Split, [Value::Text(by)]) => pattern::split(text, by, 0, site, meter)?,
        (Name::Split, [Value::Text(by), Value::Int(limit)]) => pattern::split(text, by, *limit, site, meter)?,
        (Name::Matches, [Value::Text(by)]) => Value::Bool(pattern::matches(text, by, site, meter)?),
        (Name::ReplaceAll | Name::ReplaceFirst, [Value::Text(by), Value::Text(to)]) => {
            let all = called.name == Name::ReplaceAll;
            let result = pattern::replace(text, (by, to), all, site, meter)?;
            return sink.built(result, meter);
        }
        (Name::ValueOf, [value]) => {
            let mut printed = meter.buffer();
            crate::value::print(value, &mut printed, meter)?;
            return sink.built(printed, meter);
        }
        _ => Value::Null,
    };
    sink.value(value, meter)
}

/// `String.replace`.
fn replaced(text: &str, from: &str, to: &str, meter: &mut Meter) -> Outcome<String> {
    let mut result = meter.buffer();
    let mut at = 0;
    let mut replace = |start: usize, result: &mut String| {
        meter.push(result, &text[at..start])?;
        meter.push(result, to)?;
        at = start + from.len();
        Outcome::Ok(())
    };
    match from.as_bytes() {
        // A search for one byte needs no preparation.
        [one] => memchr::memchr_iter(*one, text.as_bytes()).try_for_each(|start| replace(start, &mut result))?,
        _ => text.match_indices(from).try_for_each(|(start, _)| replace(start, &mut result))?,
    }
    meter.push(&mut result, &text[at..])?;
    meter.text(result.len())?;
    Ok(result)
}
