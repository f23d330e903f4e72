//! From text to a compiled path.

mod argument;
mod bracket;
mod cursor;
pub(crate) mod filter;
pub(crate) mod json;
pub(crate) mod literal;
mod pattern;

use crate::error::ParseError;
use crate::path::{Path, Token};
use cursor::Cursor;

/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 16 * 1024;
/// Filters and arguments within one another, and brackets within a filter.
const MAX_NESTING: u32 = 32;
/// Tokens of one path.
const MAX_TOKENS: usize = 128;

/// Compiles what the caller gave.
pub(crate) fn compile(text: &str) -> Result<Path, ParseError> {
    if text.len() > MAX_PATH_BYTES {
        return Err(ParseError::new(MAX_PATH_BYTES, format!("a path is at most {MAX_PATH_BYTES} bytes long")));
    }
    if text.is_empty() {
        return Err(ParseError::new(0, "a path is not empty"));
    }
    compile_nested(text, 0, 0)
}

/// Compiles a path within another one, `base` bytes from its start.
fn compile_nested(text: &str, base: usize, nesting: u32) -> Result<Path, ParseError> {
    if nesting > MAX_NESTING {
        return Err(ParseError::new(base, format!("paths nest at most {MAX_NESTING} deep")));
    }
    let text = text.trim_end_matches(' ');
    if text.ends_with('.') {
        return Err(ParseError::new(base + text.len() - 1, "a path does not end with '.' or '..'"));
    }
    if text.starts_with(['$', '@']) {
        return Parser { cursor: Cursor::new(text, base), tokens: Vec::new(), nesting }.path();
    }
    let whole = format!("$.{text}");
    let parsed = Parser { cursor: Cursor::new(&whole, base), tokens: Vec::new(), nesting }.path();
    parsed.map_err(|error| ParseError { offset: error.offset.saturating_sub(2).max(base), ..error })
}

/// Reads one path.
struct Parser<'t> {
    cursor: Cursor<'t>,
    tokens: Vec<Token>,
    nesting: u32,
}

impl Parser<'_> {
    fn path(mut self) -> Result<Path, ParseError> {
        let from_root = self.cursor.is(b'$');
        if !from_root && !self.cursor.is(b'@') {
            return Err(self.cursor.refuse(0, "a path starts with '$' or '@'"));
        }
        if !self.cursor.at_tail() {
            self.cursor.at += 1;
            if !self.cursor.is(b'.') && !self.cursor.is(b'[') {
                return Err(self.cursor.refuse(self.cursor.at, "expected '.' or '['"));
            }
            self.token()?;
            while !self.cursor.at_tail() {
                self.token()?;
            }
        }
        Ok(Path::of_tokens(from_root, self.tokens))
    }

    fn token(&mut self) -> Result<(), ParseError> {
        if self.tokens.len() >= MAX_TOKENS {
            return Err(self.cursor.refuse(self.cursor.at, format!("a path has at most {MAX_TOKENS} parts")));
        }
        if self.cursor.is(b'.') {
            self.dots()?;
        }
        match self.cursor.current() {
            Some(b'[') => self.bracket(),
            Some(b'*') => {
                self.cursor.at += 1;
                self.tokens.push(Token::Wildcard);
                Ok(())
            }
            Some(b'.' | b' ') | None => Err(self.cursor.refuse(self.cursor.at, "expected a name, '*' or '['")),
            Some(_) => self.name(),
        }
    }

    fn dots(&mut self) -> Result<(), ParseError> {
        self.cursor.at += 1;
        if self.cursor.is(b'.') {
            self.cursor.at += 1;
            self.tokens.push(Token::Scan);
        }
        if self.cursor.is(b'.') {
            return Err(self.cursor.refuse(self.cursor.at, "'.' is not valid here"));
        }
        Ok(())
    }

    /// `name` or `name(…)`.
    fn name(&mut self) -> Result<(), ParseError> {
        let start = self.cursor.at;
        let mut end = start;
        while let Some(byte) = self.cursor.byte(end) {
            match byte {
                b' ' => return Err(self.cursor.refuse(end, "a name with blanks is written in brackets: ['my name']")),
                b'.' | b'[' | b'(' => break,
                _ => end += 1,
            }
        }
        let name = self.cursor.slice(start, end).to_owned();
        if self.cursor.byte(end) == Some(b'(') {
            return self.function(name, end);
        }
        self.cursor.at = end;
        self.tokens.push(Token::Names(vec![name]));
        Ok(())
    }
}
