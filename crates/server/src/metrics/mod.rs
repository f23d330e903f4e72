//! Metrics: what the cores count is read here, and goes to Prometheus, OTLP, CloudWatch and the store on disk.
//!
//! The [`Collector`] is the only reader of the cores' counters. Everybody else asks it.

mod collector;
mod history;
mod place;
mod prometheus;
mod totals;

pub(crate) use collector::Collector;
use history::History;
pub(crate) use prometheus::{CONTENT_TYPE, page};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_plan::Snapshot;
use stagegate_telemetry::metrics::{Limits, MetricStore};
use tokio::task::JoinHandle;

use crate::config::Settings;

/// Minutes of a day.
const DAY: u64 = 24 * 60;

/// One metric of the whole process.
pub(crate) struct ProcessMetric {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// False for what may shrink.
    pub(crate) is_counter: bool,
    pub(crate) value: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// The metrics of the whole process.
pub(crate) type ProcessMetrics = Vec<ProcessMetric>;

/// What is set about metrics.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetricsSettings {
    /// Where they are kept; by default `metrics` in the data directory.
    pub(crate) dir: Option<PathBuf>,
    /// Bytes of all that is kept; 0 keeps nothing.
    pub(crate) store_bytes_max: u64,
    /// Days that it is kept.
    pub(crate) retention_days: u64,
    /// Stages, canaries and routes that have series of their own on `/metrics` and over OTLP.
    pub(crate) label_sets_max: u64,
}

impl MetricsSettings {
    /// Where they are kept.
    pub(crate) fn folder(&self, data_dir: &Path) -> PathBuf {
        self.dir.clone().unwrap_or_else(|| data_dir.join("metrics"))
    }

    /// How much is kept.
    pub(crate) fn limits(&self) -> Limits {
        Limits { bytes_max: self.store_bytes_max, minutes_max: self.retention_days.saturating_mul(DAY) }
    }
}

/// Metrics that are being collected.
pub(crate) struct Collecting {
    history: History,
    task: JoinHandle<()>,
}

impl Collecting {
    /// Starts to collect what the stages of the snapshot count.
    pub(crate) fn start(settings: &Settings, snapshot: &Arc<ArcSwap<Snapshot>>) -> Result<Self, Report> {
        let MetricsSettings { store_bytes_max, label_sets_max, .. } = settings.metrics;
        let folder = settings.metrics.folder(&settings.data_dir);
        let store = (store_bytes_max > 0).then(|| MetricStore::open(&folder, settings.metrics.limits()));
        let store = store.transpose().into_diagnostic();
        let store = store.wrap_err_with(|| format!("metrics cannot be kept in {}", folder.display()))?;
        let label_sets_max = usize::try_from(label_sets_max).unwrap_or(usize::MAX);
        let history = History(Arc::new(Collector::new(Arc::clone(snapshot), store, label_sets_max)));
        Ok(Self { task: history.start(), history })
    }

    /// Who has what was measured.
    pub(crate) fn collector(&self) -> Arc<Collector> {
        Arc::clone(&self.history.0)
    }

    /// The same, for the control plane.
    pub(crate) fn port(&self) -> Arc<dyn stagegate_control::Metrics> {
        Arc::new(self.history.clone())
    }

    /// Writes what there is, and ends.
    pub(crate) async fn finish(self) {
        self.task.abort();
        self.history.finish().await;
    }
}
