//! A place in the text of a path, with the look-ahead that the dialect's grammar is written in.

use crate::error::ParseError;

/// Where the parser stands. Positions are bytes; every character of the syntax is ASCII.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    pub(crate) at: usize,
    /// Where the text starts in what the caller gave.
    base: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str, base: usize) -> Self {
        Self { text, at: 0, base }
    }

    pub(crate) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    pub(crate) fn current(&self) -> Option<u8> {
        self.byte(self.at)
    }

    pub(crate) fn is(&self, byte: u8) -> bool {
        self.current() == Some(byte)
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    pub(crate) fn end(&self) -> usize {
        self.text.len()
    }

    /// The offset of `at` in what the caller gave.
    pub(crate) fn offset(&self, at: usize) -> usize {
        self.base + at.min(self.text.len())
    }

    pub(crate) fn refuse(&self, at: usize, message: impl Into<String>) -> ParseError {
        ParseError::new(self.offset(at), message)
    }

    /// The last character, or past it: Jayway looks no further.
    pub(crate) fn at_tail(&self) -> bool {
        self.at + 1 >= self.text.len()
    }

    pub(crate) fn skip_blanks(&mut self) {
        while self.is(b' ') {
            self.at += 1;
        }
    }

    /// The next byte after `at` that is no space, and where it is.
    pub(crate) fn significant_after(&self, at: usize) -> Option<(usize, u8)> {
        let rest = self.text.as_bytes().get(at + 1..)?;
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        Some((at + 1 + blanks, *rest.get(blanks)?))
    }

    /// Where `byte` is, if it is the next one after `at` that is no space.
    pub(crate) fn expect_after(&self, at: usize, byte: u8) -> Option<usize> {
        self.significant_after(at).and_then(|(place, found)| (found == byte).then_some(place))
    }

    /// The next `byte` at `from` or later.
    pub(crate) fn find(&self, from: usize, byte: u8) -> Option<usize> {
        self.text.as_bytes().get(from..)?.iter().position(|found| *found == byte).map(|place| from + place)
    }

    /// The next `byte` after `from` with no backslash before it.
    pub(crate) fn find_unescaped(&self, from: usize, byte: u8) -> Option<usize> {
        let mut escaped = false;
        for at in from + 1..self.end() {
            match self.byte(at) {
                _ if escaped => escaped = false,
                Some(b'\\') => escaped = true,
                found if found == Some(byte) => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// The bracket that closes the one at `from`, strings and (where `patterns`) `/…/` passed over.
    pub(crate) fn closing(&self, from: usize, open: u8, close: u8, patterns: bool) -> Option<usize> {
        let mut opened = 1_usize;
        let mut at = from + 1;
        while at < self.end() {
            if let Some(quote @ (b'\'' | b'"')) = self.byte(at) {
                at = self.find_unescaped(at, quote)? + 1;
            }
            if patterns && self.byte(at) == Some(b'/') {
                at = self.find_unescaped(at, b'/')? + 1;
            }
            match self.byte(at) {
                found if found == Some(open) => opened += 1,
                found if found == Some(close) => opened -= 1,
                _ => {}
            }
            if opened == 0 {
                return Some(at);
            }
            at += 1;
        }
        None
    }
}
