//! `$name`, `$!name`, `${name}`, with members, calls and indexes.

use super::{Builder, Parser};
use crate::ast::{Effects, Expression, Method, Node, Printed, Property, Reference, Step};
use crate::error::ParseError;
use crate::method::Called;
use std::sync::atomic::AtomicU32;

/// The identifier that starts `text`.
fn identifier(text: &str) -> Option<&str> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_alphabetic() || first == b'_') {
        return None;
    }
    let length = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    Some(&text[..length])
}

impl Parser<'_, '_, '_> {
    /// A `$` in running text, after `slashes` backslashes: a reference, or just text.
    pub(super) fn dollar(&mut self, slashes: usize, builder: &mut Builder) -> Result<(), ParseError> {
        if let Some(quiet) = self.at_reference() {
            let reference = self.reference()?;
            let prefix = "\\".repeat(slashes / 2).into();
            let before = std::mem::take(&mut builder.text).into();
            let printed = Printed { before, reference, prefix, escaped: slashes % 2 == 1, quiet };
            builder.push(Node::Reference(Box::new(printed)));
            return Ok(());
        }
        builder.text.extend(std::iter::repeat_n('\\', slashes));
        self.cursor.take(1);
        builder.text.push('$');
        // `$\!name` is the text `$!name`: one backslash is the escape of the exclamation mark.
        let slashes = self.cursor.rest().bytes().take_while(|byte| *byte == b'\\').count();
        if slashes > 0 && self.cursor.peek_at(slashes) == Some(b'!') && self.names_follow(slashes + 1) {
            builder.text.extend(std::iter::repeat_n('\\', slashes - 1));
            builder.text.push('!');
            self.cursor.take(slashes + 1);
        }
        Ok(())
    }

    fn names_follow(&self, ahead: usize) -> bool {
        let rest = &self.cursor.rest()[ahead..];
        identifier(rest.strip_prefix('{').unwrap_or(rest)).is_some()
    }

    /// Whether a reference starts here, and whether it is a quiet one.
    pub(super) fn at_reference(&self) -> Option<bool> {
        let rest = self.cursor.rest().strip_prefix('$')?;
        let (rest, quiet) = rest.strip_prefix('!').map_or((rest, false), |rest| (rest, true));
        identifier(rest.strip_prefix('{').unwrap_or(rest)).map(|_| quiet)
    }

    /// The reference that [`Parser::at_reference`] saw.
    pub(super) fn reference(&mut self) -> Result<Reference, ParseError> {
        let (start, position) = (self.cursor.at(), self.cursor.position());
        self.cursor.eat("$");
        self.cursor.eat("!");
        let formal = self.cursor.eat("{");
        let Some(root) = identifier(self.cursor.rest()) else { return Err(self.cursor.error("expected a name")) };
        self.cursor.take(root.len());
        let mut steps = Vec::new();
        self.indexes(&mut steps)?;
        while self.cursor.peek() == Some(b'.') && self.cursor.peek_at(1).is_some_and(|byte| byte.is_ascii_alphabetic())
        {
            self.cursor.take(1);
            let name = identifier(self.cursor.rest()).unwrap_or_default();
            self.cursor.take(name.len());
            if self.cursor.eat("(") {
                let arguments = self.nested(|parser| parser.parameters(")"))?;
                let effects = arguments.iter().map(Expression::effects).max().unwrap_or(Effects::None);
                let constant = matches!(arguments.first(), Some(Expression::Text(_)));
                let called = Called::new(name, || constant && self.globals.names.take_site());
                steps.push(Step::Method(Box::new(Method { called, arguments, effects })));
            } else {
                steps.push(Step::Property(Property { name: name.into(), guess: AtomicU32::new(0) }));
            }
            self.indexes(&mut steps)?;
        }
        if formal && !self.cursor.eat("}") {
            return Err(self.cursor.error("expected \"}\" at the end of a formal reference"));
        }
        let literal = self.cursor.since(start);
        let plain = steps.is_empty() && literal.strip_prefix('$') == Some(root);
        let properties = steps.iter().take_while(|step| matches!(step, Step::Property(_))).count();
        let root = self.globals.names.slot(root);
        Ok(Reference { root, plain, steps, properties, literal: literal.into(), position })
    }

    fn indexes(&mut self, steps: &mut Vec<Step>) -> Result<(), ParseError> {
        while self.cursor.eat("[") {
            let index = self.nested(Parser::parameter)?;
            match index {
                Expression::List(_) | Expression::Map(_) | Expression::Range(_) | Expression::Double(_) => {
                    return Err(self.cursor.error("an index is a string, an integer, a boolean or a reference"));
                }
                _ => steps.push(Step::Index(index)),
            }
            if !self.cursor.eat("]") {
                return Err(self.cursor.error("expected \"]\""));
            }
        }
        Ok(())
    }
}
