//! A place in the source.

use crate::ast::Position;
use crate::error::ParseError;

pub(super) struct Cursor<'s> {
    source: &'s str,
    at: usize,
    base: Position,
    /// The place up to which `line` and `line_start` were counted.
    counted: usize,
    line: u32,
    line_start: usize,
}

impl<'s> Cursor<'s> {
    /// `base` is where the source begins in the template around it.
    pub(super) const fn new(source: &'s str, base: Position) -> Self {
        Self { source, at: 0, base, counted: 0, line: 0, line_start: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The source from `start` up to here.
    pub(super) fn since(&self, start: usize) -> &'s str {
        &self.source[start..self.at]
    }

    /// Takes `length` bytes, which end at a character's end.
    pub(super) fn take(&mut self, length: usize) -> &'s str {
        let taken = &self.source[self.at..self.at + length];
        self.at += length;
        taken
    }

    /// Takes bytes while `accept` holds; it holds for all bytes of a character or for none.
    pub(super) fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'s str {
        let length = self.rest().bytes().take_while(|byte| accept(*byte)).count();
        self.take(length)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let eaten = self.rest().starts_with(text);
        if eaten {
            self.at += text.len();
        }
        eaten
    }

    pub(super) fn blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Eats spaces and tabs up to and with a line's end; nothing where the line goes on.
    pub(super) fn line_end(&mut self) {
        let start = self.at;
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
        if !(self.eat("\r\n") || self.eat("\n") || self.eat("\r")) {
            self.at = start;
        }
    }

    /// Where the cursor stands.
    pub(super) fn position(&mut self) -> Position {
        if self.at < self.counted {
            (self.counted, self.line, self.line_start) = (0, 0, 0);
        }
        for (index, byte) in self.source.bytes().enumerate().take(self.at).skip(self.counted) {
            if byte == b'\n' {
                self.line += 1;
                self.line_start = index + 1;
            }
        }
        self.counted = self.at;
        let column = u32::try_from(self.at - self.line_start).unwrap_or(u32::MAX).saturating_add(1);
        let (line, column) = match (self.base.line, self.line) {
            (0, line) => (line + 1, column),
            (base, 0) => (base, column.saturating_add(self.base.column)),
            (base, line) => (base.saturating_add(line), column),
        };
        Position { line, column }
    }

    /// An error here.
    pub(super) fn error(&mut self, message: impl Into<String>) -> ParseError {
        let Position { line, column } = self.position();
        ParseError { line, column, message: message.into() }
    }
}
