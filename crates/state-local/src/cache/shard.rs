//! One part of a store: entries by key, and the order in which they are looked at when room is needed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use stagegate_state::{ByDigest, CacheKey};

/// Bytes that an entry takes besides its own: its places in the map and in the order, however full those are, and what the
/// allocator adds.
const ENTRY_BYTES: u64 = 320;

/// What an entry counts.
pub(super) fn cost(entry: &[u8]) -> u64 {
    ENTRY_BYTES + entry.len() as u64
}

/// Entries that are locked together.
pub(super) struct Shard {
    known: HashMap<CacheKey, Entry, ByDigest>,
    /// In the order they came; an entry that was used since gets another turn.
    order: VecDeque<(CacheKey, u32)>,
    bytes: u64,
    bytes_max: u64,
    stamp: u32,
}

struct Entry {
    bytes: Arc<[u8]>,
    until_ns: u64,
    stamp: u32,
    is_used: bool,
}

impl Shard {
    /// An empty part.
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { known: HashMap::default(), order: VecDeque::new(), bytes: 0, bytes_max, stamp: 0 }
    }

    /// The most it may count.
    pub(super) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// An entry whose time is not over.
    pub(super) fn get(&mut self, key: &CacheKey, now_ns: u64) -> Option<Arc<[u8]>> {
        let entry = self.known.get_mut(key).filter(|entry| now_ns < entry.until_ns)?;
        entry.is_used = true;
        Some(Arc::clone(&entry.bytes))
    }

    /// Puts an entry that fits in its place; returns what each entry counted that had to go for it.
    pub(super) fn put(&mut self, key: CacheKey, bytes: Arc<[u8]>, until_ns: u64, now_ns: u64) -> Vec<u64> {
        let mut freed: Vec<u64> = self.remove(&key).into_iter().collect();
        let more = cost(&bytes);
        while self.bytes + more > self.bytes_max
            && let Some(bytes) = self.forget_one(now_ns)
        {
            freed.push(bytes);
        }
        self.stamp = self.stamp.wrapping_add(1);
        self.known.insert(key, Entry { bytes, until_ns, stamp: self.stamp, is_used: false });
        self.order.push_back((key, self.stamp));
        self.bytes += more;
        freed
    }

    /// Removes an entry; returns what it counted.
    pub(super) fn remove(&mut self, key: &CacheKey) -> Option<u64> {
        let entry = self.known.remove(key)?;
        let bytes = cost(&entry.bytes);
        self.bytes -= bytes;
        // What goes early leaves its place in the order behind.
        if self.order.len() > 2 * self.known.len() + 16 {
            let Self { known, order, .. } = self;
            order.retain(|(key, stamp)| known.get(key).is_some_and(|entry| entry.stamp == *stamp));
        }
        Some(bytes)
    }

    /// Forgets the oldest entry that is past its time or was not used since its last turn; returns what it counted.
    pub(super) fn forget_one(&mut self, now_ns: u64) -> Option<u64> {
        while let Some((key, stamp)) = self.order.pop_front() {
            let Some(entry) = self.known.get_mut(&key).filter(|entry| entry.stamp == stamp) else { continue };
            if entry.is_used && now_ns < entry.until_ns {
                entry.is_used = false;
                self.order.push_back((key, stamp));
            } else {
                return self.remove(&key);
            }
        }
        None
    }
}
