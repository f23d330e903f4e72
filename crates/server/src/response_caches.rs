//! The engine that response caches keep answers in: this process's memory.

use std::sync::Arc;

use stagegate_state::SystemClock;
use stagegate_state_local::LocalCaches;

use crate::config::Settings;
use crate::feed::Caches;
use crate::memory;

/// The part of the memory that response caches may take, unless set.
const CACHED_PART: u64 = 4;

/// Starts the engine.
pub(crate) fn start(settings: &Settings) -> Caches {
    let bytes_max = settings.caches.bytes_max.unwrap_or_else(|| memory::available_bytes() / CACHED_PART);
    let engine = LocalCaches::new(Arc::new(SystemClock::default()), bytes_max);
    Caches { engine: Some(Arc::new(engine)), settings: settings.caches.clone() }
}
