//! Lists and maps: shared, and taken apart without recursion.

use super::entries::Entries;
use super::{Inner, Key, Value};
use crate::ast::Property;
use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;
use std::sync::atomic::Ordering;

/// Java's `ArrayList`.
#[derive(Clone, Default)]
pub struct List(Rc<ListCell>);

#[derive(Default)]
struct ListCell {
    values: RefCell<Vec<Value>>,
    prints_json: bool,
}

/// Java's `LinkedHashMap`: it keeps the order of insertion.
#[derive(Clone, Default)]
pub struct Map(Rc<MapCell>);

#[derive(Default)]
struct MapCell {
    entries: RefCell<Entries>,
}

impl List {
    /// A list of values.
    pub fn new(values: Vec<Value>) -> Self {
        Self(Rc::new(ListCell { values: RefCell::new(values), prints_json: false }))
    }

    /// A list that prints as JSON text, as json-smart's `JSONArray` does: what AWS's `$input.path` answers (fact 69).
    pub fn json(values: Vec<Value>) -> Self {
        Self(Rc::new(ListCell { values: RefCell::new(values), prints_json: true }))
    }

    pub(crate) fn prints_json(&self) -> bool {
        self.0.prints_json
    }

    /// The values.
    pub fn values(&self) -> Ref<'_, Vec<Value>> {
        self.0.values.borrow()
    }

    /// The values, to be changed.
    pub fn values_mut(&self) -> RefMut<'_, Vec<Value>> {
        self.0.values.borrow_mut()
    }

    /// The values, taken out of the list if nobody else has it.
    pub(crate) fn into_values(self) -> Vec<Value> {
        if Rc::strong_count(&self.0) == 1 { self.0.values.take() } else { self.0.values.borrow().clone() }
    }

    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map with room for some entries.
    pub(crate) fn with_room(entries: usize) -> Self {
        Self(Rc::new(MapCell { entries: RefCell::new(Entries::with_room(entries)) }))
    }

    /// Calls `each` with every entry, in the order of insertion, up to the first failure.
    pub(crate) fn try_each<E>(&self, mut each: impl FnMut(usize, &Key, &Value) -> Result<(), E>) -> Result<(), E> {
        self.0.entries.borrow().iter().enumerate().try_for_each(|(index, (key, value))| each(index, key, value))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.entries.borrow().len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at a key.
    pub fn get(&self, key: &Key) -> Option<Value> {
        self.0.entries.borrow().get(key).cloned()
    }

    /// Whether there is a text among the keys.
    pub(crate) fn has_text(&self, key: &str) -> bool {
        self.0.entries.borrow().get_text(key).is_some()
    }

    /// The value at a text.
    pub(crate) fn get_text(&self, key: &str) -> Option<Value> {
        self.0.entries.borrow().get_text(key).cloned()
    }

    /// What `read` makes of the value at a text; null where there is none.
    pub(crate) fn read_text<R>(&self, key: &str, read: impl FnOnce(&Value) -> R) -> R {
        read(self.0.entries.borrow().get_text(key).unwrap_or(&Value::Null))
    }

    /// What `read` makes of the value at a property; null where there is none.
    #[inline]
    pub(crate) fn read_property<R>(&self, property: &Property, read: impl FnOnce(&Value) -> R) -> R {
        let entries = self.0.entries.borrow();
        let guess = property.guess.load(Ordering::Relaxed);
        if let Some(value) = entries.guessed(&property.name, guess as usize) {
            return read(value);
        }
        let Some((index, value)) = entries.find(&property.name) else { return read(&Value::Null) };
        property.guess.store(u32::try_from(index).unwrap_or_default(), Ordering::Relaxed);
        read(value)
    }

    /// What `read` makes of each entry, in the order of insertion.
    pub(crate) fn map_entries<R>(&self, read: impl Fn(&Key, &Value) -> R) -> Vec<R> {
        self.0.entries.borrow().map(read)
    }

    /// Sets the value at a key, and answers the one before.
    #[inline]
    pub fn put(&self, key: Key, value: Value) -> Option<Value> {
        self.0.entries.borrow_mut().insert(key, value)
    }

    /// Removes a key, and answers its value.
    pub fn remove(&self, key: &Key) -> Option<Value> {
        self.0.entries.borrow_mut().remove(key)
    }

    /// Removes everything.
    pub fn clear(&self) {
        let taken = std::mem::take(&mut *self.0.entries.borrow_mut());
        drop(taken);
    }

    /// The entries, in the order of insertion.
    pub fn entries(&self) -> Vec<(Key, Value)> {
        self.0.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

impl Value {
    /// Whether dropping this drops what a list, a map or an iterator holds.
    fn is_last(&self) -> bool {
        match self {
            Self::List(list) => Rc::strong_count(&list.0) == 1,
            Self::Map(map) => Rc::strong_count(&map.0) == 1,
            Self::Native(native) => Rc::strong_count(native) == 1,
            _ => false,
        }
    }
}

/// Takes what a list, a map or an iterator holds out of it if it goes with it; what others have, too, stays theirs.
#[inline]
fn put_aside(value: &mut Value, open: &mut Vec<Value>) {
    if value.is_container() {
        // One after the other: of two that share a list, the second is the last to have it.
        let value = std::mem::take(value);
        if value.is_last() {
            open.push(value);
        }
    }
}

/// Drops values, and what only they hold, one container at a time: a chain of a million lists must not fill the stack.
fn dismantle(mut open: Vec<Value>) {
    while let Some(mut value) = open.pop() {
        let put_aside = |value: &mut Value| put_aside(value, &mut open);
        match &mut value {
            Value::List(list) => {
                if let Some(cell) = Rc::get_mut(&mut list.0) {
                    cell.values.get_mut().iter_mut().for_each(put_aside);
                }
            }
            Value::Map(map) => {
                if let Some(cell) = Rc::get_mut(&mut map.0) {
                    cell.entries.get_mut().each_mut(put_aside);
                }
            }
            Value::Native(native) => match Rc::get_mut(native).map(|native| &mut native.0) {
                Some(Inner::Entry(_, value)) => self::put_aside(value, &mut open),
                Some(Inner::Cursor(cursor)) => cursor.get_mut().as_mut_slice().iter_mut().for_each(put_aside),
                _ => {}
            },
            _ => {}
        }
    }
}

impl Drop for ListCell {
    fn drop(&mut self) {
        let mut open = Vec::new();
        self.values.get_mut().iter_mut().for_each(|value| put_aside(value, &mut open));
        dismantle(open);
    }
}

impl Drop for MapCell {
    fn drop(&mut self) {
        let mut open = Vec::new();
        self.entries.get_mut().each_mut(|value| put_aside(value, &mut open));
        dismantle(open);
    }
}
