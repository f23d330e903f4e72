//! Plans by name, in shards, so that a change copies one shard's index and not all of it.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;

/// How many shards there are.
const SHARDS: usize = 128;

type Shard<V> = HashMap<Box<str>, Arc<V>, FixedState>;

/// Plans by name. A clone shares every plan and every shard.
#[derive(Debug)]
pub(crate) struct Index<V> {
    shards: Box<[Arc<Shard<V>>]>,
    count: usize,
}

impl<V> Clone for Index<V> {
    fn clone(&self) -> Self {
        Self { shards: self.shards.clone(), count: self.count }
    }
}

impl<V> Default for Index<V> {
    fn default() -> Self {
        let empty = Arc::new(Shard::default());
        Self { shards: std::iter::repeat_n(empty, SHARDS).collect(), count: 0 }
    }
}

fn shard_of(name: &str) -> usize {
    let hash = FixedState::default().hash_one(name);
    // The map inside the shard goes by the low bits.
    usize::try_from(hash >> 32).unwrap_or_default() % SHARDS
}

impl<V> Index<V> {
    /// Whether there is no plan at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The plan of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<V>> {
        self.shards[shard_of(name)].get(name)
    }

    /// Adds or replaces a plan.
    pub(crate) fn put(&mut self, name: Box<str>, plan: V) {
        let before = Arc::make_mut(&mut self.shards[shard_of(&name)]).insert(name, Arc::new(plan));
        self.count += usize::from(before.is_none());
    }

    /// Removes a plan.
    pub(crate) fn remove(&mut self, name: &str) {
        let shard = &mut self.shards[shard_of(name)];
        if shard.contains_key(name) {
            Arc::make_mut(shard).remove(name);
            self.count -= 1;
        }
    }

    /// Every plan, in no particular order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<V>> {
        self.shards.iter().flat_map(|shard| shard.values())
    }
}
