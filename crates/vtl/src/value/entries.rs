//! The entries of a map: few are a plain list, many are hashed.

use super::key::TextKey;
use super::{Key, Text, Value};
use indexmap::IndexMap;

/// The most entries that are looked through one by one: hashing takes longer than comparing so few.
const FEW: usize = 16;
/// Room for entries that a map without any makes for the first one.
const FIRST_ROOM: usize = 8;

type Hashed = IndexMap<Key, Value, foldhash::fast::RandomState>;

/// Keys and values in the order of insertion.
pub(crate) enum Entries {
    Few(Vec<(Key, Value)>),
    Many(Box<Hashed>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Entries {
    pub(super) fn with_room(entries: usize) -> Self {
        if entries <= FEW {
            return Self::Few(Vec::with_capacity(entries));
        }
        Self::Many(Box::new(Hashed::with_capacity_and_hasher(entries, foldhash::fast::RandomState::default())))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(list) => list.len(),
            Self::Many(map) => map.len(),
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        match self {
            Self::Few(list) => list.iter().find(|(known, _)| same(known, key)).map(|(_, value)| value),
            Self::Many(map) => map.get(key),
        }
    }

    pub(crate) fn get_text(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Few(list) => {
                let found = list.iter().find(|(known, _)| matches!(known, Key::Text(known) if known == key));
                found.map(|(_, value)| value)
            }
            Self::Many(map) => map.get(&TextKey(key)),
        }
    }

    /// The value at a text, if that is where `guess` says.
    #[inline]
    pub(super) fn guessed(&self, key: &Text, guess: usize) -> Option<&Value> {
        let (known, value) = match self {
            Self::Few(list) => list.get(guess).map(|(known, value)| (known, value)),
            Self::Many(map) => map.get_index(guess),
        }?;
        matches!(known, Key::Text(known) if known == key).then_some(value)
    }

    /// The index of a text, and its value.
    pub(super) fn find(&self, key: &Text) -> Option<(usize, &Value)> {
        match self {
            Self::Few(list) => {
                let index = list.iter().position(|(known, _)| matches!(known, Key::Text(known) if known == key))?;
                Some((index, &list[index].1))
            }
            Self::Many(map) => map.get_full(&TextKey(key)).map(|(index, _, value)| (index, value)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Value)> {
        let (few, many) = match self {
            Self::Few(list) => (Some(list), None),
            Self::Many(map) => (None, Some(map)),
        };
        let few = few.into_iter().flatten().map(|(key, value)| (key, value));
        few.chain(many.into_iter().flat_map(|map| map.iter()))
    }

    /// Sets the value at a key, and answers the one before.
    pub(crate) fn insert(&mut self, key: Key, value: Value) -> Option<Value> {
        match self {
            Self::Few(list) => {
                if let Some((_, slot)) = list.iter_mut().find(|(known, _)| same(known, &key)) {
                    return Some(std::mem::replace(slot, value));
                }
                if list.len() < FEW {
                    if list.capacity() == 0 {
                        list.reserve(FIRST_ROOM);
                    }
                    list.push((key, value));
                    return None;
                }
                let mut map = Box::new(Hashed::default());
                map.reserve(2 * FEW);
                map.extend(list.drain(..));
                map.insert(key, value);
                *self = Self::Many(map);
                None
            }
            Self::Many(map) => map.insert(key, value),
        }
    }

    /// Removes a key, and answers its value.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Value> {
        match self {
            Self::Few(list) => {
                let index = list.iter().position(|(known, _)| same(known, key))?;
                Some(list.remove(index).1)
            }
            Self::Many(map) => map.shift_remove(key),
        }
    }

    /// Calls `each` with every value, in the order of insertion.
    #[inline]
    pub(super) fn each_mut(&mut self, each: impl FnMut(&mut Value)) {
        match self {
            Self::Few(list) => list.iter_mut().map(|(_, value)| value).for_each(each),
            Self::Many(map) => map.values_mut().for_each(each),
        }
    }

    /// What `read` makes of each entry, in the order of insertion.
    pub(super) fn map<R>(&self, read: impl Fn(&Key, &Value) -> R) -> Vec<R> {
        match self {
            Self::Few(list) => list.iter().map(|(key, value)| read(key, value)).collect(),
            Self::Many(map) => map.iter().map(|(key, value)| read(key, value)).collect(),
        }
    }
}

/// Equality of keys, of which most are texts.
#[inline]
fn same(left: &Key, right: &Key) -> bool {
    match (left, right) {
        (Key::Text(left), Key::Text(right)) => left == right,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn few_entries_and_many_behave_as_a_hashed_map(steps in prop::collection::vec((0..40_i32, any::<bool>(), any::<bool>()), 0..120)) {
            let (mut ours, mut theirs) = (Entries::default(), IndexMap::new());
            for (count, (number, as_text, remove)) in steps.into_iter().enumerate() {
                let key = if as_text { Key::Text(number.to_string().into()) } else { Key::Int(number) };
                let value = i32::try_from(count).unwrap_or_default();
                let before = if remove { ours.remove(&key) } else { ours.insert(key.clone(), Value::Int(value)) };
                let expected = if remove { theirs.shift_remove(&key) } else { theirs.insert(key.clone(), value) };
                prop_assert_eq!(before.map(|value| value.to_string()), expected.map(|value| value.to_string()));
                if let Key::Text(text) = &key {
                    let expected = ours.get_text(text).map(ToString::to_string);
                    let index = ours.find(text).map_or(usize::MAX, |(index, _)| index);
                    prop_assert_eq!(ours.guessed(text, index).map(ToString::to_string), expected.clone());
                    let guessed = ours.guessed(text, count % 8).map(ToString::to_string);
                    prop_assert!(guessed.is_none() || guessed == expected);
                }
                prop_assert_eq!(ours.get(&key).map(ToString::to_string), theirs.get(&key).map(ToString::to_string));
            }
            let ours: Vec<_> = ours.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
            prop_assert_eq!(ours, theirs.into_iter().map(|(key, value)| (key, value.to_string())).collect::<Vec<_>>());
        }
    }
}
