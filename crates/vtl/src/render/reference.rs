//! Reading and writing through references.

use super::Engine;
use crate::ast::{Expression, Method, Reference, Step};
use crate::budget::{BYTES_PER_STEP, Meter};
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
        let value = self.walk(reference, reference.steps.len());
        if self.mode == Mode::Aws && matches!(value, Ok(Value::Null)) {
            return Ok(Value::text(""));
        }
        value
    }

    /// The value after the first `count` steps.
    #[inline]
    fn walk(&mut self, reference: &'t Reference, count: usize) -> Outcome<Value> {
        let properties = reference.properties.min(count);
        let mut from = properties;
        let first = match reference.steps[..count].get(properties) {
            Some(Step::Method(method)) if method.simple => {
                from += 1;
                self.call_in_place(reference, properties, method, |answer, _| answer)
            }
            _ => self.view(reference, properties, |value, _| Ok(value.clone())),
        };
        if from == count {
            return first;
        }
        self.further(first?, &reference.steps[from..count])
    }

    /// The value that more steps lead to.
    fn further(&mut self, mut value: Value, steps: &'t [Step]) -> Outcome<Value> {
        for step in steps {
            if value.is_null() {
                break;
            }
            self.meter.work(1)?;
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    /// What `then` makes of the answer of a method of what the first `count` steps lead to. A value of the language is not
    /// copied for that; a host's object within another value is, since nobody knows what it changes.
    #[inline]
    pub(super) fn call_in_place<R>(
        &mut self,
        reference: &'t Reference,
        count: usize,
        method: &'t Method,
        then: impl FnOnce(Outcome<Value>, &mut Meter) -> Outcome<R>,
    ) -> Outcome<R> {
        let mut arguments = Arguments::new();
        self.arguments(method, &mut arguments)?;
        self.position = reference.position;
        let (steps, called, held) = (&reference.steps[..count], &method.called, self.held(reference)?);
        let root = held.as_ref().unwrap_or_else(|| Self::loaded(&self.variables, reference.root));
        self.meter.work(1)?;
        if count == 0 && !matches!(root, Value::Null | Value::Native(_)) {
            return then(method::call(root, called, &arguments, &mut self.meter), &mut self.meter);
        }
        let kind = follow(root, steps, &mut self.meter, |value, _| match value {
            Value::Null => Receiver::Null,
            Value::Object(_) | Value::Native(_) => Receiver::Foreign,
            _ => Receiver::InPlace,
        });
        let answer = match kind {
            Receiver::Null => Ok(Value::Null),
            Receiver::InPlace => {
                follow(root, steps, &mut self.meter, |value, meter| method::call(value, called, &arguments, meter))
            }
            Receiver::Foreign => {
                let value = follow(root, steps, &mut self.meter, |value, _| value.clone());
                self.call(&value, called, &arguments)
            }
        };
        then(answer, &mut self.meter)
    }

    /// The root of a reference, where it is not a variable of the template itself; that one is loaded.
    #[inline]
    fn held(&mut self, reference: &'t Reference) -> Outcome<Option<Value>> {
        if self.top > 0 {
            return self.read(reference.root).map(Some);
        }
        self.load(reference.root);
        Ok(None)
    }

    #[inline]
    fn arguments(&mut self, method: &'t Method, arguments: &mut Arguments) -> Outcome<()> {
        let aws = self.mode == Mode::Aws;
        for argument in &method.arguments {
            match argument {
                Expression::Text(text) => arguments.push(Value::Text(text.clone())),
                Expression::Int(value) => arguments.push(Value::Int(*value)),
                Expression::Reference(reference) if reference.properties == reference.steps.len() => {
                    self.position = reference.position;
                    self.view(reference, reference.properties, |value, _| {
                        arguments.push(if aws && value.is_null() { Value::text("") } else { value.clone() });
                        Ok(())
                    })?;
                }
                argument => arguments.push(self.value(argument)?),
            }
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
            return match &self.read(reference.root) {
                Ok(root) => follow(root, steps, &mut self.meter, read),
                Err(fault) => Err(fault.clone()),
            };
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

/// How a method is called.
enum Receiver {
    Null,
    InPlace,
    Foreign,
}

/// What `read` makes of the value that properties lead to from `value`.
#[inline]
pub(super) fn follow<R>(
    value: &Value,
    steps: &[Step],
    meter: &mut Meter,
    read: impl FnOnce(&Value, &mut Meter) -> R,
) -> R {
    let [Step::Property(property), rest @ ..] = steps else { return read(value, meter) };
    if value.is_null() {
        return read(value, meter);
    }
    meter.charge(1 + property.name.len() / BYTES_PER_STEP);
    match value {
        Value::Map(map) => map.read_property(property, |value| follow(value, rest, meter, read)),
        _ => follow(&method::property(value, &property.name), rest, meter, read),
    }
}
