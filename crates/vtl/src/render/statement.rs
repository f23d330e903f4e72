//! Directives.

use super::frames::{Frame, Variable, constant};
use super::quick::Quick;
use super::reference::callable;
use super::{Engine, Flow};
use crate::ast::{Call, Expression, Foreach, If, Node, Position, Printed, Reference};
use crate::error::{Fault, Outcome};
use crate::method::{Printing, Shown, Sink};
use crate::names::{BODY_CONTENT, FOREACH, Names, VELOCITY_COUNT, VELOCITY_HAS_NEXT};
use crate::value::{Inner, Scope};
use crate::{Mode, Value};

/// Steps that a byte of an evaluated text counts for: what it is compiled to is kept to the rendering's end.
const EVALUATED_BYTE_STEPS: usize = 3;

/// What of a loop's state something may read.
struct Mentioned {
    scope: bool,
    counts: bool,
}

impl<'t> Engine<'t, '_> {
    pub(super) fn statement(&mut self, node: &'t Node, output: &mut String) -> Outcome<Flow> {
        self.meter.work(1)?;
        match node {
            Node::Text(text) => self.meter.push(output, text)?,
            Node::Reference(printed) => self.printed(printed, output)?,
            Node::Set(set) => {
                self.position = set.target.position;
                let quick =
                    if matches!(set.value, Expression::Chain(_)) { self.quick(&set.value) } else { Quick::OTHER };
                match quick.value().map_or_else(|| self.value(&set.value), Ok) {
                    Ok(Value::Null) => {}
                    Ok(value) => self.assign(&set.target, value)?,
                    Err(fault) => return Err(fault),
                }
            }
            Node::If(branches) => return self.conditional(branches, output),
            Node::Foreach(foreach) => return self.foreach(foreach, output),
            Node::Define(name, body) => {
                let block = self.block_value(body);
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

    fn printed(&mut self, printed: &'t Printed, output: &mut String) -> Outcome<()> {
        if !printed.before.is_empty() {
            self.meter.charge(1);
            self.meter.push(output, &printed.before)?;
        }
        let reference = &printed.reference;
        self.position = reference.position;
        if printed.prefix.is_empty() && !printed.escaped && self.show_scalar(reference, output)? {
            return Ok(());
        }
        let null = match self.show(printed, output)? {
            Shown::Whole => return Ok(()),
            Shown::PrefixOfNull => true,
            Shown::Prefix => false,
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
        self.meter.push(output, literal.unwrap_or(&reference.literal))
    }

    /// Prints a member that is a text or a small number, by a short way; false for anything else, of which nothing is
    /// printed.
    fn show_scalar(&mut self, reference: &'t Reference, output: &mut String) -> Outcome<bool> {
        if self.top > 0 || reference.properties < reference.steps.len() {
            return Ok(false);
        }
        self.view(reference, reference.properties, |value, meter| {
            match value {
                Value::Text(text) => meter.push(output, text)?,
                Value::Int(value) => meter.push(output, itoa::Buffer::new().format(*value))?,
                _ => return Ok(false),
            }
            Ok(true)
        })
    }

    /// Prints the prefix, and the value unless it is null or escaped.
    fn show(&mut self, printed: &'t Printed, output: &mut String) -> Outcome<Shown> {
        let reference = &printed.reference;
        let mut sink = Sink::Print(Printing {
            output,
            prefix: &printed.prefix,
            null_is_empty: self.mode == Mode::Aws,
            escaped: printed.escaped,
            shown: Shown::Whole,
            block: None,
        });
        if reference.properties == reference.steps.len() {
            self.view(reference, reference.properties, |value, meter| sink.lent(value, meter))?;
        } else if let Some(method) = callable(&reference.steps, reference.properties)
            && reference.properties + 1 == reference.steps.len()
        {
            self.call_in_place(reference, reference.properties, method, &mut sink)?;
        } else {
            let value = self.resolve(reference)?;
            sink.lent(&value, &mut self.meter)?;
        }
        let Sink::Print(Printing { output, shown, block, .. }) = sink else { return Ok(Shown::Whole) };
        if let Some(block) = block {
            self.print(&block, output)?;
        }
        Ok(shown)
    }

    fn conditional(&mut self, branches: &'t If, output: &mut String) -> Outcome<Flow> {
        for (condition, body) in &branches.arms {
            if self.truth(condition)? {
                return self.block(body, output);
            }
        }
        branches.otherwise.as_ref().map_or(Ok(Flow::Next), |body| self.block(body, output))
    }

    fn foreach(&mut self, foreach: &'t Foreach, output: &mut String) -> Outcome<Flow> {
        self.position = foreach.position;
        let items = self.value(&foreach.items)?;
        let Some(elements) = crate::method::elements(items, &mut self.meter)? else { return Ok(Flow::Next) };
        let mentioned = Mentioned { scope: self.names().mention_scope(), counts: self.names().mention_counts() };
        let before = self.read(foreach.name)?;
        let counts =
            if mentioned.counts { Some((self.read(VELOCITY_COUNT)?, self.read(VELOCITY_HAS_NEXT)?)) } else { None };
        let parent = if mentioned.scope { self.read(FOREACH)? } else { Value::Null };
        let scope = mentioned.scope.then(|| Scope { parent: parent.clone(), ..Scope::default() });
        let scope = scope.map_or(Value::Null, |scope| Value::native(Inner::Scope(scope)));
        if mentioned.scope {
            self.write(FOREACH, scope.clone());
        }
        let result = self.iterate(foreach, elements, (&scope, &mentioned), output);
        self.restore(foreach.name, before);
        if let Some((count, has_next)) = counts {
            self.restore(VELOCITY_COUNT, count);
            self.restore(VELOCITY_HAS_NEXT, has_next);
        }
        if mentioned.scope {
            self.restore(FOREACH, parent);
        }
        result
    }

    fn iterate(
        &mut self,
        foreach: &'t Foreach,
        elements: Vec<Value>,
        (scope, mentioned): (&Value, &Mentioned),
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
            if mentioned.counts {
                self.write(VELOCITY_COUNT, Value::int(index + 1));
                self.write(VELOCITY_HAS_NEXT, Value::Bool(has_next));
            }
            self.write(foreach.name, element);
            match self.block(&foreach.body, output)? {
                Flow::Next => {}
                flow if flow.leaves(scope) => break,
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn evaluate(&mut self, source: &'t Expression, position: Position, output: &mut String) -> Outcome<Flow> {
        self.position = position;
        let source = self.value(source)?;
        if source.is_null() {
            return Ok(Flow::Next);
        }
        let text = self.text(&source)?;
        self.meter.work(1 + text.len().saturating_mul(EVALUATED_BYTE_STEPS))?;
        let names = self.names.get_or_insert_with(|| Names::over(&self.template.names));
        let parsed = crate::parse::parse_part(&text, names);
        self.variables.resize_with(names.len(), Variable::default);
        let (body, macros) = parsed.map_err(Fault::Evaluate)?;
        let (part, end) = self.parts.add(body, macros);
        self.parts = end;
        for (name, definition) in &part.macros {
            self.added.entry(*name).or_insert(definition);
        }
        Ok(match self.block(&part.body, output)? {
            Flow::Stop => Flow::Next,
            flow => flow.outside(),
        })
    }

    fn call_macro(&mut self, call: &'t Call, output: &mut String) -> Outcome<Flow> {
        self.position = call.position;
        let Some(definition) = self.template.macros.get(&call.name).or_else(|| self.added.get(&call.name).copied())
        else {
            self.meter.push(output, &call.literal)?;
            return Ok(Flow::Next);
        };
        if self.calls >= self.meter.budget.macro_depth {
            return Err(Fault::MacroDepth(self.meter.budget.macro_depth).into());
        }
        let given = definition.parameters.iter().zip(&call.arguments);
        if let Some((_, (_, literal))) = given.clone().find(|(_, (argument, _))| argument.is_none()) {
            let name = self.names().name(call.name as usize);
            return Err(Fault::method(format!("the argument {literal} of #{name} is a bare word")).into());
        }
        let mut locals = Vec::new();
        for (name, (argument, _)) in given {
            if let Some(argument) = argument.as_ref().filter(|argument| constant(argument)) {
                locals.push((*name, self.value(argument)?));
            }
        }
        if let Some(body) = &call.body {
            locals.push((BODY_CONTENT, self.block_value(body)));
        }
        // Frames that the call does not see are put aside.
        let aside = if self.top < self.frames.len() { self.frames.split_off(self.top) } else { Vec::new() };
        self.frames.push(Frame { definition, call, locals: Vec::new() });
        if !locals.is_empty() {
            self.frames[self.top].locals = locals;
        }
        self.top += 1;
        self.calls += 1;
        let result = self.block(&definition.body, output).map(Flow::outside);
        self.calls -= 1;
        self.top -= 1;
        self.frames.truncate(self.top);
        self.frames.extend(aside);
        result
    }
}
