//! The port to the store of log events.

use stagegate_store::BoxFuture;
use stagegate_telemetry::logs::LogStore;

/// What a call does with the store. It reads files, so it belongs on a thread that may wait.
pub type Work = Box<dyn FnOnce(&LogStore) + Send>;

/// Has the store of log events.
pub trait LogEvents: Send + Sync + 'static {
    /// Does the work where waiting for the disk is allowed; `false`, and nothing done, where there is no store.
    fn with_store(&self, work: Work) -> BoxFuture<'_, bool>;
}

/// The port of a control plane without a store of log events.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLogEvents;

impl LogEvents for NoLogEvents {
    fn with_store(&self, _work: Work) -> BoxFuture<'_, bool> {
        Box::pin(async { false })
    }
}
