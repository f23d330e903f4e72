//! Operators and literals.

use super::{Parser, directive};
use crate::ast::{Chain, Expression, Logic, Operator};
use crate::error::ParseError;

/// Operators by precedence, loosest first; a longer spelling stands before its prefix.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[("==", Operator::Equal), ("eq", Operator::Equal), ("!=", Operator::NotEqual), ("ne", Operator::NotEqual)],
    &[
        ("<=", Operator::LessOrEqual),
        ("le", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Modulo)],
];

impl Parser<'_, '_, '_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Result<Expression, ParseError> {
        self.nested(|parser| parser.level(0))
    }

    fn level(&mut self, level: usize) -> Result<Expression, ParseError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let first = self.level(level + 1)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(operators) {
            rest.push((operator, self.level(level + 1)?));
        }
        Ok(match rest.first() {
            None => first,
            Some((operator @ (Operator::Or | Operator::And), _)) => {
                let decisive = *operator == Operator::Or;
                let operands = std::iter::once(first).chain(rest.into_iter().map(|(_, operand)| operand)).collect();
                Expression::Logic(Box::new(Logic { decisive, operands }))
            }
            Some(_) => Expression::Chain(Box::new(Chain { first, rest })),
        })
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.cursor.blanks();
        let rest = self.cursor.rest();
        let (spelling, operator) = operators.iter().find(|(spelling, operator)| {
            let Some(after) = rest.strip_prefix(spelling) else { return false };
            match operator {
                // A minus that touches digits is their sign.
                Operator::Subtract => !after.starts_with(|c: char| c.is_ascii_digit()),
                _ if spelling.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    directive::word(rest).is_some_and(|word| word == *spelling)
                }
                _ => true,
            }
        })?;
        self.cursor.eat(spelling);
        Some(*operator)
    }

    fn unary(&mut self) -> Result<Expression, ParseError> {
        self.cursor.blanks();
        let negated =
            self.cursor.eat("!") || directive::word(self.cursor.rest()) == Some("not") && self.cursor.eat("not");
        if negated {
            return self.nested(|parser| Ok(Expression::Not(Box::new(parser.unary()?))));
        }
        if self.cursor.eat("(") {
            let inner = self.expression()?;
            self.cursor.blanks();
            return if self.cursor.eat(")") { Ok(inner) } else { Err(self.cursor.error("expected \")\"")) };
        }
        self.parameter()
    }

    /// A value without operators, with the blanks around it.
    pub(super) fn parameter(&mut self) -> Result<Expression, ParseError> {
        self.cursor.blanks();
        let value = match self.cursor.peek() {
            Some(quote @ (b'"' | b'\'')) => self.nested(|parser| parser.string(quote))?,
            Some(b'$') if self.at_reference().is_some() => Expression::Reference(Box::new(self.reference()?)),
            Some(b'[') => self.nested(Parser::list)?,
            Some(b'{') => self.nested(Parser::map)?,
            Some(b'0'..=b'9' | b'-' | b'.') => self.number()?,
            _ => self.boolean()?,
        };
        self.cursor.blanks();
        Ok(value)
    }

    fn boolean(&mut self) -> Result<Expression, ParseError> {
        let word = directive::word(self.cursor.rest());
        let value = match word {
            Some("true") => true,
            Some("false") => false,
            _ => {
                return Err(self
                    .cursor
                    .error("expected a value: a string, a number, a reference, a list, a map, true or false"));
            }
        };
        self.cursor.take(word.map_or(0, str::len));
        Ok(Expression::Bool(value))
    }

    /// Values separated by commas, up to and with `close`.
    pub(super) fn parameters(&mut self, close: &str) -> Result<Vec<Expression>, ParseError> {
        let mut values = Vec::new();
        self.cursor.blanks();
        if self.cursor.eat(close) {
            return Ok(values);
        }
        values.push(self.parameter()?);
        self.further(&mut values, close)?;
        Ok(values)
    }

    /// What follows the first of some values.
    fn further(&mut self, values: &mut Vec<Expression>, close: &str) -> Result<(), ParseError> {
        while !self.cursor.eat(close) {
            if !self.cursor.eat(",") {
                return Err(self.cursor.error(format!("expected \",\" or {close:?}")));
            }
            values.push(self.parameter()?);
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Expression, ParseError> {
        self.cursor.eat("[");
        self.cursor.blanks();
        if matches!(self.cursor.peek(), Some(b'$' | b'-' | b'0'..=b'9')) {
            let first = self.parameter()?;
            if matches!(first, Expression::Reference(_) | Expression::Int(_)) && self.cursor.eat("..") {
                let last = self.parameter()?;
                return match last {
                    Expression::Reference(_) | Expression::Int(_) if self.cursor.eat("]") => {
                        Ok(Expression::Range(Box::new((first, last))))
                    }
                    _ => Err(self.cursor.error("a range is [from..to] with integers or references")),
                };
            }
            // What was read is kept: reading it again would double the work with every level.
            let mut values = vec![first];
            self.further(&mut values, "]")?;
            return Ok(Expression::List(values));
        }
        Ok(Expression::List(self.parameters("]")?))
    }

    fn map(&mut self) -> Result<Expression, ParseError> {
        self.cursor.eat("{");
        self.cursor.blanks();
        let mut entries = Vec::new();
        if self.cursor.eat("}") {
            return Ok(Expression::Map(entries));
        }
        loop {
            let key = self.parameter()?;
            if !self.cursor.eat(":") {
                return Err(self.cursor.error("expected \":\" after a key"));
            }
            entries.push((key, self.parameter()?));
            if self.cursor.eat("}") {
                return Ok(Expression::Map(entries));
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.error("expected \",\" or \"}\""));
            }
        }
    }

    fn number(&mut self) -> Result<Expression, ParseError> {
        let start = self.cursor.at();
        self.cursor.eat("-");
        let digits = self.cursor.take_while(|byte| byte.is_ascii_digit()).len();
        let mut fraction = 0;
        let mut point = false;
        if self.cursor.peek() == Some(b'.') && self.cursor.peek_at(1) != Some(b'.') {
            point = true;
            self.cursor.take(1);
            fraction = self.cursor.take_while(|byte| byte.is_ascii_digit()).len();
        }
        let exponent = digits + fraction > 0 && self.exponent();
        let literal = self.cursor.since(start);
        if digits + fraction == 0 {
            return Err(self.cursor.error("expected a number"));
        }
        if point || exponent {
            return literal.parse().map(Expression::Double).map_err(|_| self.cursor.error("not a number"));
        }
        let integer = literal.parse().map(Expression::Int).or_else(|_| literal.parse().map(Expression::Long));
        integer
            .or_else(|_| literal.parse().map(Box::new).map(Expression::Big))
            .map_err(|_| self.cursor.error("an integer is too large"))
    }

    fn exponent(&mut self) -> bool {
        if !matches!(self.cursor.peek(), Some(b'e' | b'E')) {
            return false;
        }
        let sign = usize::from(matches!(self.cursor.peek_at(1), Some(b'+' | b'-')));
        if !self.cursor.peek_at(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
            return false;
        }
        self.cursor.take(1 + sign);
        self.cursor.take_while(|byte| byte.is_ascii_digit());
        true
    }

    /// A string: a doubled quote stands for one, a backslash escapes nothing but a code unit (`\u0041`).
    fn string(&mut self, quote: u8) -> Result<Expression, ParseError> {
        let position = self.cursor.position();
        let bytes = self.cursor.rest().as_bytes();
        let (mut end, mut index) = (None, 1);
        while index < bytes.len() {
            if bytes[index] == quote {
                end = Some(index);
                if bytes.get(index + 1) != Some(&quote) {
                    break;
                }
                index += 1;
            }
            index += 1;
        }
        let Some(end) = end else { return Err(self.cursor.error("a string does not end")) };
        let image = &self.cursor.take(end + 1)[1..end];
        if quote == b'\'' {
            return Ok(Expression::Text(image.replace("''", "'").into()));
        }
        let image = unescape(image).replace("\"\"", "\"");
        if !image.contains(['$', '#']) {
            return Ok(Expression::Text(image.into()));
        }
        let inner = Parser::new(&image, position, self.depth, self.globals);
        Ok(Expression::Interpolated(inner.whole()?))
    }
}

/// Replaces `\uXXXX`. Halves of a surrogate pair are joined; half of one alone is kept as it was written.
fn unescape(image: &str) -> String {
    let mut result = String::with_capacity(image.len());
    let mut rest = image;
    while let Some(at) = rest.find("\\u") {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let units = [code_unit(rest), rest.get(6..).and_then(code_unit)];
        let first = units[0].map(|unit| char::decode_utf16([unit]).next());
        let (decoded, length) = match (first, units) {
            (Some(Some(Ok(character))), _) => (Some(character), 6),
            (Some(_), [Some(high), Some(low)]) => (char::decode_utf16([high, low]).next().and_then(Result::ok), 12),
            _ => (None, 2),
        };
        let length = if decoded.is_some() { length } else { 2 };
        match decoded {
            Some(character) => result.push(character),
            None => result.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    result.push_str(rest);
    result
}

fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
