//! The arguments of a function: JSON texts and paths, separated by commas.

use crate::error::ParseError;
use crate::path::{Argument, Call, Token};

use super::{Parser, compile_nested, json};

impl Parser<'_> {
    /// Reads `(…)`, which opens at `open`.
    pub(super) fn function(&mut self, name: String, open: usize) -> Result<(), ParseError> {
        if self.cursor.byte(open + 1) == Some(b')') {
            // Jayway goes on at the bracket, so that `$.a.size().b` has a part named ")".
            self.cursor.at = open + 1;
            self.tokens.push(Token::Function(Call { name, arguments: Vec::new() }));
            return Ok(());
        }
        self.cursor.at = open + 1;
        let arguments = self.arguments()?;
        self.tokens.push(Token::Function(Call { name, arguments }));
        Ok(())
    }

    fn arguments(&mut self) -> Result<Vec<Argument>, ParseError> {
        let mut arguments = Vec::new();
        let (mut start, mut groups) = (self.cursor.at, Groups::default());
        while let Some(byte) = self.cursor.current() {
            let at = self.cursor.at;
            self.cursor.at += 1;
            if groups.quoted || byte == b'"' {
                groups.quote(byte);
            } else if groups.is_outermost() && matches!(byte, b',' | b')') {
                arguments.extend(self.argument(start, at)?);
                start = at + 1;
                if byte == b')' {
                    return Ok(arguments);
                }
            } else if !groups.bracket(byte) {
                return Err(self.cursor.refuse(at, "an argument closes what it did not open"));
            }
        }
        Err(self.cursor.refuse(start, "the arguments are not closed"))
    }

    /// An argument that is neither a path nor JSON that starts with `{`, `"`, `-` or a digit is passed over, as in Jayway.
    fn argument(&self, from: usize, to: usize) -> Result<Option<Argument>, ParseError> {
        let text = self.cursor.slice(from, to);
        let trimmed = text.trim_start();
        let offset = self.cursor.offset(from + text.len() - trimmed.len());
        match trimmed.bytes().next() {
            // Jayway loses the commas of a text.
            Some(b'"') if trimmed.contains(',') => json_at(&trimmed.replace(',', ""), offset).map(Some),
            Some(b'{' | b'"' | b'-' | b'0'..=b'9') => json_at(trimmed, offset).map(Some),
            Some(b'$' | b'@') => {
                compile_nested(trimmed.trim_end(), offset, self.nesting + 1).map(|path| Some(Argument::path(path)))
            }
            _ => Ok(None),
        }
    }
}

fn json_at(text: &str, offset: usize) -> Result<Argument, ParseError> {
    json::parse(text).map(Argument::Json).map_err(|message| ParseError::new(offset, message))
}

/// What is open within an argument.
#[derive(Default)]
struct Groups {
    parentheses: usize,
    brackets: usize,
    braces: usize,
    quoted: bool,
    escaped: bool,
}

impl Groups {
    fn is_outermost(&self) -> bool {
        self.parentheses == 0 && self.brackets == 0 && self.braces == 0
    }

    fn quote(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.quoted = !self.quoted,
            _ => {}
        }
    }

    /// False where `byte` closes what is not open.
    fn bracket(&mut self, byte: u8) -> bool {
        let (count, opens) = match byte {
            b'(' => (&mut self.parentheses, true),
            b')' => (&mut self.parentheses, false),
            b'[' => (&mut self.brackets, true),
            b']' => (&mut self.brackets, false),
            b'{' => (&mut self.braces, true),
            b'}' => (&mut self.braces, false),
            _ => return true,
        };
        let next = if opens { count.checked_add(1) } else { count.checked_sub(1) };
        next.is_some_and(|next| {
            *count = next;
            true
        })
    }
}
