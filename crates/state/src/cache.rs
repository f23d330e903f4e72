//! Remembered answers: one store for each stage that has one, shared by all cores and bounded in bytes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// By what an answer is found again: a SHA-256 over everything that tells answers of one stage apart.
pub type CacheKey = [u8; 32];

/// The answers of one stage.
///
/// What is stored is opaque: whoever needs secrecy stores ciphertext. An entry is found until its time is over, it is removed,
/// or its place is needed; what is found is always whole and was stored under exactly that key.
pub trait ResponseCache: fmt::Debug + Send + Sync + 'static {
    /// What is stored under a key.
    fn get(&self, key: &CacheKey) -> Option<Arc<[u8]>>;

    /// Stores an entry for so long, in place of what was there; `false` where it has no place.
    fn put(&self, key: CacheKey, entry: Arc<[u8]>, ttl: Duration) -> bool;

    /// Removes an entry.
    fn remove(&self, key: &CacheKey);

    /// How much it holds.
    fn usage(&self) -> CacheUsage;
}

/// What a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheUsage {
    /// Entries, those whose time is over included until their place is needed.
    pub entries: u64,
    /// Bytes of memory for them, what finds them again included.
    pub bytes: u64,
}

/// Where stores come from.
pub trait ResponseCaches: fmt::Debug + Send + Sync + 'static {
    /// A new, empty store that never takes more than so many bytes. Its entries are gone when nobody holds it any more.
    fn open(&self, bytes: u64) -> Arc<dyn ResponseCache>;
}
