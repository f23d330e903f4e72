//! JSON by RFC 8259, read strictly so that an error is where a JSON author looks for it.

use std::collections::HashMap;

use indexmap::{IndexMap, map::Entry};

use super::{Document, NodeId, Position, Value, builder::Builder, cursor::excerpt};
use crate::{
    error::{ImportError, ImportErrorKind},
    options::ImportLimits,
};

/// Parses one JSON text; nothing may follow it.
pub(super) fn parse(text: &str, limits: &ImportLimits) -> Result<Document, ImportError> {
    let mut reader = Reader { text, at: 0, mark: Mark::default(), builder: Builder::new(limits) };
    let root = reader.value(1)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.unexpected("the end of the document"));
    }
    Ok(reader.builder.finish(root))
}

/// The last place whose line and column were worked out; the next one is counted from here.
struct Mark {
    at: usize,
    position: Position,
}

impl Default for Mark {
    fn default() -> Self {
        Self { at: 0, position: Position::START }
    }
}

struct Reader<'t, 'l> {
    text: &'t str,
    at: usize,
    mark: Mark,
    builder: Builder<'l>,
}

impl Reader<'_, '_> {
    fn value(&mut self, depth: u32) -> Result<NodeId, ImportError> {
        self.skip_space();
        let position = self.position();
        let value = match self.peek() {
            Some(b'{') => return self.object(depth, position),
            Some(b'[') => return self.array(depth, position),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.literal()?,
        };
        self.builder.scalar(value, position)
    }

    fn object(&mut self, depth: u32, position: Position) -> Result<NodeId, ImportError> {
        self.builder.enter(depth, position)?;
        self.at += 1;
        let mut members = IndexMap::new();
        let mut key_positions = HashMap::new();
        self.skip_space();
        if self.take(b'}') {
            return self.builder.mapping(members, position);
        }
        loop {
            self.skip_space();
            let key_position = self.position();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a member name in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.unexpected("`:` after the member name"));
            }
            let value = self.value(depth + 1)?;
            match members.entry(key) {
                Entry::Occupied(taken) => {
                    return Err(duplicate_key(taken.key(), key_positions[&taken.index()], key_position));
                }
                Entry::Vacant(free) => {
                    key_positions.insert(free.index(), key_position);
                    free.insert(value);
                }
            }
            self.skip_space();
            if self.take(b'}') {
                return self.builder.mapping(members, position);
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: u32, position: Position) -> Result<NodeId, ImportError> {
        self.builder.enter(depth, position)?;
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return self.builder.sequence(items, position);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return self.builder.sequence(items, position);
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn literal(&mut self) -> Result<Value, ImportError> {
        let rest = &self.text[self.at..];
        for (word, value) in [("true", Value::Boolean(true)), ("false", Value::Boolean(false)), ("null", Value::Null)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("a JSON value"))
    }

    fn number(&mut self) -> Result<Box<str>, ImportError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return Err(self.unexpected("a digit"));
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(self.unexpected("a digit after the decimal point"));
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(self.unexpected("a digit in the exponent"));
            }
        }
        Ok(self.text[start..self.at].into())
    }

    fn digits(&mut self) -> usize {
        let count = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// Reads a string at its opening quote.
    fn string(&mut self) -> Result<Box<str>, ImportError> {
        self.at += 1;
        let mut decoded = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) else {
                self.at = self.text.len();
                return Err(self.unexpected("`\"` to end the string"));
            };
            decoded.push_str(&rest[..length]);
            self.at += length;
            match self.text.as_bytes()[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(decoded.into_boxed_str());
                }
                b'\\' => decoded.push(self.escape()?),
                _ => return Err(self.unexpected("an escape: control characters may not stand in a string")),
            }
        }
    }

    /// Reads an escape at its backslash.
    fn escape(&mut self) -> Result<char, ImportError> {
        let letter = self.text.as_bytes().get(self.at + 1);
        let decoded = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.unexpected("one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u")),
        };
        self.at += 2;
        Ok(decoded)
    }

    fn unicode_escape(&mut self) -> Result<char, ImportError> {
        let unit = |at: usize| {
            let digits = self.text.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
            let all_hex = digits.iter().all(u8::is_ascii_hexdigit);
            let digits = std::str::from_utf8(digits).ok().filter(|_| all_hex)?;
            u32::from_str_radix(digits, 16).ok()
        };
        let (code, length) = match unit(self.at) {
            Some(high @ 0xd800..=0xdbff) => match unit(self.at + 6) {
                Some(low @ 0xdc00..=0xdfff) => (0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12),
                _ => (high, 6),
            },
            Some(code) => (code, 6),
            None => return Err(self.unexpected("four hexadecimal digits after \\u")),
        };
        let Some(decoded) = char::from_u32(code) else {
            return Err(self.unexpected("a pair of surrogates"));
        };
        self.at += length;
        Ok(decoded)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    /// The place of the next character. Places are asked for in rising order, so that all together cost one pass.
    fn position(&mut self) -> Position {
        for byte in &self.text.as_bytes()[self.mark.at..self.at] {
            match byte {
                b'\n' => {
                    self.mark.position = Position { line: self.mark.position.line + 1, column: 1 };
                }
                0x80..=0xbf => {}
                _ => self.mark.position.column += 1,
            }
        }
        self.mark.at = self.at;
        self.mark.position
    }

    fn unexpected(&mut self, expected: &str) -> ImportError {
        let found = match self.text[self.at..].chars().next() {
            Some(found) => format!("unexpected {found:?} in JSON"),
            None => "the JSON ends too early".to_owned(),
        };
        ImportError::at(ImportErrorKind::Syntax, self.position(), found).expecting(expected)
    }
}

/// The refusal of a key that stands twice in one object.
pub(super) fn duplicate_key(key: &str, first: Position, second: Position) -> ImportError {
    let message = format!(
        "the key {:?} stands twice in one object, first at line {}, column {}",
        excerpt(key),
        first.line,
        first.column,
    );
    ImportError::at(ImportErrorKind::Syntax, second, message).expecting("each key once")
}
