//! The variables that a template names, each with a number: a rendering finds them without hashing.

use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// A variable's number within one template, and within what its `#evaluate`s add.
pub(crate) type Slot = u32;

/// What every loop sets: its scope, its count from 1, and whether more follow.
pub(crate) const FOREACH: Slot = 0;
pub(crate) const VELOCITY_COUNT: Slot = 1;
pub(crate) const VELOCITY_HAS_NEXT: Slot = 2;
/// The content of `#@name() … #end`.
pub(crate) const BODY_CONTENT: Slot = 3;

/// Names by number, and numbers by name.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    list: Vec<Arc<str>>,
    slots: HashMap<Arc<str>, Slot>,
}

impl Names {
    /// The names that the language itself sets.
    pub(crate) fn new() -> Self {
        let mut names = Self { list: Vec::new(), slots: HashMap::new() };
        for name in ["foreach", "velocityCount", "velocityHasNext", "bodyContent"] {
            names.slot(name);
        }
        names
    }

    /// The number of a name, a new one if it has none.
    pub(crate) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        // A template of four thousand million names would not have been read.
        let slot = Slot::try_from(self.list.len()).unwrap_or(Slot::MAX);
        let name: Arc<str> = name.into();
        self.list.push(Arc::clone(&name));
        self.slots.insert(name, slot);
        slot
    }

    /// How many names there are: numbers are below.
    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// The name that has a number.
    pub(crate) fn name(&self, slot: usize) -> &Arc<str> {
        &self.list[slot]
    }
}
