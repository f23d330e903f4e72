//! The pets, in memory: what the routes read and change.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// All pets by id; ids count upwards and are never used twice.
#[derive(Debug, Default)]
pub(crate) struct Shelter {
    pets: BTreeMap<u64, Value>,
    last_id: u64,
}

impl Shelter {
    /// A shelter with three pets, so that the first `curl` shows something.
    pub(crate) fn with_first_pets() -> Self {
        let mut shelter = Self::default();
        for (name, kind, price) in [("Rex", "dog", 249.99), ("Mia", "cat", 124.99), ("Bubbles", "fish", 0.99)] {
            shelter.add(&json!({"name": name, "type": kind, "price": price}));
        }
        shelter
    }

    /// Every pet, or those of one kind, in the order of their ids.
    pub(crate) fn list(&self, kind: Option<&str>) -> Vec<Value> {
        self.pets.values().filter(|pet| kind.is_none_or(|kind| pet["type"] == kind)).cloned().collect()
    }

    /// One pet.
    pub(crate) fn get(&self, id: u64) -> Option<Value> {
        self.pets.get(&id).cloned()
    }

    /// Adds a pet under the next id and returns it as stored.
    pub(crate) fn add(&mut self, pet: &Value) -> Value {
        self.last_id += 1;
        let stored = pet_with_id(self.last_id, pet);
        self.pets.insert(self.last_id, stored.clone());
        stored
    }

    /// Replaces a pet that exists.
    pub(crate) fn replace(&mut self, id: u64, pet: &Value) -> Option<Value> {
        let slot = self.pets.get_mut(&id)?;
        *slot = pet_with_id(id, pet);
        Some(slot.clone())
    }

    /// Takes a pet out; says whether it was there.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        self.pets.remove(&id).is_some()
    }

    /// How many pets of each kind there are.
    pub(crate) fn inventory(&self) -> Value {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for pet in self.pets.values() {
            *counts.entry(pet["type"].as_str().unwrap_or("unknown")).or_default() += 1;
        }
        json!(counts)
    }
}

fn pet_with_id(id: u64, pet: &Value) -> Value {
    json!({"id": id, "name": pet["name"], "type": pet["type"], "price": pet["price"]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_pet_gets_the_next_id_and_can_be_found() {
        let mut shelter = Shelter::with_first_pets();
        let added = shelter.add(&json!({"name": "Ada", "type": "cat", "id": 1}));
        assert_eq!(added["id"], 4);
        assert_eq!(shelter.get(4), Some(added));
        assert_eq!(shelter.list(Some("cat")).len(), 2);
    }

    #[test]
    fn a_removed_pet_is_gone_and_its_id_is_not_used_again() {
        let mut shelter = Shelter::with_first_pets();
        assert!(shelter.remove(3));
        assert!(!shelter.remove(3));
        assert_eq!(shelter.add(&json!({"type": "fish"}))["id"], 4);
        assert_eq!(shelter.inventory(), json!({"cat": 1, "dog": 1, "fish": 1}));
    }

    #[test]
    fn only_a_pet_that_exists_can_be_replaced() {
        let mut shelter = Shelter::with_first_pets();
        assert!(shelter.replace(9, &json!({"name": "x"})).is_none());
        let replaced = shelter.replace(1, &json!({"name": "Max", "type": "dog"}));
        assert_eq!(replaced.unwrap()["name"], "Max");
    }
}
