//! A place in a pattern, and what is read from there on.

use super::PatternError;

/// A pattern being read.
#[derive(Debug)]
pub(super) struct Cursor<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(text: &'p str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes a character.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes this text, if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    /// Takes characters as long as they are of a kind.
    pub(super) fn take_while(&mut self, is_kind: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let length = rest.find(|character| !is_kind(character)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Takes spaces.
    pub(super) fn spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes a word in capitals, if it comes next and nothing of a word behind it.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest().strip_prefix(word) else { return false };
        !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_') && self.take(word)
    }

    /// Text up to a mark, which is behind the cursor then; a backslash takes the meaning of the mark.
    pub(super) fn until(&mut self, mark: char) -> Result<String, PatternError> {
        let begin = self.at;
        let mut text = String::new();
        while let Some(next) = self.next() {
            match next {
                '\\' if self.peek() == Some(mark) => text.extend(self.next()),
                next if next == mark => return Ok(text),
                next => text.push(next),
            }
        }
        self.at = begin;
        Err(self.error(format!("there is no {mark} that ends this")))
    }

    /// A refusal of what comes next.
    pub(super) fn error(&self, why: impl Into<String>) -> PatternError {
        PatternError { at: self.text[..self.at].chars().count() + 1, why: why.into() }
    }

    /// A refusal of what comes next, where one of these may stand.
    pub(super) fn expected(&self, what: &str) -> PatternError {
        match self.peek() {
            Some(found) => self.error(format!("expected {what}, found {found}")),
            None => self.error(format!("expected {what}, found the end")),
        }
    }

    /// Makes sure that nothing but spaces follows.
    pub(super) fn end(&mut self) -> Result<(), PatternError> {
        self.spaces();
        if self.peek().is_none() { Ok(()) } else { Err(self.expected("the end of the pattern")) }
    }
}
