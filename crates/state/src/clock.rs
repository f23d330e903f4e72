//! The two clocks: one that never goes back, for rates, and the calendar's, for quotas.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The time, passed in where behaviour depends on it.
pub trait Clock: Send + Sync + 'static {
    /// Nanoseconds since some moment before the first call; never goes back.
    fn monotonic_ns(&self) -> u64;
    /// Seconds since 1970 in UTC; somebody may set this one back.
    fn unix_s(&self) -> u64;
}

/// The operating system's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn unix_s(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs())
    }
}

/// A clock that tests move by hand.
#[derive(Debug, Default)]
pub struct ManualClock {
    monotonic_ns: AtomicU64,
    unix_s: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at a time.
    pub fn at(unix_s: u64) -> Self {
        Self { monotonic_ns: AtomicU64::new(0), unix_s: AtomicU64::new(unix_s) }
    }

    /// Moves the clock of rates.
    pub fn advance_ns(&self, ns: u64) {
        self.monotonic_ns.fetch_add(ns, SeqCst);
    }

    /// Sets the calendar's clock, forwards or back.
    pub fn set_unix_s(&self, unix_s: u64) {
        self.unix_s.store(unix_s, SeqCst);
    }
}

impl Clock for ManualClock {
    fn monotonic_ns(&self) -> u64 {
        self.monotonic_ns.load(SeqCst)
    }

    fn unix_s(&self) -> u64 {
        self.unix_s.load(SeqCst)
    }
}
