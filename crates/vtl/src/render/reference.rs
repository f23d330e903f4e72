//! Reading and writing through references.

use super::Engine;
use crate::ast::{Expression, Method, Reference, Step};
use crate::budget::Meter;
use crate::error::Outcome;
use crate::method::{self, Called, Name};
use crate::{Mode, Value};
use smallvec::SmallVec;

/// A method's arguments: few have more than two.
type Arguments = SmallVec<[Value; 2]>;

impl<'t> Engine<'t, '_> {
    /// What a reference evaluates to, by the mode's rule for nothing.
    #[inline]
    pub(super) fn resolve(&mut self, reference: &'t Reference) -> Outcome<Value> {
        self.position = reference.position;
        let value = self.walk(reference, reference.steps.len())?;
        if value.is_null() && self.mode == Mode::Aws {
            return Ok(Value::text(""));
        }
        Ok(value)
    }

    /// The value after the first `count` steps.
    #[inline]
    fn walk(&mut self, reference: &'t Reference, count: usize) -> Outcome<Value> {
        let properties = reference.properties.min(count);
        let mut from = properties;
        let mut value = match reference.steps[..count].get(properties) {
            Some(Step::Method(method)) if method.simple => {
                from += 1;
                self.call_in_place(reference, properties, method)?
            }
            _ => self.view(reference, properties, |value, _| Ok(value.clone()))?,
        };
        for step in &reference.steps[from..count] {
            if value.is_null() {
                break;
            }
            self.meter.work(1)?;
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    /// Calls a method of what the first `count` steps lead to. A value of the language is not copied for that; a host's
    /// object is, since nobody knows what it changes.
    fn call_in_place(&mut self, reference: &'t Reference, count: usize, method: &'t Method) -> Outcome<Value> {
        let mut arguments = Arguments::new();
        self.arguments(method, &mut arguments)?;
        self.position = reference.position;
        let answered = self.view(reference, count, |value, meter| match value {
            Value::Null => Ok(Ok(Value::Null)),
            Value::Object(_) | Value::Native(_) => Ok(Err(value.clone())),
            value => {
                meter.work(1)?;
                method::call(value, &method.called, &arguments, meter).map(Ok)
            }
        })?;
        match answered {
            Ok(answer) => Ok(answer),
            Err(value) => {
                self.meter.work(1)?;
                self.call(&value, &method.called, &arguments)
            }
        }
    }

    fn arguments(&mut self, method: &'t Method, arguments: &mut Arguments) -> Outcome<()> {
        for argument in &method.arguments {
            arguments.push(match argument {
                Expression::Text(text) => Value::Text(text.clone()),
                Expression::Int(value) => Value::Int(*value),
                argument => self.value(argument)?,
            });
        }
        Ok(())
    }

    /// What `read` makes of the value after the first `count` steps, which are properties; no copy is made on the way.
    #[inline]
    pub(super) fn view<R>(
        &mut self,
        reference: &'t Reference,
        count: usize,
        read: impl FnOnce(&Value, &mut Meter) -> Outcome<R>,
    ) -> Outcome<R> {
        let steps = &reference.steps[..count];
        if self.top > 0 {
            let root = self.read(reference.root)?;
            return follow(&root, steps, &mut self.meter, read);
        }
        self.load(reference.root);
        follow(Self::loaded(&self.variables, reference.root), steps, &mut self.meter, read)
    }

    fn step(&mut self, value: &Value, step: &'t Step) -> Outcome<Value> {
        match step {
            Step::Property(property) => Ok(method::property(value, &property.name)),
            Step::Method(method) => {
                let mut arguments = Arguments::new();
                self.arguments(method, &mut arguments)?;
                self.call(value, &method.called, &arguments)
            }
            Step::Index(index) => {
                let index = self.value(index)?;
                let index = method::from_end(value, index)?;
                self.call(value, &method::GET, &[index])
            }
        }
    }

    /// Calls a method. A block of `#define` has the methods of the text that it renders as.
    fn call(&mut self, value: &Value, called: &Called, arguments: &[Value]) -> Outcome<Value> {
        if super::is_block(value) {
            let text = Value::Text(self.text(value)?);
            return if called.name == Name::ToString { Ok(text) } else { Ok(Value::Null) };
        }
        method::call(value, called, arguments, &mut self.meter)
    }

    /// `#set`.
    pub(super) fn assign(&mut self, target: &'t Reference, value: Value) -> Outcome<()> {
        let Some((last, _)) = target.steps.split_last() else {
            // As Velocity 1.7 has it, `#set(${name} = 1)` and `#set($!name = 1)` set nothing that can be read.
            if target.plain {
                self.write(target.root, value);
            }
            return Ok(());
        };
        let owner = self.walk(target, target.steps.len() - 1)?;
        match last {
            _ if owner.is_null() => Ok(()),
            Step::Property(property) => method::set_property(&owner, &property.name, &value, &mut self.meter),
            Step::Index(index) => {
                let index = self.value(index)?;
                let index = method::from_end(&owner, index)?;
                let called = if matches!(owner, Value::List(_)) { &method::SET } else { &method::PUT };
                self.call(&owner, called, &[index, value]).map(|_| ())
            }
            Step::Method(_) => Ok(()),
        }
    }
}

/// What `read` makes of the value that properties lead to from `value`.
#[inline]
fn follow<R>(
    value: &Value,
    steps: &[Step],
    meter: &mut Meter,
    read: impl FnOnce(&Value, &mut Meter) -> Outcome<R>,
) -> Outcome<R> {
    let [Step::Property(property), rest @ ..] = steps else { return read(value, meter) };
    if value.is_null() {
        return read(value, meter);
    }
    meter.text(property.name.len())?;
    match value {
        Value::Map(map) => map.read_property(property, |value| follow(value, rest, meter, read)),
        _ => follow(&method::property(value, &property.name), rest, meter, read),
    }
}
