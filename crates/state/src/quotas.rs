//! Counters of requests by period: a name and one word, from which requests are taken by one atomic operation.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::Notify;

use crate::{BoxFuture, Quota, Usage};

/// A counter. A new one has no lease.
#[derive(Debug)]
pub struct Counter {
    /// `{account}/{region}/{plan}/{key}`
    pub name: Box<str>,
    /// What is leased; what the bits mean is the engine's affair.
    pub word: AtomicU64,
    /// Rings when a lease has come, or will not.
    pub more: Notify,
}

impl Counter {
    /// A counter without a lease.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), word: AtomicU64::new(0), more: Notify::new() }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// It is counted.
    Taken,
    /// The period has nothing left.
    Exhausted,
    /// The lease is used up, and the next one is not recorded yet: [`Counter::more`] rings when it is.
    Wait,
}

/// Why the engine cannot say or record something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuotasError {
    /// It stops, or has stopped.
    #[error("quotas are not counted any more: the process stops")]
    Stopped,
    /// The record cannot be written.
    #[error("what was used of quotas cannot be recorded: {0}")]
    Unrecorded(String),
}

/// Counters of requests by period.
pub trait Quotas: Send + Sync + 'static {
    /// The time that counters go by, in seconds since 1970.
    fn now_s(&self) -> u64;

    /// The counter of a name, always the same one.
    fn counter(&self, name: &str) -> Arc<Counter>;

    /// Takes a request, if a lease is at hand; asks for the next one when half of it is used.
    fn try_take(&self, counter: &Counter, quota: &Quota) -> Take;

    /// Gives a request back that was taken under the same settings and then refused for another reason. What came too late
    /// for its day stays counted.
    fn give_back(&self, counter: &Counter, quota: &Quota);

    /// What is left in the period now.
    fn left(&self, counter: &Counter, quota: &Quota) -> u32;

    /// What a counter has counted in the last 90 days.
    fn usage(&self, name: &str, quota: &Quota) -> Usage;

    /// Sets what a counter has left in the current period. Recorded when the future ends well.
    fn set_left<'a>(&'a self, name: &'a str, quota: &'a Quota, left: u32) -> BoxFuture<'a, Result<Usage, QuotasError>>;

    /// The names of all counters.
    fn names(&self) -> Vec<Box<str>>;

    /// Forgets counters: those that are not to be kept.
    fn retain(&self, keep: &mut dyn FnMut(&str) -> bool);

    /// Forgets one counter.
    fn forget(&self, name: &str);

    /// Returns what is leased and not used, records it, and counts no more. Blocks.
    fn stop(&self);
}

/// Counts nothing, and admits nothing: for a process without an engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQuotas;

impl Quotas for NoQuotas {
    fn now_s(&self) -> u64 {
        0
    }

    fn counter(&self, name: &str) -> Arc<Counter> {
        Arc::new(Counter::new(name))
    }

    fn try_take(&self, _counter: &Counter, _quota: &Quota) -> Take {
        Take::Exhausted
    }

    fn give_back(&self, _counter: &Counter, _quota: &Quota) {}

    fn left(&self, _counter: &Counter, _quota: &Quota) -> u32 {
        0
    }

    fn usage(&self, _name: &str, _quota: &Quota) -> Usage {
        Usage::default()
    }

    fn set_left<'a>(
        &'a self,
        _name: &'a str,
        _quota: &'a Quota,
        _left: u32,
    ) -> BoxFuture<'a, Result<Usage, QuotasError>> {
        Box::pin(async { Err(QuotasError::Stopped) })
    }

    fn names(&self) -> Vec<Box<str>> {
        Vec::new()
    }

    fn retain(&self, _keep: &mut dyn FnMut(&str) -> bool) {}

    fn forget(&self, _name: &str) {}

    fn stop(&self) {}
}

/// Takes a request, and waits for a lease, but no longer than patience allows.
pub async fn take(quotas: &dyn Quotas, counter: &Counter, quota: &Quota, patience: Duration) -> Take {
    match quotas.try_take(counter, quota) {
        Take::Wait => {}
        decided => return decided,
    }
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        let more = counter.more.notified();
        tokio::pin!(more);
        // From here on no ring is missed.
        more.as_mut().enable();
        match quotas.try_take(counter, quota) {
            Take::Wait => {}
            decided => return decided,
        }
        if tokio::time::timeout_at(deadline, more).await.is_err() {
            return Take::Wait;
        }
    }
}
