//! The whole configuration at one revision.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::stage::StagePlan;

/// Shards of the API index: a change copies one shard's index, not all of it.
const SHARDS: usize = 128;

/// What never changes about an API, shared by its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiFacts {
    /// The API's id.
    pub id: Box<str>,
    /// Its owner.
    pub account: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// Its name, for metrics.
    pub name: Box<str>,
}

/// A compiled API: its stages by name.
#[derive(Debug)]
pub struct ApiPlan {
    /// The API.
    pub facts: Arc<ApiFacts>,
    /// Stages by name.
    pub stages: BTreeMap<Box<str>, Arc<StagePlan>>,
}

impl ApiPlan {
    /// The stage of a path's first segment.
    pub fn stage(&self, name: &[u8]) -> Option<&Arc<StagePlan>> {
        std::str::from_utf8(name).ok().and_then(|name| self.stages.get(name))
    }
}

type Shard = HashMap<Box<str>, Arc<ApiPlan>, FixedState>;

/// Every API at one revision of the store.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The store's revision that this snapshot reflects.
    pub revision: u64,
    shards: Box<[Arc<Shard>]>,
}

impl Default for Snapshot {
    fn default() -> Self {
        let empty = Arc::new(Shard::default());
        Self { revision: 0, shards: std::iter::repeat_n(empty, SHARDS).collect() }
    }
}

fn shard_of(id: &str) -> usize {
    let hash = FixedState::default().hash_one(id);
    // The map inside the shard goes by the low bits.
    usize::try_from(hash >> 32).unwrap_or_default() % SHARDS
}

impl Snapshot {
    /// The API with this id; ids are case-sensitive (fact 37).
    pub fn api(&self, id: &str) -> Option<&Arc<ApiPlan>> {
        self.shards[shard_of(id)].get(id)
    }

    /// Adds or replaces an API.
    pub fn put(&mut self, plan: ApiPlan) {
        let id = plan.facts.id.clone();
        Arc::make_mut(&mut self.shards[shard_of(&id)]).insert(id, Arc::new(plan));
    }

    /// Removes an API.
    pub fn remove(&mut self, id: &str) {
        Arc::make_mut(&mut self.shards[shard_of(id)]).remove(id);
    }

    /// Every API, in no particular order.
    pub fn apis(&self) -> impl Iterator<Item = &Arc<ApiPlan>> {
        self.shards.iter().flat_map(|shard| shard.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(id: &str) -> ApiPlan {
        let facts =
            ApiFacts { id: id.into(), account: "000000000000".into(), region: "us-east-1".into(), name: id.into() };
        ApiPlan { facts: Arc::new(facts), stages: BTreeMap::new() }
    }

    #[test]
    fn a_change_leaves_older_snapshots_and_other_apis_alone() {
        let mut first = Snapshot::default();
        for index in 0..500 {
            first.put(api(&format!("api{index}")));
        }
        let mut second = first.clone();
        second.remove("api7");
        second.put(api("new"));
        assert!(first.api("api7").is_some() && first.api("new").is_none());
        assert!(second.api("api7").is_none() && second.api("new").is_some());
        assert_eq!((first.apis().count(), second.apis().count()), (500, 500));
        assert!(Arc::ptr_eq(first.api("api8").unwrap(), second.api("api8").unwrap()));
        assert!(first.api("API8").is_none());
    }
}
