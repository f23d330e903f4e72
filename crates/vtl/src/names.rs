//! The variables that a template names, each with a number: a rendering finds them without hashing.

use crate::value::Text;
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
#[derive(Debug)]
pub(crate) struct Names {
    /// Those of the template, which come first.
    base: Option<Arc<Names>>,
    list: Vec<Text>,
    slots: HashMap<Text, Slot>,
    /// Whether the source mentions what loops set: by slot.
    mentioned: [bool; 3],
    /// How many calls may still keep their patterns.
    sites: u32,
}

/// The most calls of one template that keep their compiled patterns, each of which may take half a megabyte.
const MAX_SITES: u32 = 32;

impl Names {
    /// The names that the language itself sets.
    pub(crate) fn new() -> Self {
        let mut names =
            Self { base: None, list: Vec::new(), slots: HashMap::new(), mentioned: [false; 3], sites: MAX_SITES };
        for name in ["foreach", "velocityCount", "velocityHasNext", "bodyContent"] {
            names.slot(name);
        }
        names.mentioned = [false; 3];
        names
    }

    /// The names of a template, to which more can be added.
    pub(crate) fn over(base: &Arc<Self>) -> Self {
        let (mentioned, sites) = (base.mentioned, base.sites);
        Self { base: Some(Arc::clone(base)), list: Vec::new(), slots: HashMap::new(), mentioned, sites }
    }

    fn known(&self, name: &str) -> Option<Slot> {
        let base = self.base.as_ref().and_then(|base| base.known(name));
        base.or_else(|| self.slots.get(name).copied())
    }

    /// The number of a name, a new one if it has none.
    pub(crate) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.known(name) {
            if let Some(mentioned) = self.mentioned.get_mut(slot as usize) {
                *mentioned = true;
            }
            return slot;
        }
        // A template of four thousand million names would not have been read.
        let slot = Slot::try_from(self.len()).unwrap_or(Slot::MAX);
        let name = Text::from(name);
        self.list.push(name.clone());
        self.slots.insert(name, slot);
        slot
    }

    /// What `#evaluate` adds may mention everything.
    pub(crate) const fn mention_all(&mut self) {
        self.mentioned = [true; 3];
    }

    /// Whether something may read `$foreach`.
    pub(crate) const fn mention_scope(&self) -> bool {
        self.mentioned[FOREACH as usize]
    }

    /// Whether something may read a loop's count, or whether more follows.
    pub(crate) const fn mention_counts(&self) -> bool {
        self.mentioned[VELOCITY_COUNT as usize] || self.mentioned[VELOCITY_HAS_NEXT as usize]
    }

    /// Whether one more call may keep its pattern.
    pub(crate) const fn take_site(&mut self) -> bool {
        let left = self.sites > 0;
        self.sites = self.sites.saturating_sub(1);
        left
    }

    /// How many names there are: numbers are below.
    pub(crate) fn len(&self) -> usize {
        self.base.as_ref().map_or(0, |base| base.len()) + self.list.len()
    }

    /// The name that has a number.
    pub(crate) fn name(&self, slot: usize) -> &Text {
        match &self.base {
            Some(base) if slot < base.len() => base.name(slot),
            Some(base) => &self.list[slot - base.len()],
            None => &self.list[slot],
        }
    }
}
