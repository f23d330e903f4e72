//! Directives.

use super::frames::{Frame, constant};
use super::{Engine, Flow};
use crate::ast::{Call, Expression, Foreach, If, Node, Position, Printed};
use crate::error::Fault;
use crate::value::{Inner, Scope};
use crate::{Template, Value};
use std::sync::{Arc, LazyLock};

/// The variables that every loop sets: its scope, its count from 1, and whether more follow.
static LOOP_NAMES: LazyLock<[Arc<str>; 3]> =
    LazyLock::new(|| ["foreach".into(), "velocityCount".into(), "velocityHasNext".into()]);
static BODY_CONTENT: LazyLock<Arc<str>> = LazyLock::new(|| "bodyContent".into());

impl Engine<'_, '_> {
    pub(super) fn statement(&mut self, node: &Node, output: &mut String) -> Result<Flow, Fault> {
        self.meter.work(1)?;
        match node {
            Node::Text(text) => self.meter.push(output, text)?,
            Node::Reference(printed) => self.printed(printed, output)?,
            Node::Set(set) => {
                self.position = set.target.position;
                let value = self.value(&set.value)?;
                if !value.is_null() {
                    self.assign(&set.target, &value)?;
                }
            }
            Node::If(branches) => return self.conditional(branches, output),
            Node::Foreach(foreach) => return self.foreach(foreach, output),
            Node::Define(name, body) => {
                let block = Value::native(Inner::Block(Arc::clone(body)));
                self.write(name, &block);
            }
            Node::Evaluate(source, position) => return self.evaluate(source, *position, output),
            Node::Call(call) => return self.call_macro(call, output),
            Node::Break(None, _) => return Ok(Flow::Break),
            Node::Break(Some(scope), position) => {
                self.position = *position;
                let scope = self.value(scope)?;
                let is_scope = matches!(&scope, Value::Native(native) if matches!(native.0, Inner::Scope(_)));
                return if is_scope {
                    Ok(Flow::BreakScope(scope))
                } else {
                    Err(Fault::method("#break expects a scope"))
                };
            }
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::Next)
    }

    fn printed(&mut self, printed: &Printed, output: &mut String) -> Result<(), Fault> {
        let reference = &printed.reference;
        let value = self.resolve(reference)?;
        self.meter.push(output, &printed.prefix)?;
        let null = value.is_null();
        if !null && !printed.escaped {
            return self.print(&value, output);
        }
        if printed.escaped && null {
            self.meter.push(output, "\\")?;
        } else if null {
            self.meter.push(output, &printed.prefix)?;
            if printed.quiet {
                return Ok(());
            }
        }
        let plain = reference.steps.is_empty() && reference.literal.strip_prefix('$') == Some(&*reference.root);
        let literal = if plain { self.argument_literal(&reference.root) } else { None };
        self.meter.push(output, literal.as_ref().unwrap_or(&reference.literal))
    }

    fn conditional(&mut self, branches: &If, output: &mut String) -> Result<Flow, Fault> {
        for (condition, body) in &branches.arms {
            if self.truth(condition)? {
                return self.block(body, output);
            }
        }
        branches.otherwise.as_ref().map_or(Ok(Flow::Next), |body| self.block(body, output))
    }

    fn foreach(&mut self, foreach: &Foreach, output: &mut String) -> Result<Flow, Fault> {
        self.position = foreach.position;
        let items = self.value(&foreach.items)?;
        let Some(elements) = crate::method::elements(&items, &mut self.meter)? else { return Ok(Flow::Next) };
        let [scope_name, count_name, next_name] = &*LOOP_NAMES;
        let saved = [self.read(&foreach.name)?, self.read(count_name)?, self.read(next_name)?];
        let parent = self.read(scope_name)?;
        let scope = Value::native(Inner::Scope(Scope { parent: parent.clone(), ..Scope::default() }));
        self.write(scope_name, &scope);
        let result = self.iterate(foreach, &elements, &scope, output);
        for (name, value) in [&foreach.name, count_name, next_name].into_iter().zip(&saved) {
            self.restore(name, value);
        }
        self.restore(scope_name, &parent);
        result
    }

    fn iterate(
        &mut self,
        foreach: &Foreach,
        elements: &[Value],
        scope: &Value,
        output: &mut String,
    ) -> Result<Flow, Fault> {
        let limit = self.meter.budget.foreach_iterations;
        for (index, element) in elements.iter().enumerate() {
            if index >= limit as usize {
                self.position = foreach.position;
                return Err(Fault::Iterations(limit));
            }
            self.meter.work(1)?;
            let has_next = index + 1 < elements.len();
            if let Value::Native(native) = scope
                && let Inner::Scope(state) = &native.0
            {
                state.index.set(i32::try_from(index).unwrap_or(i32::MAX));
                state.has_next.set(has_next);
            }
            let [_, count_name, next_name] = &*LOOP_NAMES;
            self.write(count_name, &Value::int(index + 1));
            self.write(next_name, &Value::Bool(has_next));
            self.write(&foreach.name, element);
            match self.block(&foreach.body, output)? {
                Flow::Next => {}
                flow if flow.leaves(scope) => break,
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn evaluate(&mut self, source: &Expression, position: Position, output: &mut String) -> Result<Flow, Fault> {
        self.position = position;
        let source = self.value(source)?;
        if source.is_null() {
            return Ok(Flow::Next);
        }
        let text = self.text(&source)?;
        self.meter.work(1 + text.len())?;
        let Template { body, macros } = Template::parse(&text).map_err(Fault::Evaluate)?;
        for (name, definition) in macros {
            self.added.entry(name).or_insert(definition);
        }
        Ok(match self.block(&body, output)? {
            Flow::Stop => Flow::Next,
            flow => flow.outside(),
        })
    }

    fn call_macro(&mut self, call: &Arc<Call>, output: &mut String) -> Result<Flow, Fault> {
        self.position = call.position;
        let found = self.template.macros.get(&call.name).or_else(|| self.added.get(&call.name));
        let Some(definition) = found.map(Arc::clone) else {
            self.meter.push(output, &call.literal)?;
            return Ok(Flow::Next);
        };
        if self.calls >= self.meter.budget.macro_depth {
            return Err(Fault::MacroDepth(self.meter.budget.macro_depth));
        }
        let mut locals = Vec::new();
        for (name, (argument, literal)) in definition.parameters.iter().zip(&call.arguments) {
            match argument {
                None => return Err(Fault::method(format!("the argument {literal} of #{} is a bare word", call.name))),
                Some(argument) if constant(argument) => locals.push((Arc::clone(name), self.value(argument)?)),
                Some(_) => {}
            }
        }
        if let Some(body) = &call.body {
            locals.push((Arc::clone(&BODY_CONTENT), Value::native(Inner::Block(Arc::clone(body)))));
        }
        self.framed(Frame { definition: Arc::clone(&definition), call: Arc::clone(call), locals }, |engine| {
            engine.block(&definition.body, output).map(Flow::outside)
        })
    }

    /// Runs `inner` inside a macro's frame; frames that the call does not see are put aside.
    fn framed<T>(&mut self, frame: Frame, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let aside = self.frames.split_off(self.top);
        self.frames.push(frame);
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
