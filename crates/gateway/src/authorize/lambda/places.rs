//! How many calls of one authorizer's function run at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An authorizer of a stage: API, stage and authorizer id.
type Name = (Box<str>, Box<str>, Box<str>);

/// The calls that run, by authorizer. It has as many entries as authorizers are being asked.
#[derive(Debug)]
pub(crate) struct Places {
    limit: usize,
    taken: Mutex<HashMap<Name, usize>>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    name: Name,
}

impl Places {
    /// So many calls of each authorizer's function may run at once.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: Mutex::default() })
    }

    /// Takes a place; `None` where all are taken.
    pub(super) fn take(self: &Arc<Self>, api: &str, stage: &str, authorizer: &str) -> Option<Place> {
        let name: Name = (api.into(), stage.into(), authorizer.into());
        let mut taken = self.taken();
        let count = taken.get(&name).copied().unwrap_or_default();
        if count >= self.limit {
            return None;
        }
        taken.insert(name.clone(), count + 1);
        drop(taken);
        Some(Place { places: Arc::clone(self), name })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Name, usize>> {
        // Nothing in between can panic and leave the counts half changed.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match taken.get_mut(&self.name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = taken.remove(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_authorizer_has_places_of_its_own_and_none_is_kept_for_the_idle() {
        let places = Places::new(2);
        let taken: Vec<Place> = (0..2).map(|_| places.take("a", "s", "x").expect("a place")).collect();
        assert!(places.take("a", "s", "x").is_none());
        let others = [("a", "s", "y"), ("a", "t", "x"), ("b", "s", "x")];
        let others: Vec<Place> = others.iter().map(|(a, s, x)| places.take(a, s, x).expect("a place")).collect();
        drop(taken);
        assert!(places.take("a", "s", "x").is_some());
        drop(others);
        assert!(places.taken().is_empty());
    }
}
