//! Turns: the calls that lost a compare-and-set on one API wait for each other before they try again.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use tokio::sync::{Mutex, MutexGuard};

/// How many APIs can have their own queue at once; two APIs that share one only wait a little more.
const QUEUES: usize = 64;

/// A fixed set of queues, chosen by API id.
#[derive(Debug)]
pub(crate) struct Turns {
    queues: [Mutex<()>; QUEUES],
}

impl Default for Turns {
    fn default() -> Self {
        Self { queues: std::array::from_fn(|_| Mutex::new(())) }
    }
}

impl Turns {
    /// Waits until no other call has its turn on this API.
    pub(crate) async fn wait_for(&self, api_id: &str) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(api_id);
        let queue = usize::try_from(hash % QUEUES as u64).unwrap_or_default();
        self.queues[queue].lock().await
    }
}
