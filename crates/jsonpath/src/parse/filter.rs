//! The expressions of filters: `[?(@.price < 10 && @.isbn)]`.

use regex::Regex;
use serde_json::Value;

use crate::decimal::Decimal;
use crate::error::ParseError;
use crate::path::Path;

use super::cursor::Cursor;
use super::literal::unescape;
use super::{MAX_NESTING, compile_nested, json, pattern};

#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Any(Vec<Expression>),
    All(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Operand, Operator, Operand),
    /// `@.a`, or `!@.a` where it is not `expected`.
    Exists {
        path: Path,
        expected: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Path(Path),
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    Json(Value),
    Pattern(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    SameTypeEqual,
    NotEqual,
    SameTypeNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    All,
    Size,
    Empty,
    Exists,
    SubsetOf,
    AnyOf,
    NoneOf,
    /// `TYPE` and `MATCHES`, which a path's text can give no operand for.
    Unspeakable,
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_uppercase().as_str() {
            "==" => Self::Equal,
            "===" => Self::SameTypeEqual,
            "!=" => Self::NotEqual,
            "!==" => Self::SameTypeNotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "=~" => Self::Matches,
            "IN" => Self::In,
            "NIN" => Self::NotIn,
            "CONTAINS" => Self::Contains,
            "ALL" => Self::All,
            "SIZE" => Self::Size,
            "EMPTY" => Self::Empty,
            "EXISTS" => Self::Exists,
            "SUBSETOF" => Self::SubsetOf,
            "ANYOF" => Self::AnyOf,
            "NONEOF" => Self::NoneOf,
            "TYPE" | "MATCHES" => Self::Unspeakable,
            _ => return None,
        })
    }
}

/// Reads `(…)`, which starts `base` bytes into the caller's text.
pub(super) fn parse(text: &str, base: usize, nesting: u32) -> Result<Expression, ParseError> {
    let mut parser = FilterParser { cursor: Cursor::new(text, base), nesting };
    let expression = parser.any()?;
    parser.cursor.skip_blanks();
    if parser.cursor.current().is_some() {
        return Err(parser.refuse("expected the end of the filter"));
    }
    Ok(expression)
}

struct FilterParser<'t> {
    cursor: Cursor<'t>,
    nesting: u32,
}

impl FilterParser<'_> {
    fn refuse(&self, message: impl Into<String>) -> ParseError {
        self.cursor.refuse(self.cursor.at, message)
    }

    fn any(&mut self) -> Result<Expression, ParseError> {
        let mut operands = vec![self.all()?];
        while self.takes("||") {
            operands.push(self.all()?);
        }
        Ok(if operands.len() == 1 { operands.remove(0) } else { Expression::Any(operands) })
    }

    fn all(&mut self) -> Result<Expression, ParseError> {
        let mut operands = vec![self.operand()?];
        while self.takes("&&") {
            operands.push(self.operand()?);
        }
        Ok(if operands.len() == 1 { operands.remove(0) } else { Expression::All(operands) })
    }

    fn starts_with(&self, text: &str) -> bool {
        self.cursor.slice(self.cursor.at, self.cursor.at + text.len()) == text
    }

    fn takes(&mut self, text: &str) -> bool {
        self.cursor.skip_blanks();
        let there = self.starts_with(text);
        if there {
            self.cursor.at += text.len();
        }
        there
    }

    fn operand(&mut self) -> Result<Expression, ParseError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.refuse(format!("filters nest at most {MAX_NESTING} deep")));
        }
        let expression = self.operand_within();
        self.nesting -= 1;
        expression
    }

    fn operand_within(&mut self) -> Result<Expression, ParseError> {
        self.cursor.skip_blanks();
        if self.cursor.is(b'!') {
            let path = matches!(self.cursor.significant_after(self.cursor.at), Some((_, b'$' | b'@')));
            if !path {
                self.cursor.at += 1;
                return Ok(Expression::Not(Box::new(self.operand()?)));
            }
        }
        if self.takes("(") {
            let expression = self.any()?;
            if !self.takes(")") {
                return Err(self.refuse("expected ')'"));
            }
            return Ok(expression);
        }
        self.comparison()
    }

    /// `!` before a path counts for an existence check only: Jayway reads `!@.a == 1` as `@.a == 1`.
    fn comparison(&mut self) -> Result<Expression, ParseError> {
        let expected = !self.cursor.is(b'!');
        let left = self.value()?;
        self.cursor.skip_blanks();
        let ends = self.cursor.current().is_none() || [")", "&&", "||"].iter().any(|end| self.starts_with(end));
        match (left, ends) {
            (Operand::Path(path), true) => Ok(Expression::Exists { path, expected }),
            (_, true) => Err(self.refuse("a literal alone is no condition")),
            (left, false) => {
                let operator = self.operator()?;
                Ok(Expression::Compare(left, operator, self.value()?))
            }
        }
    }

    fn operator(&mut self) -> Result<Operator, ParseError> {
        let start = self.cursor.at;
        let symbols = self.cursor.current().is_some_and(is_relational);
        while self.cursor.current().is_some_and(|byte| if symbols { is_relational(byte) } else { byte != b' ' }) {
            self.cursor.at += 1;
        }
        let text = self.cursor.slice(start, self.cursor.at);
        Operator::parse(text).ok_or_else(|| self.cursor.refuse(start, format!("{text:?} is no operator")))
    }

    fn value(&mut self) -> Result<Operand, ParseError> {
        self.cursor.skip_blanks();
        if self.cursor.is(b'!') {
            self.cursor.at += 1;
            self.cursor.skip_blanks();
            if !matches!(self.cursor.current(), Some(b'$' | b'@')) {
                return Err(self.refuse("expected a path after '!'"));
            }
        }
        match self.cursor.current() {
            Some(b'$' | b'@') => self.path(),
            Some(quote @ (b'\'' | b'"')) => self.string(quote),
            Some(b't') => self.keyword("true", Operand::Bool(true)),
            Some(b'f') => self.keyword("false", Operand::Bool(false)),
            Some(b'n') => self.keyword("null", Operand::Null),
            Some(b'[') => self.json(b'[', b']'),
            Some(b'{') => self.json(b'{', b'}'),
            Some(b'/') => self.pattern(),
            _ => self.number(),
        }
    }

    fn keyword(&mut self, word: &str, value: Operand) -> Result<Operand, ParseError> {
        if self.takes(word) { Ok(value) } else { Err(self.refuse(format!("expected {word}"))) }
    }

    fn number(&mut self) -> Result<Operand, ParseError> {
        let start = self.cursor.at;
        while matches!(self.cursor.current(), Some(b'0'..=b'9' | b'-' | b'.' | b'e' | b'E')) {
            self.cursor.at += 1;
        }
        let number = Decimal::parse(self.cursor.slice(start, self.cursor.at));
        number.map(Operand::Number).ok_or_else(|| self.cursor.refuse(start, "expected a value"))
    }

    fn string(&mut self, quote: u8) -> Result<Operand, ParseError> {
        let start = self.cursor.at + 1;
        let Some(end) = self.cursor.find_unescaped(self.cursor.at, quote) else {
            return Err(self.refuse("the string is not closed"));
        };
        self.cursor.at = end + 1;
        let text = unescape(self.cursor.slice(start, end));
        text.map(Operand::Text).ok_or_else(|| self.cursor.refuse(start, "\\u takes four digits"))
    }

    fn json(&mut self, open: u8, close: u8) -> Result<Operand, ParseError> {
        let start = self.cursor.at;
        let Some(end) = self.cursor.closing(start, open, close, false) else {
            return Err(self.refuse("the JSON value is not closed"));
        };
        self.cursor.at = end + 1;
        let value = json::parse(self.cursor.slice(start, end + 1));
        value.map(Operand::Json).map_err(|message| self.cursor.refuse(start, message))
    }

    fn pattern(&mut self) -> Result<Operand, ParseError> {
        let start = self.cursor.at;
        let Some(end) = self.cursor.find_unescaped(start, b'/') else {
            return Err(self.refuse("the pattern is not closed"));
        };
        self.cursor.at = end + 1;
        while self.cursor.current().is_some_and(|byte| pattern::FLAGS.contains(&byte)) {
            self.cursor.at += 1;
        }
        let flags = self.cursor.slice(end + 1, self.cursor.at);
        let compiled = pattern::compile(self.cursor.slice(start + 1, end), flags);
        compiled.map(Operand::Pattern).map_err(|message| self.cursor.refuse(start, message))
    }

    fn path(&mut self) -> Result<Operand, ParseError> {
        let start = self.cursor.at;
        self.cursor.at += 1;
        while let Some(byte) = self.cursor.current() {
            if byte == b'[' {
                let Some(close) = self.cursor.closing(self.cursor.at, b'[', b']', false) else {
                    return Err(self.refuse("the bracket is not closed"));
                };
                self.cursor.at = close + 1;
            }
            match self.cursor.current() {
                None | Some(b' ') => break,
                Some(byte) if is_relational(byte) => break,
                Some(b')') if !self.closes_call(start) => break,
                Some(_) => self.cursor.at += 1,
            }
        }
        let text = self.cursor.slice(start, self.cursor.at);
        compile_nested(text, self.cursor.offset(start), self.nesting + 1).map(Operand::Path)
    }

    /// Whether the `)` here closes a call without arguments, as in `@.list.size()`.
    fn closes_call(&self, start: usize) -> bool {
        let before = self.cursor.slice(start, self.cursor.at).trim_end_matches(' ');
        before.strip_suffix('(').is_some_and(|name| name.get(1..).is_some_and(|name| name.contains('.')))
    }
}

fn is_relational(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'=' | b'~' | b'!')
}
