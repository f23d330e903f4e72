//! The conformance suite against the store in memory.

use stagegate_store::StoreError;
use stagegate_store::conformance::{Fixture, KEPT_REVISIONS};
use stagegate_store::memory::MemoryStore;

/// Opening again is another handle on the same data.
struct Memory(MemoryStore);

impl Fixture for Memory {
    type Store = MemoryStore;

    async fn open(&mut self) -> Result<MemoryStore, StoreError> {
        Ok(self.0.clone())
    }
}

stagegate_store::store_conformance!(Memory(MemoryStore::keeping(KEPT_REVISIONS)));
