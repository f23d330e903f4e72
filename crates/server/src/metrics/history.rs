//! What the control plane is told of metrics, and the task that writes them minute by minute.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use stagegate_control::Metrics;
use stagegate_store::BoxFuture;
use stagegate_telemetry::metrics::{Distribution, Series};
use tokio::task::JoinHandle;

use super::collector::{Collector, until_next_minute};

/// The collector as the control plane's port: its work waits for the disk, apart from the runtime.
#[derive(Clone)]
pub(crate) struct History(pub(crate) Arc<Collector>);

impl History {
    /// Writes every minute when it is over, until the task is aborted.
    pub(crate) fn start(&self) -> JoinHandle<()> {
        let collector = Arc::clone(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(until_next_minute()).await;
                let collector = Arc::clone(&collector);
                if tokio::task::spawn_blocking(move || collector.turn()).await.is_err() {
                    tracing::error!("a minute of metrics could not be read");
                }
            }
        })
    }

    /// Writes what there is: the end of the process.
    pub(crate) async fn finish(&self) {
        let collector = Arc::clone(&self.0);
        if tokio::task::spawn_blocking(move || collector.finish()).await.is_err() {
            tracing::error!("the last minute of metrics could not be written");
        }
    }
}

/// Does what blocks, where it may.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

impl Metrics for History {
    fn series(&self) -> BoxFuture<'_, io::Result<BTreeMap<Arc<Series>, u64>>> {
        let collector = Arc::clone(&self.0);
        Box::pin(apart(move || collector.series()))
    }

    fn read(
        &self,
        wanted: Vec<Arc<Series>>,
        minutes: Range<u64>,
    ) -> BoxFuture<'_, io::Result<Vec<BTreeMap<u64, Distribution>>>> {
        let collector = Arc::clone(&self.0);
        Box::pin(apart(move || {
            let wanted: Vec<&Series> = wanted.iter().map(|series| &**series).collect();
            collector.read(&wanted, minutes)
        }))
    }
}
