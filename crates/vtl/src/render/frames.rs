//! Variables in sight: the context's, and those of the macros being called.

use super::Engine;
use crate::Value;
use crate::ast::{Call, Expression, Macro};
use crate::error::Fault;
use std::sync::Arc;

/// A macro being called. Arguments that are not constants are evaluated each time they are read.
pub(super) struct Frame {
    pub(super) definition: Arc<Macro>,
    pub(super) call: Arc<Call>,
    pub(super) locals: Vec<(Arc<str>, Value)>,
}

impl Frame {
    fn local(&self, name: &str) -> Option<Value> {
        self.locals.iter().find(|(local, _)| **local == *name).map(|(_, value)| value.clone())
    }

    fn argument(&self, name: &str) -> Option<usize> {
        let index = self.definition.parameters.iter().rposition(|parameter| **parameter == *name)?;
        matches!(self.call.arguments.get(index), Some((Some(argument), _)) if !constant(argument)).then_some(index)
    }
}

/// Whether an argument is evaluated once, at the call.
pub(super) const fn constant(argument: &Expression) -> bool {
    matches!(
        argument,
        Expression::Bool(_) | Expression::Int(_) | Expression::Long(_) | Expression::Big(_) | Expression::Double(_)
    )
}

impl Engine<'_, '_> {
    /// Reads a variable.
    pub(super) fn read(&mut self, name: &str) -> Result<Value, Fault> {
        for index in (0..self.top).rev() {
            let frame = &self.frames[index];
            if let Some(value) = frame.local(name).filter(|value| !value.is_null()) {
                return Ok(value);
            }
            if let Some(argument) = frame.argument(name) {
                let call = Arc::clone(&frame.call);
                let Some((Some(expression), _)) = call.arguments.get(argument) else { return Ok(Value::Null) };
                return self.seen_from(index, |engine| engine.value(expression));
            }
        }
        Ok(self.context.get(name))
    }

    /// Runs `inner` with the frames that the caller of frame `index` sees.
    fn seen_from<T>(&mut self, index: usize, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.meter.enter()?;
        let top = std::mem::replace(&mut self.top, index);
        let result = inner(self);
        self.top = top;
        self.meter.leave();
        result
    }

    /// Sets a variable: here, and in everything around.
    pub(super) fn write(&mut self, name: &Arc<str>, value: &Value) {
        for frame in &mut self.frames[..self.top] {
            match frame.locals.iter_mut().find(|(local, _)| local == name) {
                Some((_, slot)) => slot.clone_from(value),
                None => frame.locals.push((Arc::clone(name), value.clone())),
            }
        }
        self.context.put(name, value.clone());
    }

    /// Removes a variable, or sets it back to what it was.
    pub(super) fn restore(&mut self, name: &Arc<str>, value: &Value) {
        if !value.is_null() {
            return self.write(name, value);
        }
        for frame in &mut self.frames[..self.top] {
            frame.locals.retain(|(local, _)| local != name);
        }
        self.context.remove(name);
    }

    /// The source text of the argument that `$name` stands for, which is printed in place of a null.
    pub(super) fn argument_literal(&self, name: &str) -> Option<Arc<str>> {
        self.frames[..self.top].iter().rev().find_map(|frame| {
            let (_, literal) = frame.call.arguments.get(frame.argument(name)?)?;
            Some(Arc::clone(literal))
        })
    }
}
