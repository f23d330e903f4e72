//! The port to what was measured.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use stagegate_store::BoxFuture;
use stagegate_telemetry::metrics::{Distribution, Series};

/// Has what was measured, the current minute included.
pub trait Metrics: Send + Sync + 'static {
    /// Every series, with the last minute since 1970 that it has numbers of.
    fn series(&self) -> BoxFuture<'_, io::Result<BTreeMap<Arc<Series>, u64>>>;

    /// The numbers of series in a span of minutes, by minute.
    fn read(
        &self,
        wanted: Vec<Arc<Series>>,
        minutes: Range<u64>,
    ) -> BoxFuture<'_, io::Result<Vec<BTreeMap<u64, Distribution>>>>;
}

/// Nothing was measured.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMetrics;

impl Metrics for NoMetrics {
    fn series(&self) -> BoxFuture<'_, io::Result<BTreeMap<Arc<Series>, u64>>> {
        Box::pin(async { Ok(BTreeMap::new()) })
    }

    fn read(
        &self,
        wanted: Vec<Arc<Series>>,
        _minutes: Range<u64>,
    ) -> BoxFuture<'_, io::Result<Vec<BTreeMap<u64, Distribution>>>> {
        Box::pin(async move { Ok(vec![BTreeMap::new(); wanted.len()]) })
    }
}
