//! API keys: found by a keyed hash of their value, each with what it has used.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;
use smol_str::SmolStr;
use stagegate_state::{ByDigest, Counter, Word};

use crate::usage_plan::PlanNumber;

/// Bytes of a keyed hash (HMAC-SHA-256).
pub const DIGEST_BYTES: usize = 32;

/// A keyed hash of a key's value, together with its account and region.
pub type KeyDigest = [u8; DIGEST_BYTES];

/// What the values of an account's API keys in a region are hashed for: they are unique within both.
pub fn key_digest_context(account: &str, region: &str) -> String {
    format!("api key {account}/{region}")
}

/// A compiled API key.
#[derive(Debug)]
pub struct KeyPlan {
    /// Its id.
    pub id: SmolStr,
    /// The second half of the digest; the first is what it is looked up by.
    rest: [u8; DIGEST_BYTES / 2],
    /// Whether callers can use it.
    pub enabled: bool,
    /// The usage plans that it is in.
    pub memberships: SmallVec<[Membership; 1]>,
}

/// A key in a usage plan.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The plan.
    pub plan: PlanNumber,
    /// What the key has used of it.
    pub usage: Arc<KeyUse>,
}

/// What a key has used of a plan, carried over from snapshot to snapshot.
#[derive(Debug, Default)]
pub struct KeyUse {
    /// The bucket of the plan's rate.
    pub word: Word,
    /// The counter of the plan's quota, from the first request on.
    pub quota: OnceLock<Arc<Counter>>,
    methods: OnceLock<Box<Words>>,
}

/// Buckets of single methods: made a few at a time, and found without a lock.
#[derive(Debug, Default)]
struct Words {
    words: [Word; WORDS],
    next: OnceLock<Box<Self>>,
}

/// Buckets made at once.
const WORDS: usize = 8;

impl KeyUse {
    /// The bucket of a method's rate, by the rate's slot.
    pub fn method(&self, slot: u32) -> &Word {
        let mut words = self.methods.get_or_init(Box::default);
        let mut slot = slot as usize;
        while slot >= WORDS {
            words = words.next.get_or_init(Box::default);
            slot -= WORDS;
        }
        &words.words[slot]
    }
}

impl KeyPlan {
    /// A key with what it has used of its plans.
    pub fn new(id: &str, digest: &KeyDigest, enabled: bool, memberships: impl IntoIterator<Item = Membership>) -> Self {
        let (_, rest) = halves(digest);
        Self { id: id.into(), rest, enabled, memberships: memberships.into_iter().collect() }
    }

    /// What the key has used of a plan.
    pub fn usage(&self, plan: PlanNumber) -> Option<&Arc<KeyUse>> {
        self.memberships.iter().find(|membership| membership.plan == plan).map(|membership| &membership.usage)
    }
}

/// How many shards there are: a change copies one of them.
const SHARDS: usize = 1_024;

type Half = [u8; DIGEST_BYTES / 2];
type Shard = HashMap<Half, Arc<KeyPlan>, ByDigest>;

fn halves(digest: &KeyDigest) -> (Half, Half) {
    let (first, rest) = digest.split_at(DIGEST_BYTES / 2);
    (first.try_into().expect("half of a digest"), rest.try_into().expect("half of a digest"))
}

/// API keys by digest. A clone shares every key and every shard.
#[derive(Debug, Clone)]
pub(crate) struct KeyIndex {
    shards: Box<[Arc<Shard>]>,
    count: usize,
}

impl Default for KeyIndex {
    fn default() -> Self {
        let empty = Arc::new(Shard::default());
        Self { shards: std::iter::repeat_n(empty, SHARDS).collect(), count: 0 }
    }
}

fn shard_of(digest: &KeyDigest) -> usize {
    // The map inside the shard goes by the first eight bytes.
    usize::from(u16::from_ne_bytes([digest[14], digest[15]])) % SHARDS
}

/// Whether two halves are equal, in a time that does not depend on where they differ.
fn same(a: &Half, b: &Half) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

impl KeyIndex {
    pub(crate) fn get(&self, digest: &KeyDigest) -> Option<&Arc<KeyPlan>> {
        let (first, rest) = halves(digest);
        self.shards[shard_of(digest)].get(&first).filter(|key| same(&key.rest, &rest))
    }

    pub(crate) fn put(&mut self, digest: &KeyDigest, key: KeyPlan) {
        let before = Arc::make_mut(&mut self.shards[shard_of(digest)]).insert(halves(digest).0, Arc::new(key));
        self.count += usize::from(before.is_none());
    }

    pub(crate) fn remove(&mut self, digest: &KeyDigest) {
        if self.get(digest).is_some() {
            Arc::make_mut(&mut self.shards[shard_of(digest)]).remove(&halves(digest).0);
            self.count -= 1;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<KeyPlan>> {
        self.shards.iter().flat_map(|shard| shard.values())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    fn digest(seed: u64) -> KeyDigest {
        let mut random = fastrand::Rng::with_seed(seed);
        std::array::from_fn(|_| random.u8(..))
    }

    fn key(seed: u64, enabled: bool) -> KeyPlan {
        let membership = Membership { plan: PlanNumber(3), usage: Arc::default() };
        KeyPlan::new(&format!("key{seed}"), &digest(seed), enabled, [membership])
    }

    #[test]
    fn keys_are_found_by_their_digest_alone() {
        let mut index = KeyIndex::default();
        for seed in 0..5_000 {
            index.put(&digest(seed), key(seed, true));
        }
        let before = index.clone();
        index.put(&digest(7), key(7, false));
        index.remove(&digest(8));
        index.remove(&digest(8));
        assert_eq!((before.len(), index.len(), index.values().count()), (5_000, 4_999, 4_999));
        assert!(before.get(&digest(7)).is_some_and(|key| key.enabled));
        assert!(index.get(&digest(7)).is_some_and(|key| !key.enabled && key.id == "key7"));
        assert!(index.get(&digest(8)).is_none() && index.get(&digest(5_001)).is_none());
        for byte in [0, 15, 16, 31] {
            let mut other = digest(9);
            other[byte] ^= 1;
            assert!(index.get(&other).is_none(), "byte {byte}");
        }
    }

    #[test]
    fn buckets_of_methods_are_made_once_and_stay() {
        let usage = KeyUse::default();
        for slot in [0, 7, 8, 9, 100] {
            usage.method(slot).0.store(u64::from(slot) + 1, Relaxed);
        }
        for slot in [0, 7, 8, 9, 100] {
            assert_eq!(usage.method(slot).0.load(Relaxed), u64::from(slot) + 1);
        }
        assert_eq!(usage.method(50).0.load(Relaxed), 0);
    }

    #[test]
    fn a_key_in_one_plan_takes_less_than_two_hundred_bytes() {
        // The two allocations with the counts of an Arc and malloc's word, and a slot of a map two thirds full.
        let allocated = size_of::<KeyPlan>() + size_of::<KeyUse>() + 2 * (16 + 8);
        let slot = (size_of::<(Half, Arc<KeyPlan>)>() + 1) * 3 / 2;
        assert!(allocated + slot <= 200, "{allocated} + {slot}");
    }
}
