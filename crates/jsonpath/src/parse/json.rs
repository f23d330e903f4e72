//! JSON inside a path, read as leniently as Jayway's JSON reader: single quotes, bare words and spare commas pass.

use serde_json::{Map, Number, Value};

use super::literal::unescape;

/// Lists and objects within one another.
const MAX_DEPTH: u32 = 64;

/// Reads all of `text`.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    if reader.at < text.len() { Err("unexpected text after the JSON value".to_owned()) } else { Ok(value) }
}

/// Whether `text` is a list or an object.
pub(crate) fn looks_like_document(text: &str) -> bool {
    let brackets = |open: char, close: char| text.len() > 1 && text.starts_with(open) && text.ends_with(close);
    (brackets('[', ']') || brackets('{', '}')) && parse(text).is_ok()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("JSON in a path nests at most {MAX_DEPTH} deep"));
        }
        self.blanks();
        match self.peek() {
            Some(b'[') => self.list(depth),
            Some(b'{') => self.object(depth),
            Some(quote @ (b'"' | b'\'')) => self.string(quote).map(Value::String),
            Some(b']' | b'}' | b',' | b':') | None => Err("a JSON value is missing".to_owned()),
            Some(_) => Ok(scalar(self.word(b",]}"))),
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.closes(b']')? {
            items.push(self.value(depth + 1)?);
            self.separated(b']')?;
        }
        Ok(Value::Array(items))
    }

    fn object(&mut self, depth: u32) -> Result<Value, String> {
        self.at += 1;
        let mut members = Map::new();
        while !self.closes(b'}')? {
            let name = match self.peek() {
                Some(quote @ (b'"' | b'\'')) => self.string(quote)?,
                _ => self.word(b":").to_owned(),
            };
            self.blanks();
            if self.peek() != Some(b':') {
                return Err("expected ':' after a member's name".to_owned());
            }
            self.at += 1;
            members.insert(name, self.value(depth + 1)?);
            self.separated(b'}')?;
        }
        Ok(Value::Object(members))
    }

    /// Passes over blanks and spare commas, and over `close` if it is there.
    fn closes(&mut self, close: u8) -> Result<bool, String> {
        loop {
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(found) if found == close => {
                    self.at += 1;
                    return Ok(true);
                }
                Some(_) => return Ok(false),
                None => return Err("the JSON value is not closed".to_owned()),
            }
        }
    }

    fn separated(&mut self, close: u8) -> Result<(), String> {
        self.blanks();
        match self.peek() {
            Some(found) if found == b',' || found == close => Ok(()),
            _ => Err("expected ',' between JSON values".to_owned()),
        }
    }

    fn string(&mut self, quote: u8) -> Result<String, String> {
        let start = self.at + 1;
        let mut end = start;
        while let Some(byte) = self.text.as_bytes().get(end) {
            match byte {
                b'\\' => end += 2,
                found if *found == quote => {
                    self.at = end + 1;
                    return unescape(&self.text[start..end]).ok_or_else(|| "\\u takes four digits".to_owned());
                }
                _ => end += 1,
            }
        }
        Err("the string is not closed".to_owned())
    }

    fn word(&mut self, ends: &[u8]) -> &str {
        let start = self.at;
        while self.peek().is_some_and(|byte| !ends.contains(&byte)) {
            self.at += 1;
        }
        self.text[start..self.at].trim()
    }
}

fn scalar(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => word.parse::<Number>().map_or_else(|_| Value::String(word.to_owned()), Value::Number),
    }
}
