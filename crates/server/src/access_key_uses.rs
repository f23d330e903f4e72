//! Last uses of access keys: written once a minute, and a last time when the process has drained.

use std::sync::Arc;
use std::time::Duration;

use stagegate_control::iam::AccessKeyUses;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// How often they are written, if there are any: what a process loses that ends without draining.
const INTERVAL: Duration = Duration::from_mins(1);

/// Writes last uses until it is stopped.
pub(crate) struct Writer {
    uses: Arc<AccessKeyUses>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts to write.
    pub(crate) fn start(uses: AccessKeyUses) -> Self {
        let uses = Arc::new(uses);
        let of_task = Arc::clone(&uses);
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                write(&of_task).await;
            }
        });
        Self { uses, task }
    }

    /// Writes a last time, once nobody calls any more.
    pub(crate) async fn stop(self) {
        self.task.abort();
        // An aborted task ends with an error; what it had not written is written now.
        let _ = self.task.await;
        write(&self.uses).await;
    }
}

async fn write(uses: &AccessKeyUses) {
    if let Err(error) = uses.persist().await {
        tracing::warn!(%error, "the last uses of access keys were not written; the next time tries again");
    }
}
