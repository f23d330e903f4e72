//! What a template can reach: variables, and objects of the host.

use crate::error::Fault;
use crate::value::{Entries, Key, Text, Value};
use std::rc::Rc;

/// An object of the host, such as AWS's `$input`. Every default answers as an object without members would.
pub trait Object {
    /// The member that `$object.name` or `$object["name"]` reads; `None` where there is none.
    fn property(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// What `#set($object.name = value)` writes; false where nothing was written.
    fn set_property(&self, name: &str, value: &Value) -> bool {
        let _ = (name, value);
        false
    }

    /// What `$object.method(arguments)` answers; `None` where there is no such method.
    ///
    /// # Errors
    /// The method's failure, which ends the rendering.
    fn call(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, Fault> {
        let _ = (method, arguments);
        Ok(None)
    }

    /// What `#foreach` goes over; `None` where that is impossible.
    fn elements(&self) -> Option<Vec<Value>> {
        None
    }

    /// Java's `toString`: what a reference to the object renders as.
    fn print(&self) -> String;
}

/// Variables that are there for the asking: each is made when a template reads it first, and not at all when none does.
pub trait Variables {
    /// The variable `name`; `None` where there is none. A rendering asks once for each name that it comes to.
    fn variable(&self, name: &str) -> Option<Value>;
}

/// The variables of one rendering, or of several that share them.
#[derive(Default)]
pub struct Context {
    variables: Entries,
    outer: Option<Rc<dyn Variables>>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let variables: Vec<_> = self.variables.iter().collect();
        formatter.debug_struct("Context").field("variables", &variables).finish_non_exhaustive()
    }
}

impl Variables for Context {
    fn variable(&self, name: &str) -> Option<Value> {
        match self.variables.get_text(name) {
            Some(Value::Null) => None,
            Some(value) => Some(value.clone()),
            None => self.outer.as_ref()?.variable(name),
        }
    }
}

impl Context {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// No variables but those of `outer`, which are read through. What is set stays here.
    pub fn over(outer: Rc<dyn Variables>) -> Self {
        Self { variables: Entries::default(), outer: Some(outer) }
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: Value) {
        self.variables.insert(Key::Text(name.into()), value);
    }

    /// Reads a variable; null where it was never set.
    pub fn get(&self, name: &str) -> Value {
        match (self.variables.get_text(name), &self.outer) {
            (Some(value), _) => value.clone(),
            (None, Some(outer)) => outer.variable(name).unwrap_or_default(),
            (None, None) => Value::Null,
        }
    }

    /// Reads a variable to where it is kept; what is there stays where the variable was never set.
    pub(crate) fn load(&self, name: &str, slot: &mut Value) {
        if let Some(value) = self.variables.get_text(name) {
            slot.clone_from(value);
        } else if let Some(value) = self.outer.as_ref().and_then(|outer| outer.variable(name)) {
            *slot = value;
        }
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        self.variables.remove(&Key::Text(name.into()));
    }

    pub(crate) fn put(&mut self, name: &Text, value: Value) {
        self.variables.insert(Key::Text(name.clone()), value);
    }
}
