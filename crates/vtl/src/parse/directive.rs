//! What starts with `#`: comments, unparsed text, directives and calls of macros.

use super::{Builder, Ending, Parser};
use crate::ast::{Block, Call, Expression, Foreach, If, Macro, Node, Position, Set};
use crate::error::ParseError;

/// The word (a directive's or operator's name) that starts `text`.
pub(super) fn word(text: &str) -> Option<&str> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_alphabetic() || matches!(first, b'_' | b'@')) {
        return None;
    }
    let length = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@')).count();
    Some(&text[..length])
}

/// Whether a name is a directive's.
pub(super) fn is_known(name: &str) -> bool {
    matches!(name, "if" | "else" | "elseif" | "end" | "set" | "foreach" | "include" | "parse" | "macro" | "literal")
        || matches!(name, "evaluate" | "break" | "stop" | "define")
}

/// An argument of a directive: a bare word has no value.
type Argument = (Option<Expression>, Box<str>);

impl Parser<'_, '_, '_> {
    /// Whether `#set(` stands here.
    pub(super) fn at_set(&self) -> bool {
        let rest = self.cursor.rest();
        rest.strip_prefix("#set")
            .or_else(|| rest.strip_prefix("#{set}"))
            .is_some_and(|rest| rest.trim_start_matches(' ').starts_with('('))
    }

    /// A `#` in running text. Answers how the block ended, if it did.
    pub(super) fn hash(&mut self, builder: &mut Builder) -> Result<Option<Ending>, ParseError> {
        if self.cursor.eat("##") {
            self.cursor.take_while(|byte| !matches!(byte, b'\n' | b'\r'));
            self.cursor.line_end();
        } else if self.cursor.eat("#*") {
            let length = self.cursor.rest().find("*#").map_or(self.cursor.rest().len(), |at| at + 2);
            self.cursor.take(length);
        } else if self.cursor.eat("#[[") {
            builder.text.push_str(self.up_to("]]#", "unparsed text does not end")?);
        } else if self.at_set() {
            let node = self.set()?;
            builder.push(node);
        } else if let Some((name, length)) = self.word_after_hash() {
            let position = self.cursor.position();
            let start = self.cursor.at();
            self.cursor.take(length);
            match name {
                "end" | "else" => {
                    self.cursor.line_end();
                    return Ok(Some(if name == "end" { Ending::End } else { Ending::Else }));
                }
                "elseif" => return Ok(Some(Ending::ElseIf)),
                "if" => builder.push(self.conditional()?),
                _ => self.directive(name, start, position, builder)?,
            }
        } else {
            self.cursor.take(1);
            builder.text.push('#');
        }
        Ok(None)
    }

    fn up_to(&mut self, close: &str, otherwise: &str) -> Result<&str, ParseError> {
        let Some(length) = self.cursor.rest().find(close) else { return Err(self.cursor.error(otherwise)) };
        let inner = self.cursor.take(length);
        self.cursor.eat(close);
        Ok(inner)
    }

    /// The closing parenthesis of a directive, with the rest of the line when it is blank.
    fn close(&mut self) -> Result<(), ParseError> {
        self.cursor.blanks();
        if !self.cursor.eat(")") {
            return Err(self.cursor.error("expected \")\""));
        }
        self.cursor.line_end();
        Ok(())
    }

    fn set(&mut self) -> Result<Node, ParseError> {
        self.cursor.take_while(|byte| byte != b'(');
        self.cursor.eat("(");
        self.cursor.blanks();
        if self.at_reference().is_none() {
            return Err(self.cursor.error("#set expects a reference"));
        }
        let target = self.reference()?;
        self.cursor.blanks();
        if !self.cursor.eat("=") {
            return Err(self.cursor.error("#set expects \"=\""));
        }
        let value = self.expression()?;
        self.close()?;
        Ok(Node::Set(Box::new(Set { target, value })))
    }

    fn condition(&mut self) -> Result<Expression, ParseError> {
        self.cursor.blanks();
        if !self.cursor.eat("(") {
            return Err(self.cursor.error("expected \"(\""));
        }
        let condition = self.expression()?;
        self.close()?;
        Ok(condition)
    }

    fn conditional(&mut self) -> Result<Node, ParseError> {
        let mut arms = Vec::new();
        loop {
            let condition = self.condition()?;
            let (block, ending) = self.block()?;
            arms.push((condition, block));
            let otherwise = match ending {
                Ending::ElseIf => continue,
                Ending::End => None,
                Ending::Else => Some(self.body()?),
                Ending::Source => return Err(self.cursor.error("#if without #end")),
            };
            return Ok(Node::If(Box::new(If { arms, otherwise })));
        }
    }

    /// A block up to its `#end`.
    fn body(&mut self) -> Result<Block, ParseError> {
        match self.block()? {
            (block, Ending::End) => Ok(block),
            _ => Err(self.cursor.error("expected #end")),
        }
    }

    /// Any other directive, or the call of a macro, whose name has been read.
    fn directive(&mut self, name: &str, start: usize, at: Position, builder: &mut Builder) -> Result<(), ParseError> {
        let arguments = self.arguments(name)?;
        match (name, arguments) {
            ("include" | "parse", _) => Err(self.cursor.error(format!("#{name} is not available: there are no files"))),
            ("stop", _) => {
                builder.push(Node::Stop);
                Ok(())
            }
            ("break", arguments) => {
                let scope = arguments.unwrap_or_default().into_iter().next().and_then(|(value, _)| value);
                builder.push(Node::Break(scope.map(Box::new), at));
                Ok(())
            }
            ("evaluate" | "foreach" | "define" | "macro" | "literal", None) => {
                Err(self.cursor.error(format!("#{name} expects \"(\"")))
            }
            ("evaluate", Some(arguments)) => self.evaluate(arguments, at, builder),
            ("foreach", Some(arguments)) => self.foreach(arguments, at, builder),
            ("define", Some(arguments)) => self.define(arguments, builder),
            ("macro", Some(arguments)) => self.macro_definition(arguments),
            ("literal", Some(_)) => {
                let from = self.cursor.at();
                self.body()?;
                let text = self.cursor.since(from).trim_end_matches(['\n', '\r', ' ', '\t']);
                builder
                    .text
                    .push_str(text.strip_suffix("#end").or_else(|| text.strip_suffix("#{end}")).unwrap_or(text));
                Ok(())
            }
            (_, arguments) => self.call(name, arguments, start, at, builder),
        }
    }

    fn call(
        &mut self,
        name: &str,
        arguments: Option<Vec<Argument>>,
        start: usize,
        position: Position,
        builder: &mut Builder,
    ) -> Result<(), ParseError> {
        let plain = name.trim_start_matches('@');
        let has_body = arguments.is_some() && plain.len() < name.len();
        let body = if has_body { Some(self.body()?) } else { None };
        let literal = self.cursor.since(start).into();
        let arguments = arguments.unwrap_or_default();
        let name = self.globals.names.slot(plain);
        builder.push(Node::Call(Box::new(Call { name, arguments, body, literal, position })));
        Ok(())
    }

    /// The arguments in parentheses, separated by blanks or commas; `None` without parentheses.
    fn arguments(&mut self, name: &str) -> Result<Option<Vec<Argument>>, ParseError> {
        if !self.cursor.rest().trim_start_matches([' ', '\t', '\n', '\r']).starts_with('(') {
            return Ok(None);
        }
        self.cursor.blanks();
        self.cursor.eat("(");
        let mut arguments = Vec::new();
        loop {
            self.cursor.blanks();
            if self.cursor.eat(",") {
                self.cursor.blanks();
            }
            let start = self.cursor.at();
            match word(self.cursor.rest()) {
                _ if self.cursor.peek() == Some(b')') => break,
                Some(word) if word != "true" && word != "false" => {
                    let allowed = match name {
                        "foreach" => arguments.len() == 1,
                        "macro" => arguments.is_empty(),
                        _ => !is_known(name),
                    };
                    if !allowed {
                        return Err(self.cursor.error(format!("#{name} does not expect the word {word:?} here")));
                    }
                    self.cursor.take(word.len());
                    arguments.push((None, word.into()));
                }
                _ => {
                    let value = self.nested(Parser::parameter)?;
                    let literal = self.cursor.since(start).trim_end().into();
                    arguments.push((Some(value), literal));
                }
            }
        }
        self.close()?;
        Ok(Some(arguments))
    }

    fn evaluate(&mut self, arguments: Vec<Argument>, at: Position, builder: &mut Builder) -> Result<(), ParseError> {
        let mut values = arguments.into_iter();
        match (values.next(), values.next()) {
            (
                Some((Some(value @ (Expression::Reference(_) | Expression::Text(_) | Expression::Interpolated(_))), _)),
                None,
            ) => {
                self.globals.names.mention_all();
                builder.push(Node::Evaluate(Box::new(value), at));
                Ok(())
            }
            _ => Err(self.cursor.error("#evaluate expects one string or reference")),
        }
    }

    fn foreach(&mut self, arguments: Vec<Argument>, at: Position, builder: &mut Builder) -> Result<(), ParseError> {
        let mut parts = arguments.into_iter();
        let (variable, preposition, items) = (parts.next(), parts.next(), parts.next());
        let (Some((Some(Expression::Reference(variable)), _)), Some((None, _)), Some((Some(items), _)), None) =
            (variable, preposition, items, parts.next())
        else {
            return Err(self.cursor.error("#foreach expects ($name in values)"));
        };
        let body = self.body()?;
        builder.push(Node::Foreach(Box::new(Foreach { name: variable.root, items, body, position: at })));
        Ok(())
    }

    fn define(&mut self, arguments: Vec<Argument>, builder: &mut Builder) -> Result<(), ParseError> {
        let Some((Some(Expression::Reference(name)), _)) = arguments.into_iter().next() else {
            return Err(self.cursor.error("#define expects a reference"));
        };
        let body = self.body()?;
        builder.push(Node::Define(name.root, Box::new(body)));
        Ok(())
    }

    fn macro_definition(&mut self, arguments: Vec<Argument>) -> Result<(), ParseError> {
        let mut names = arguments.into_iter();
        let Some((None, name)) = names.next() else { return Err(self.cursor.error("#macro expects a name")) };
        let slots = &mut *self.globals.names;
        let name = slots.slot(&name);
        let parameters = names.map(|(_, literal)| slots.slot(literal.trim_start_matches('$'))).collect();
        let body = self.body()?;
        self.globals.macros.entry(name).or_insert_with(|| Macro { parameters, body });
        Ok(())
    }
}
