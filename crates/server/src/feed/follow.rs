//! How far the feed has followed the store, so that an acknowledged change is a served one.

use std::sync::Arc;
use std::time::Duration;

use stagegate_store::Store;
use tokio::sync::watch;

/// How long an acknowledgement waits for the feed. A change that takes longer to compile goes live after it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits for the feed.
#[derive(Clone)]
pub(crate) struct Follower {
    store: Arc<dyn Store>,
    followed: watch::Receiver<u64>,
}

impl Follower {
    pub(super) fn new(store: Arc<dyn Store>, followed: watch::Receiver<u64>) -> Self {
        Self { store, followed }
    }

    /// Returns once the data plane serves everything that is committed now, or patience ends.
    pub(crate) async fn caught_up(&self) {
        let Ok(revision) = self.store.revision().await else {
            tracing::warn!("the store does not say how far it is; a change may be acknowledged before it is live");
            return;
        };
        let mut followed = self.followed.clone();
        let caught_up = followed.wait_for(|followed| *followed >= revision.0);
        if tokio::time::timeout(PATIENCE, caught_up).await.is_err() {
            tracing::warn!(revision = revision.0, "a change was acknowledged before it is live");
        }
    }
}
