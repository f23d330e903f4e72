//! Variables in sight: those of the template, and those of the macros being called.

use super::Engine;
use crate::Value;
use crate::ast::{Call, Expression, Macro};
use crate::error::Outcome;
use crate::names::{Names, Slot};

/// A variable of the rendering: what the context holds is read when it is needed first, and written at the end.
#[derive(Default)]
pub(super) struct Variable {
    value: Value,
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Unread,
    Read,
    Written,
}

/// A macro being called. Arguments that are not constants are evaluated each time they are read.
pub(super) struct Frame<'t> {
    pub(super) definition: &'t Macro,
    pub(super) call: &'t Call,
    pub(super) locals: Vec<(Slot, Value)>,
}

impl<'t> Frame<'t> {
    fn local(&self, name: Slot) -> Option<&Value> {
        self.locals.iter().find(|(local, _)| *local == name).map(|(_, value)| value)
    }

    /// The argument that `$name` stands for, and its source text.
    fn argument(&self, name: Slot) -> Option<(&'t Expression, &'t str)> {
        let index = self.definition.parameters.iter().rposition(|parameter| *parameter == name)?;
        let call: &'t Call = self.call;
        match call.arguments.get(index) {
            Some((Some(argument), literal)) if !constant(argument) => Some((argument, literal)),
            _ => None,
        }
    }
}

/// Whether an argument is evaluated once, at the call.
pub(super) const fn constant(argument: &Expression) -> bool {
    matches!(
        argument,
        Expression::Bool(_) | Expression::Int(_) | Expression::Long(_) | Expression::Big(_) | Expression::Double(_)
    )
}

impl<'t> Engine<'t, '_> {
    /// All names: of the template, and of what `#evaluate` added.
    pub(super) fn names(&self) -> &Names {
        self.names.as_ref().unwrap_or(&self.template.names)
    }

    /// Sees to it that a variable's slot holds what the context has.
    #[inline]
    pub(super) fn load(&mut self, slot: Slot) {
        if self.variables[slot as usize].state == State::Unread {
            self.load_first(slot as usize);
        }
    }

    #[cold]
    fn load_first(&mut self, index: usize) {
        let names = self.names.as_ref().unwrap_or(&self.template.names);
        let variable = &mut self.variables[index];
        self.context.load(names.name(index), &mut variable.value);
        variable.state = State::Read;
    }

    /// What a loaded slot holds, outside of all macros.
    #[inline]
    pub(super) fn loaded(variables: &[Variable], slot: Slot) -> &Value {
        &variables[slot as usize].value
    }

    /// Reads a variable.
    pub(super) fn read(&mut self, name: Slot) -> Outcome<Value> {
        for index in (0..self.top).rev() {
            let frame = &self.frames[index];
            if let Some(value) = frame.local(name).filter(|value| !value.is_null()) {
                return Ok(value.clone());
            }
            if let Some((argument, _)) = frame.argument(name) {
                return self.seen_from(index, |engine| engine.value(argument));
            }
        }
        self.load(name);
        Ok(Self::loaded(&self.variables, name).clone())
    }

    /// Runs `inner` with the frames that the caller of frame `index` sees.
    fn seen_from<T>(&mut self, index: usize, inner: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.meter.enter()?;
        let top = std::mem::replace(&mut self.top, index);
        let result = inner(self);
        self.top = top;
        self.meter.leave();
        result
    }

    /// Sets a variable: here, and in everything around.
    pub(super) fn write(&mut self, name: Slot, value: Value) {
        if self.top == 0 {
            let variable = &mut self.variables[name as usize];
            variable.value = value;
            variable.state = State::Written;
            return;
        }
        for frame in &mut self.frames[..self.top] {
            match frame.locals.iter_mut().find(|(local, _)| *local == name) {
                Some((_, slot)) => slot.clone_from(&value),
                None => frame.locals.push((name, value.clone())),
            }
        }
        self.variables[name as usize] = Variable { value, state: State::Written };
    }

    /// Removes a variable, or sets it back to what it was.
    pub(super) fn restore(&mut self, name: Slot, value: Value) {
        if !value.is_null() {
            return self.write(name, value);
        }
        for frame in &mut self.frames[..self.top] {
            frame.locals.retain(|(local, _)| *local != name);
        }
        self.variables[name as usize] = Variable { value, state: State::Written };
    }

    /// Hands the context what was written.
    pub(super) fn store(&mut self) {
        let names = self.names.as_ref().unwrap_or(&self.template.names);
        for (index, variable) in self.variables.drain(..).enumerate() {
            match variable {
                Variable { value: Value::Null, state: State::Written } => self.context.remove(names.name(index)),
                Variable { value, state: State::Written } => self.context.put(names.name(index), value),
                _ => {}
            }
        }
    }

    /// The source text of the argument that `$name` stands for, which is printed in place of a null.
    pub(super) fn argument_literal(&self, name: Slot) -> Option<&'t str> {
        self.frames[..self.top].iter().rev().find_map(|frame| frame.argument(name)).map(|(_, literal)| literal)
    }
}
