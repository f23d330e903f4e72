//! The log store as the control plane reaches it.

use std::sync::Arc;

use stagegate_control::logs::{LogEvents, Work};
use stagegate_store::BoxFuture;
use stagegate_telemetry::logs::LogStore;

/// The store, worked with on threads that may wait for the disk.
pub(crate) struct StoredLogs(pub(super) Arc<LogStore>);

impl LogEvents for StoredLogs {
    fn with_store(&self, work: Work) -> BoxFuture<'_, bool> {
        let store = Arc::clone(&self.0);
        Box::pin(async move { tokio::task::spawn_blocking(move || work(&store)).await.is_ok() })
    }
}
