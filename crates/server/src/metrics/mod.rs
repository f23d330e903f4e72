//! Metrics: what the cores count is read here, and goes to Prometheus, OTLP, CloudWatch and the store on disk.
//!
//! The [`Collector`] is the only reader of the cores' counters. Everybody else asks it.

mod collector;
mod history;
mod otlp;
mod place;
mod prometheus;
mod put;
mod totals;

pub(crate) use collector::Collector;
use history::History;
use otlp::Push;
pub(crate) use prometheus::{CONTENT_TYPE, page};
pub(crate) use put::PutSettings;
use put::Putting;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_gateway::CredentialSource;
use stagegate_plan::Snapshot;
use stagegate_telemetry::metrics::{Limits, MetricStore};
use tokio::task::JoinHandle;

use crate::config::Settings;
use crate::otlp::Exporter;

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
    /// How often they are pushed over OTLP.
    pub(crate) otlp_interval_ms: u64,
    /// The CloudWatch that they are posted to.
    pub(crate) put: PutSettings,
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
    push: Option<Arc<Push>>,
    tasks: Vec<JoinHandle<()>>,
    putting: Option<JoinHandle<()>>,
}

impl Collecting {
    /// Starts to collect what the stages of the snapshot count.
    pub(crate) fn start(
        settings: &Settings,
        snapshot: &Arc<ArcSwap<Snapshot>>,
        exporter: &Arc<Exporter>,
        signers: Arc<dyn CredentialSource>,
    ) -> Result<Self, Report> {
        let MetricsSettings { store_bytes_max, label_sets_max, otlp_interval_ms, .. } = settings.metrics;
        let folder = settings.metrics.folder(&settings.data_dir);
        let store = (store_bytes_max > 0).then(|| MetricStore::open(&folder, settings.metrics.limits()));
        let store = store.transpose().into_diagnostic();
        let store = store.wrap_err_with(|| format!("metrics cannot be kept in {}", folder.display()))?;
        let label_sets_max = usize::try_from(label_sets_max).unwrap_or(usize::MAX);
        let mut collector = Collector::new(Arc::clone(snapshot), store, label_sets_max);
        let mut putting = None;
        if let Some((posts, minutes)) = Putting::new(&settings.metrics.put, signers).into_diagnostic()? {
            collector = collector.telling(minutes);
            putting = Some(tokio::spawn(posts.run()));
        }
        let history = History(Arc::new(collector));
        let mut tasks = vec![history.start()];
        let push = Push::new(Arc::clone(&history.0), exporter).map(Arc::new);
        if let Some(push) = push.clone() {
            tasks.push(tokio::spawn(async move { push.run(Duration::from_millis(otlp_interval_ms)).await }));
        }
        Ok(Self { history, push, tasks, putting })
    }

    /// Who has what was measured.
    pub(crate) fn collector(&self) -> Arc<Collector> {
        Arc::clone(&self.history.0)
    }

    /// The same, for the control plane.
    pub(crate) fn port(&self) -> Arc<dyn stagegate_control::Metrics> {
        Arc::new(self.history.clone())
    }

    /// Writes and pushes what there is, and ends; what is posted has so much time.
    pub(crate) async fn finish(self, limit: Duration) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.history.finish().await;
        if let Some(push) = &self.push {
            push.push();
        }
        if let Some(putting) = self.putting
            && tokio::time::timeout(limit, putting).await.is_err()
        {
            tracing::warn!("metrics were still to be posted to CloudWatch when the process had to end");
        }
    }
}
