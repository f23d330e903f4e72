//! What stands in square brackets: names, indexes, slices, a wildcard or a filter.

use crate::error::ParseError;
use crate::path::Token;

use super::cursor::Cursor;
use super::literal::unescape;
use super::{Parser, filter};

impl Parser<'_> {
    pub(super) fn bracket(&mut self) -> Result<(), ParseError> {
        let open = self.cursor.at;
        let token = match self.cursor.significant_after(open) {
            Some((_, quote @ (b'\'' | b'"'))) => self.names(quote)?,
            Some((_, b'0'..=b'9' | b'-' | b':')) => self.array()?,
            Some((star, b'*')) => self.wildcard(star)?,
            Some((mark, b'?')) => self.filter(mark)?,
            _ => return Err(self.cursor.refuse(open, "expected a quoted name, an index, '*' or a filter in brackets")),
        };
        self.tokens.push(token);
        Ok(())
    }

    fn wildcard(&mut self, star: usize) -> Result<Token, ParseError> {
        let Some(close) = self.cursor.expect_after(star, b']') else {
            return Err(self.cursor.refuse(star + 1, "expected ']' after '*'"));
        };
        self.cursor.at = close + 1;
        Ok(Token::Wildcard)
    }

    fn filter(&mut self, mark: usize) -> Result<Token, ParseError> {
        let Some(open) = self.cursor.expect_after(mark, b'(') else {
            return Err(self.cursor.refuse(mark, "expected '(' after '?'"));
        };
        let Some(close) = self.cursor.closing(open, b'(', b')', true) else {
            return Err(self.cursor.refuse(open, "the filter is not closed"));
        };
        let Some(end) = self.cursor.expect_after(close, b']') else {
            return Err(self.cursor.refuse(close, "expected ']' after the filter"));
        };
        let text = self.cursor.slice(open, close + 1);
        let expression = filter::parse(text, self.cursor.offset(open), self.nesting + 1)?;
        self.cursor.at = end + 1;
        Ok(Token::Filter(Box::new(expression)))
    }

    fn names(&mut self, quote: u8) -> Result<Token, ParseError> {
        let mut names = NameList::default();
        let mut at = self.cursor.at + 1;
        let mut escaped = false;
        while let Some(byte) = self.cursor.byte(at) {
            if escaped {
                escaped = false;
            } else if byte == b'\\' {
                escaped = true;
            } else if byte == b']' && names.start.is_none() {
                break;
            } else if byte == quote {
                names.quote(&self.cursor, at)?;
            } else if byte == b',' && names.start.is_none() {
                names.comma(&self.cursor, at)?;
            }
            at += 1;
        }
        if names.after_comma || names.start.is_some() {
            return Err(self.cursor.refuse(at, "the list of names is not closed"));
        }
        let Some(close) = self.cursor.expect_after(names.end, b']') else {
            return Err(self.cursor.refuse(names.end, "expected ']' after the name"));
        };
        self.cursor.at = close + 1;
        Ok(Token::Names(names.names))
    }

    /// `[1]`, `[1, 2]`, `[1:]`, `[1:2]`, `[:2]`.
    fn array(&mut self) -> Result<Token, ParseError> {
        let open = self.cursor.at;
        let Some(close) = self.cursor.find(open, b']') else {
            return Err(self.cursor.refuse(open, "the bracket is not closed"));
        };
        let text = self.cursor.slice(open + 1, close).trim_matches(' ');
        let token = if text.contains(':') { slice(text) } else { indexes(text) };
        let token = token.ok_or_else(|| self.cursor.refuse(open, format!("{text:?} is no index and no slice")))?;
        self.cursor.at = close + 1;
        Ok(token)
    }
}

/// The names read so far.
#[derive(Default)]
struct NameList {
    names: Vec<String>,
    start: Option<usize>,
    end: usize,
    after_comma: bool,
}

impl NameList {
    fn quote(&mut self, cursor: &Cursor<'_>, at: usize) -> Result<(), ParseError> {
        let Some(start) = self.start.take() else {
            self.start = Some(at + 1);
            self.after_comma = false;
            return Ok(());
        };
        if !matches!(cursor.significant_after(at), Some((_, b']' | b','))) {
            return Err(cursor.refuse(at, "expected ',' or ']' after the name"));
        }
        self.end = at;
        let name = unescape(cursor.slice(start, at)).ok_or_else(|| cursor.refuse(start, "\\u takes four digits"))?;
        self.names.push(name);
        Ok(())
    }

    fn comma(&mut self, cursor: &Cursor<'_>, at: usize) -> Result<(), ParseError> {
        if std::mem::replace(&mut self.after_comma, true) {
            return Err(cursor.refuse(at, "a name is missing"));
        }
        Ok(())
    }
}

fn indexes(text: &str) -> Option<Token> {
    text.split(',').map(|index| integer(index.trim_matches(' '))).collect::<Option<_>>().map(Token::Indexes)
}

/// A third part is read over, as Jayway does.
fn slice(text: &str) -> Option<Token> {
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b':')) {
        return None;
    }
    let mut parts = text.split(':').map(|part| if part.is_empty() { Some(None) } else { integer(part).map(Some) });
    let (from, to) = (parts.next()??, parts.next()??);
    (from.is_some() || to.is_some()).then_some(Token::Slice { from, to })
}

fn integer(text: &str) -> Option<i32> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}
