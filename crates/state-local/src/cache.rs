//! Remembered answers in process: a store for each stage, in parts that are locked apart, exact to the byte that is counted.
//!
//! A store never counts more bytes than it was opened with, nor do all of them together more than the process may take. What
//! was used since it was last looked at gets another turn before it is forgotten, so that a flood of answers that nobody asks
//! for twice does not drive out those in use.

mod shard;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use stagegate_state::{CacheKey, CacheUsage, Clock, ResponseCache, ResponseCaches};

use shard::{Shard, cost};

/// The most parts of a store.
const SHARDS_MAX: u64 = 64;
/// A part has at least so many bytes: room for several of the largest entries.
const SHARD_BYTES: u64 = 16 << 20;
/// A store with more entries than this is taken apart by a thread of its own: nobody's request waits for that.
const ENTRIES_DROPPED_HERE: u64 = 1_000;

/// Stores in this process.
pub struct LocalCaches {
    shared: Arc<Shared>,
}

impl LocalCaches {
    /// With so many bytes for all stores together.
    pub fn new(clock: Arc<dyn Clock>, bytes_max: u64) -> Self {
        Self { shared: Arc::new(Shared { clock, bytes_max, used: AtomicU64::new(0), stores: Mutex::default() }) }
    }

    /// Bytes that all stores take.
    pub fn used_bytes(&self) -> u64 {
        self.shared.used.load(Relaxed)
    }
}

impl fmt::Debug for LocalCaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCaches").field("bytes_max", &self.shared.bytes_max).finish_non_exhaustive()
    }
}

impl ResponseCaches for LocalCaches {
    fn open(&self, bytes: u64) -> Arc<dyn ResponseCache> {
        let shards = (bytes / SHARD_BYTES).clamp(1, SHARDS_MAX);
        let shards = 1 << shards.ilog2();
        let store = Arc::new(Store {
            shared: Arc::clone(&self.shared),
            shards: (0..shards).map(|_| Mutex::new(Shard::new(bytes / shards))).collect(),
            entries: AtomicU64::new(0),
            used: AtomicU64::new(0),
        });
        let mut stores = self.shared.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.retain(|store| store.strong_count() > 0);
        stores.push(Arc::downgrade(&store));
        store
    }
}

/// What stores share.
struct Shared {
    clock: Arc<dyn Clock>,
    bytes_max: u64,
    used: AtomicU64,
    stores: Mutex<Vec<Weak<Store>>>,
}

impl Shared {
    /// Takes so many bytes for an entry, unless there are none left.
    fn reserve(&self, bytes: u64) -> bool {
        let within = |used: u64| used.checked_add(bytes).filter(|used| *used <= self.bytes_max);
        self.used.fetch_update(Relaxed, Relaxed, within).is_ok()
    }

    fn release(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Relaxed);
    }

    /// The store that takes the most.
    fn fullest(&self) -> Option<Arc<Store>> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.iter().filter_map(Weak::upgrade).max_by_key(|store| store.used.load(Relaxed))
    }
}

/// The answers of one stage.
struct Store {
    shared: Arc<Shared>,
    shards: Box<[Mutex<Shard>]>,
    entries: AtomicU64,
    used: AtomicU64,
}

impl Store {
    fn shard(&self, key: &CacheKey) -> &Mutex<Shard> {
        // The number of parts is a power of two of at most 64.
        &self.shards[usize::from(key[31]) & (self.shards.len() - 1)]
    }

    /// Notes that so many bytes of an entry are free.
    fn freed(&self, bytes: u64) {
        self.entries.fetch_sub(1, Relaxed);
        self.used.fetch_sub(bytes, Relaxed);
        self.shared.release(bytes);
    }

    /// Forgets one entry of a part; `false` where there is none.
    fn forget_one(&self, shard: &Mutex<Shard>) -> bool {
        let forgotten = lock(shard).forget_one(self.shared.clock.monotonic_ns());
        if let Some(bytes) = forgotten {
            self.freed(bytes);
        }
        forgotten.is_some()
    }

    /// Takes bytes for an entry; where the process has none left, of the part that it goes to, or else of the fullest store.
    fn reserve(&self, bytes: u64, shard: &Mutex<Shard>) -> bool {
        while !self.shared.reserve(bytes) {
            let forgotten = self.forget_one(shard)
                || self.shared.fullest().is_some_and(|store| store.shards.iter().any(|shard| store.forget_one(shard)));
            if !forgotten {
                return false;
            }
        }
        true
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing in between can panic and leave a part half changed.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ResponseCache for Store {
    fn get(&self, key: &CacheKey) -> Option<Arc<[u8]>> {
        let now_ns = self.shared.clock.monotonic_ns();
        lock(self.shard(key)).get(key, now_ns)
    }

    fn put(&self, key: CacheKey, entry: Arc<[u8]>, ttl: Duration) -> bool {
        let (bytes, shard) = (cost(&entry), self.shard(&key));
        if bytes > lock(shard).bytes_max() || !self.reserve(bytes, shard) {
            // What was there is older than what has no place.
            self.remove(&key);
            return false;
        }
        let now_ns = self.shared.clock.monotonic_ns();
        let until_ns = now_ns.saturating_add(u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX));
        // Counted before anybody can forget it.
        self.entries.fetch_add(1, Relaxed);
        self.used.fetch_add(bytes, Relaxed);
        let freed = lock(shard).put(key, entry, until_ns, now_ns);
        for bytes in freed {
            self.freed(bytes);
        }
        true
    }

    fn remove(&self, key: &CacheKey) {
        let removed = lock(self.shard(key)).remove(key);
        if let Some(bytes) = removed {
            self.freed(bytes);
        }
    }

    fn usage(&self) -> CacheUsage {
        CacheUsage { entries: self.entries.load(Relaxed), bytes: self.used.load(Relaxed) }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shared.release(*self.used.get_mut());
        let shards = std::mem::take(&mut self.shards);
        if *self.entries.get_mut() > ENTRIES_DROPPED_HERE {
            // Where no thread can be made, the entries are freed here.
            let _ = std::thread::Builder::new().name("cache-drop".to_owned()).spawn(move || drop(shards));
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("usage", &self.usage()).finish_non_exhaustive()
    }
}
