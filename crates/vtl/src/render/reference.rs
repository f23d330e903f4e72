//! Reading and writing through references.

use super::Engine;
use crate::ast::{Reference, Step};
use crate::error::Fault;
use crate::method;
use crate::{Mode, Value};

impl Engine<'_, '_> {
    /// What a reference evaluates to, by the mode's rule for nothing.
    pub(super) fn resolve(&mut self, reference: &Reference) -> Result<Value, Fault> {
        self.position = reference.position;
        let value = self.walk(reference, reference.steps.len())?;
        Ok(match (self.mode, value) {
            (Mode::Aws, Value::Null) => Value::text(""),
            (_, value) => value,
        })
    }

    /// The value after the first `count` steps.
    fn walk(&mut self, reference: &Reference, count: usize) -> Result<Value, Fault> {
        let mut value = self.read(&reference.root)?;
        for step in &reference.steps[..count] {
            if value.is_null() {
                break;
            }
            self.meter.work(1)?;
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    fn step(&mut self, value: &Value, step: &Step) -> Result<Value, Fault> {
        match step {
            Step::Property(name) => Ok(method::property(value, name)),
            Step::Method(name, parameters) => {
                let mut arguments = Vec::with_capacity(parameters.len());
                for parameter in parameters {
                    arguments.push(self.value(parameter)?);
                }
                self.call(value, name, &arguments)
            }
            Step::Index(index) => {
                let index = self.value(index)?;
                let index = method::from_end(value, index)?;
                self.call(value, "get", &[index])
            }
        }
    }

    /// Calls a method. A block of `#define` has the methods of the text that it renders as.
    fn call(&mut self, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Fault> {
        if super::block_of(value).is_some() {
            let text = Value::Text(self.text(value)?);
            return if name == "toString" { Ok(text) } else { Ok(Value::Null) };
        }
        method::call(value, name, arguments, &mut self.meter)
    }

    /// `#set`.
    pub(super) fn assign(&mut self, target: &Reference, value: &Value) -> Result<(), Fault> {
        let Some((last, _)) = target.steps.split_last() else {
            // As Velocity 1.7 has it, `#set(${name} = 1)` and `#set($!name = 1)` set nothing that can be read.
            if target.literal.strip_prefix('$') == Some(&*target.root) {
                self.write(&target.root, value);
            }
            return Ok(());
        };
        let owner = self.walk(target, target.steps.len() - 1)?;
        match last {
            _ if owner.is_null() => Ok(()),
            Step::Property(name) => method::set_property(&owner, name, value, &mut self.meter),
            Step::Index(index) => {
                let index = self.value(index)?;
                let index = method::from_end(&owner, index)?;
                let name = if matches!(owner, Value::List(_)) { "set" } else { "put" };
                self.call(&owner, name, &[index, value.clone()]).map(|_| ())
            }
            Step::Method(..) => Ok(()),
        }
    }
}
