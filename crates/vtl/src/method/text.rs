//! Methods of strings. Indexes count UTF-16 code units, as Java's do.

use super::name::{Called, Name};
use super::{new_list, pattern};
use crate::Value;
use crate::budget::{BYTES_PER_STEP, Meter};
use crate::error::{Fault, Outcome};
use crate::value::Text;
use smol_str::StrExt as _;

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

pub(super) fn call(text: &Text, called: &Called, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.text(text.len())?;
    if text.len() >= BYTES_PER_STEP && !text.is_ascii() {
        // Characters are taken one by one.
        meter.text(text.len().saturating_mul(4))?;
    }
    Ok(match (called.name, arguments) {
        (Name::Length, []) => Value::int(units(text)),
        (Name::IsEmpty, []) => Value::Bool(text.is_empty()),
        (Name::IsBlank, []) => Value::Bool(text.chars().all(char::is_whitespace)),
        (Name::Trim, []) => Value::text(text.trim_matches(|c| c <= ' ')),
        (Name::Strip, []) => Value::text(text.trim()),
        (Name::ToLowerCase, []) => Value::Text(text.to_lowercase_smolstr()),
        (Name::ToUpperCase, []) => Value::Text(text.to_uppercase_smolstr()),
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
            meter.finish(joined)
        }
        (Name::IndexOf, [Value::Text(other)]) => position(text, find(text, other)),
        (Name::IndexOf, [Value::Text(other), Value::Int(from)]) => {
            let from = byte_at(text, (*from).max(0)).unwrap_or(text.len());
            position(text, text[from..].find(&**other).map(|byte| byte + from))
        }
        (Name::LastIndexOf, [Value::Text(other)]) => position(text, text.rfind(&**other)),
        _ => return parts(text, called, arguments, meter),
    })
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
fn parts(text: &Text, called: &Called, arguments: &[Value], meter: &mut Meter) -> Outcome<Value> {
    let site = called.site.as_deref();
    Ok(match (called.name, arguments) {
        (Name::Substring, [Value::Int(from)]) => {
            let start = byte_at(text, *from).ok_or_else(|| bounds(*from, text))?;
            Value::text(&text[start..])
        }
        (Name::Substring | Name::SubSequence, [Value::Int(from), Value::Int(to)]) => {
            let start = byte_at(text, *from).ok_or_else(|| bounds(*from, text))?;
            let end = byte_at(text, *to).filter(|_| from <= to).ok_or_else(|| bounds(*to, text))?;
            Value::text(&text[start..end])
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
            let length = replaced_length(text, from, to);
            meter.room(length)?;
            meter.text(length)?;
            Value::Text(text.replace_smolstr(from, to))
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
        (Name::ReplaceAll, [Value::Text(by), Value::Text(to)]) => pattern::replace(text, (by, to), true, site, meter)?,
        (Name::ReplaceFirst, [Value::Text(by), Value::Text(to)]) => {
            pattern::replace(text, (by, to), false, site, meter)?
        }
        (Name::ValueOf, [value]) => {
            let mut printed = meter.buffer();
            crate::value::print(value, &mut printed, meter)?;
            meter.finish(printed)
        }
        _ => Value::Null,
    })
}

fn replaced_length(text: &str, from: &str, to: &str) -> usize {
    if to.len() <= from.len() {
        return text.len();
    }
    text.len().saturating_add(text.matches(from).count().saturating_mul(to.len() - from.len()))
}
