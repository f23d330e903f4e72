//! Reading and writing through references.

use super::Engine;
use crate::ast::{Effects, Expression, Method, Property, Reference, Step};
use crate::budget::{BYTES_PER_STEP, Meter};
use crate::error::Outcome;
use crate::method::{self, Called, Name, Sink};
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
        let first = match callable(&reference.steps[..count], properties) {
            Some(method) => {
                from += 1;
                let mut value = Value::Null;
                self.call_in_place(reference, properties, method, &mut Sink::Value(&mut value)).map(|()| value)
            }
            None => self.view(reference, properties, |value, _| Ok(value.clone())),
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

    /// Calls a method, which is [`callable`], of what the first `count` steps lead to. A value of the language is not copied
    /// for that; a host's object within another value is, since nobody knows what it changes.
    pub(super) fn call_in_place(
        &mut self,
        reference: &'t Reference,
        count: usize,
        method: &'t Method,
        sink: &mut Sink<'_>,
    ) -> Outcome<()> {
        let held = self.held(reference)?;
        if method.effects != Effects::None {
            let root = held.as_ref().unwrap_or_else(|| Self::loaded(&self.variables, reference.root));
            if root.is_null() {
                return sink.lent(&Value::Null, &mut self.meter);
            }
        }
        let mut few = [Value::Null, Value::Null];
        let result = match &*method.arguments {
            [] => self.invoke(reference, count, (method, &[]), held.as_ref(), sink),
            [one] => {
                self.argument(one, &mut few[0])?;
                self.invoke(reference, count, (method, &few[..1]), held.as_ref(), sink)
            }
            [one, two] => {
                self.argument(one, &mut few[0])?;
                self.argument(two, &mut few[1])?;
                self.invoke(reference, count, (method, &few), held.as_ref(), sink)
            }
            all => {
                let arguments = all.iter().map(|one| self.value(one)).collect::<Outcome<Vec<_>>>()?;
                self.invoke(reference, count, (method, &arguments), held.as_ref(), sink)
            }
        };
        if few.iter().all(Value::is_plain) {
            std::mem::forget(few);
        }
        result
    }

    /// Calls a method whose arguments are known. What holds the receiver is `held`, or the variable.
    fn invoke(
        &mut self,
        reference: &'t Reference,
        count: usize,
        (method, arguments): (&'t Method, &[Value]),
        held: Option<&Value>,
        sink: &mut Sink<'_>,
    ) -> Outcome<()> {
        self.position = reference.position;
        let (steps, called) = (&reference.steps[..count], &method.called);
        let root = held.unwrap_or_else(|| Self::loaded(&self.variables, reference.root));
        self.meter.work(1)?;
        if count == 0 && !matches!(root, Value::Null | Value::Native(_)) {
            return method::call(root, called, arguments, &mut self.meter, sink);
        }
        let kind = follow(root, steps, &mut self.meter, |value, _| match value {
            Value::Null => Receiver::Null,
            Value::Object(_) | Value::Native(_) => Receiver::Foreign,
            _ => Receiver::InPlace,
        });
        match kind {
            Receiver::Null => sink.lent(&Value::Null, &mut self.meter),
            Receiver::InPlace => {
                follow(root, steps, &mut self.meter, |value, meter| method::call(value, called, arguments, meter, sink))
            }
            Receiver::Foreign => {
                let value = follow(root, steps, &mut self.meter, |value, _| value.clone());
                self.call(&value, called, arguments, sink)
            }
        }
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
    fn argument(&mut self, argument: &'t Expression, slot: &mut Value) -> Outcome<()> {
        match argument {
            Expression::Text(text) => *slot = Value::Text(text.clone()),
            Expression::Int(value) => *slot = Value::Int(*value),
            Expression::Reference(reference) if reference.properties == reference.steps.len() => {
                self.position = reference.position;
                let aws = self.mode == Mode::Aws;
                return self.view(reference, reference.properties, |value, _| {
                    *slot = if aws && value.is_null() { Value::text("") } else { value.clone() };
                    Ok(())
                });
            }
            argument => *slot = self.value(argument)?,
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
                let arguments: Arguments =
                    method.arguments.iter().map(|one| self.value(one)).collect::<Outcome<_>>()?;
                self.call_value(value, &method.called, &arguments)
            }
            Step::Index(index) => {
                let index = self.value(index)?;
                let index = method::from_end(value, index)?;
                self.call_value(value, &method::GET, &[index])
            }
        }
    }

    /// Calls a method. A block of `#define` has the methods of the text that it renders as.
    fn call(&mut self, value: &Value, called: &Called, arguments: &[Value], sink: &mut Sink<'_>) -> Outcome<()> {
        if value.is_block() {
            let text = Value::Text(self.text(value)?);
            let answer = if called.name == Name::ToString { text } else { Value::Null };
            return sink.value(answer, &mut self.meter);
        }
        method::call(value, called, arguments, &mut self.meter, sink)
    }

    /// What a method answers.
    fn call_value(&mut self, value: &Value, called: &Called, arguments: &[Value]) -> Outcome<Value> {
        let mut answer = Value::Null;
        self.call(value, called, arguments, &mut Sink::Value(&mut answer))?;
        Ok(answer)
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
                self.call_value(&owner, called, &[index, value]).map(|_| ())
            }
            Step::Method(_) => Ok(()),
        }
    }
}

/// The method after the first `count` steps, where [`Engine::call_in_place`] may call it: evaluating its arguments then
/// leaves the way to the receiver as it is.
#[inline]
pub(super) fn callable(steps: &[Step], count: usize) -> Option<&Method> {
    match steps.get(count) {
        Some(Step::Method(method))
            if method.effects == Effects::None || (count == 0 && method.effects == Effects::Contents) =>
        {
            Some(method)
        }
        _ => None,
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
        _ => follow_member(value, property, rest, meter, read),
    }
}

/// Goes on from a property of what is no map.
#[inline(never)]
fn follow_member<R>(
    value: &Value,
    property: &Property,
    rest: &[Step],
    meter: &mut Meter,
    read: impl FnOnce(&Value, &mut Meter) -> R,
) -> R {
    if let Value::Native(native) = value
        && let Some(member) = method::entry_member(native, &property.name)
    {
        return follow(member, rest, meter, read);
    }
    follow(&method::property(value, &property.name), rest, meter, read)
}
