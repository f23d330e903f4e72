//! Directives.

use super::frames::{Frame, Variable, constant};
use super::quick::Quick;
use super::{Engine, Flow};
use crate::ast::{Block, Call, Expression, Foreach, If, Node, Position, Printed};
use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use crate::names::{BODY_CONTENT, FOREACH, VELOCITY_COUNT, VELOCITY_HAS_NEXT};
use crate::value::{Inner, Scope};
use crate::{Mode, Value};
use std::sync::Arc;

/// What was printed of a reference.
enum Shown {
    Whole,
    /// Only the backslashes before it.
    Prefix {
        null: bool,
    },
    /// The backslashes before it; the block that it stands for is yet to be rendered.
    Block(Arc<Block>),
}

impl Engine<'_, '_> {
    pub(super) fn statement(&mut self, node: &Node, output: &mut String) -> Outcome<Flow> {
        self.meter.work(1)?;
        match node {
            Node::Text(text) => self.meter.push(output, text)?,
            Node::Reference(printed) => self.printed(printed, output)?,
            Node::Set(set) => {
                self.position = set.target.position;
                let value = match self.quick(&set.value) {
                    Quick::Int(value) => Value::Int(value),
                    Quick::Bool(value) => Value::Bool(value),
                    Quick::Other => self.value(&set.value)?,
                };
                if !value.is_null() {
                    self.assign(&set.target, value)?;
                }
            }
            Node::If(branches) => return self.conditional(branches, output),
            Node::Foreach(foreach) => return self.foreach(foreach, output),
            Node::Define(name, body) => {
                let block = Value::native(Inner::Block(Arc::clone(body)));
                self.write(*name, block);
            }
            Node::Evaluate(source, position) => return self.evaluate(source, *position, output),
            Node::Call(call) => return self.call_macro(call, output),
            Node::Break(None, _) => return Ok(Flow::Break),
            Node::Break(Some(scope), position) => {
                self.position = *position;
                let scope = self.value(scope)?;
                return match scope {
                    Value::Native(native) if matches!(native.0, Inner::Scope(_)) => Ok(Flow::BreakScope(native)),
                    _ => Err(Fault::method("#break expects a scope").into()),
                };
            }
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::Next)
    }

    fn printed(&mut self, printed: &Printed, output: &mut String) -> Outcome<()> {
        let reference = &printed.reference;
        self.position = reference.position;
        let null = match self.show(printed, output)? {
            Shown::Whole => return Ok(()),
            Shown::Block(block) => return self.block(&block, output).map(|_| ()),
            Shown::Prefix { null } => null,
        };
        if printed.escaped && null {
            self.meter.push(output, "\\")?;
        } else if null {
            self.meter.push(output, &printed.prefix)?;
            if printed.quiet {
                return Ok(());
            }
        }
        let literal = if reference.plain { self.argument_literal(reference.root) } else { None };
        self.meter.push(output, literal.as_ref().unwrap_or(&reference.literal))
    }

    /// Prints the prefix, and the value unless it is null, escaped or a block.
    fn show(&mut self, printed: &Printed, output: &mut String) -> Outcome<Shown> {
        let reference = &printed.reference;
        let aws = self.mode == Mode::Aws;
        let mut print = |value: &Value, meter: &mut Meter| {
            meter.push(output, &printed.prefix)?;
            match value {
                Value::Null if !aws => return Ok(Shown::Prefix { null: true }),
                _ if printed.escaped => return Ok(Shown::Prefix { null: false }),
                Value::Null => {}
                value => match super::block_of(value) {
                    Some(block) => return Ok(Shown::Block(block)),
                    None => crate::value::print(value, output, meter)?,
                },
            }
            Ok(Shown::Whole)
        };
        if reference.properties == reference.steps.len() {
            return self.view(reference, reference.properties, print);
        }
        let value = self.resolve(reference)?;
        print(&value, &mut self.meter)
    }

    fn conditional(&mut self, branches: &If, output: &mut String) -> Outcome<Flow> {
        for (condition, body) in &branches.arms {
            if self.truth(condition)? {
                return self.block(body, output);
            }
        }
        branches.otherwise.as_ref().map_or(Ok(Flow::Next), |body| self.block(body, output))
    }

    fn foreach(&mut self, foreach: &Foreach, output: &mut String) -> Outcome<Flow> {
        self.position = foreach.position;
        let items = self.value(&foreach.items)?;
        let Some(elements) = crate::method::elements(&items, &mut self.meter)? else { return Ok(Flow::Next) };
        let others = [foreach.name, VELOCITY_COUNT, VELOCITY_HAS_NEXT];
        let saved = [self.read(others[0])?, self.read(others[1])?, self.read(others[2])?];
        let parent = self.read(FOREACH)?;
        let scope = Value::native(Inner::Scope(Scope { parent: parent.clone(), ..Scope::default() }));
        self.write(FOREACH, scope.clone());
        let result = self.iterate(foreach, elements, &scope, output);
        for (name, value) in others.into_iter().zip(saved) {
            self.restore(name, value);
        }
        self.restore(FOREACH, parent);
        result
    }

    fn iterate(
        &mut self,
        foreach: &Foreach,
        elements: Vec<Value>,
        scope: &Value,
        output: &mut String,
    ) -> Outcome<Flow> {
        let limit = self.meter.budget.foreach_iterations;
        let count = elements.len();
        for (index, element) in elements.into_iter().enumerate() {
            if index >= limit as usize {
                self.position = foreach.position;
                return Err(Fault::Iterations(limit).into());
            }
            self.meter.work(1)?;
            let has_next = index + 1 < count;
            if let Value::Native(native) = scope
                && let Inner::Scope(state) = &native.0
            {
                state.index.set(i32::try_from(index).unwrap_or(i32::MAX));
                state.has_next.set(has_next);
            }
            self.write(VELOCITY_COUNT, Value::int(index + 1));
            self.write(VELOCITY_HAS_NEXT, Value::Bool(has_next));
            self.write(foreach.name, element);
            match self.block(&foreach.body, output)? {
                Flow::Next => {}
                flow if flow.leaves(scope) => break,
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn evaluate(&mut self, source: &Expression, position: Position, output: &mut String) -> Outcome<Flow> {
        self.position = position;
        let source = self.value(source)?;
        if source.is_null() {
            return Ok(Flow::Next);
        }
        let text = self.text(&source)?;
        self.meter.work(1 + text.len())?;
        let names = self.names.get_or_insert_with(|| self.template.names.clone());
        let parsed = crate::parse::parse_part(&text, names);
        self.variables.resize_with(names.len(), Variable::default);
        let (body, macros) = parsed.map_err(Fault::Evaluate)?;
        for (name, definition) in macros {
            self.added.entry(name).or_insert(definition);
        }
        Ok(match self.block(&body, output)? {
            Flow::Stop => Flow::Next,
            flow => flow.outside(),
        })
    }

    fn call_macro(&mut self, call: &Arc<Call>, output: &mut String) -> Outcome<Flow> {
        self.position = call.position;
        let found = self.template.macros.get(&call.name).or_else(|| self.added.get(&call.name));
        let Some(definition) = found.map(Arc::clone) else {
            self.meter.push(output, &call.literal)?;
            return Ok(Flow::Next);
        };
        if self.calls >= self.meter.budget.macro_depth {
            return Err(Fault::MacroDepth(self.meter.budget.macro_depth).into());
        }
        let mut locals = Vec::new();
        for (name, (argument, literal)) in definition.parameters.iter().zip(&call.arguments) {
            match argument {
                None => {
                    return Err(
                        Fault::method(format!("the argument {literal} of #{} is a bare word", call.name)).into()
                    );
                }
                Some(argument) if constant(argument) => locals.push((*name, self.value(argument)?)),
                Some(_) => {}
            }
        }
        if let Some(body) = &call.body {
            locals.push((BODY_CONTENT, Value::native(Inner::Block(Arc::clone(body)))));
        }
        self.framed(Frame { definition: Arc::clone(&definition), call: Arc::clone(call), locals }, |engine| {
            engine.block(&definition.body, output).map(Flow::outside)
        })
    }

    /// Runs `inner` inside a macro's frame; frames that the call does not see are put aside.
    fn framed<T>(&mut self, frame: Frame, inner: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let aside = self.frames.split_off(self.top);
        self.frames.push(Some(frame));
        self.top += 1;
        self.calls += 1;
        let result = inner(self);
        self.calls -= 1;
        self.top -= 1;
        self.frames.truncate(self.top);
        self.frames.extend(aside);
        result
    }
}
