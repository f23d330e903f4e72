//! Logs: where the lines of access logs, execution logs and functions go.
//!
//! Lines come in batches on threads of their own, and the destination of their ARN is the operator's: files, standard output,
//! the log store that CloudWatch Logs' API here reads, services of AWS, or an OpenTelemetry receiver. None of them is waited
//! for by a request; what a destination does not take is counted.

mod cloudwatch;
mod destination;
mod file;
mod firehose;
mod otlp;
mod port;
mod remote;
mod sink;

pub(crate) use destination::{Destinations, LogRule, Place, RemotePlace, Unmapped};
pub(crate) use file::Rotation;
pub(crate) use port::StoredLogs;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_gateway::{AccessLogSender, Counters, LogWriter};
use stagegate_telemetry::logs::{Limits, LogStore};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use self::file::Files;
use self::sink::Sink;
use crate::aws::Signers;
use crate::config::Settings;
use crate::metrics::{ProcessMetric, ProcessMetrics};
use crate::otlp::Exporter;

/// Groups of the store, and streams of all of them.
const GROUPS_MAX: usize = 100_000;
const STREAMS_MAX: usize = 400_000;

/// What is set about logs, besides where single groups go.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogSettings {
    /// Which logs go where, in the order of the file.
    pub(crate) rules: Vec<LogRule>,
    /// Where groups go that nothing maps.
    pub(crate) unmapped: Unmapped,
    /// The most bytes of the log store.
    pub(crate) store_bytes: u64,
    /// How files are rotated.
    pub(crate) rotation: Rotation,
}

/// Everything that logs need, shared by those who write.
pub(crate) struct Logs {
    store: Arc<LogStore>,
    destinations: Destinations,
    files: Files,
    exporter: Arc<Exporter>,
    counters: Arc<Counters>,
    remote: remote::Caller,
    runtime: Handle,
    deliveries: Mutex<Vec<JoinHandle<()>>>,
}

impl Logs {
    /// Opens the log store. Must be called within a runtime.
    pub(crate) fn open(
        settings: &Settings,
        signers: &Arc<Signers>,
        exporter: &Arc<Exporter>,
    ) -> Result<Arc<Self>, Report> {
        let limits = Limits { bytes: settings.logs.store_bytes, groups: GROUPS_MAX, streams: STREAMS_MAX };
        let folder = settings.data_dir.join("telemetry").join("logs");
        let store = LogStore::open(&folder, limits).into_diagnostic().wrap_err("the log store cannot be opened")?;
        Ok(Arc::new(Self {
            store: Arc::new(store),
            destinations: Destinations::of(settings),
            files: Files::new(settings.logs.rotation),
            exporter: Arc::clone(exporter),
            counters: Arc::default(),
            remote: remote::Caller::new(&settings.aws, Arc::clone(signers)).into_diagnostic()?,
            runtime: Handle::current(),
            deliveries: Mutex::default(),
        }))
    }

    /// Starts a writer.
    ///
    /// # Errors
    /// Its thread cannot be started.
    pub(crate) fn writer(self: &Arc<Self>) -> io::Result<(LogWriter, AccessLogSender)> {
        LogWriter::start(Box::new(Sink::new(Arc::clone(self))), Arc::clone(&self.counters))
    }

    /// What counts for the gateway, and the lines that were lost.
    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Whether nothing maps a group, so that its lines go where all lines go.
    pub(crate) fn is_mapped(&self, arn: &str) -> bool {
        self.destinations.find(arn).is_some()
    }

    /// The store as the control plane sees it.
    pub(crate) fn port(&self) -> StoredLogs {
        StoredLogs(Arc::clone(&self.store))
    }

    /// What the metrics page says of the log store.
    pub(crate) fn metrics(&self) -> ProcessMetrics {
        let store = Arc::clone(&self.store);
        vec![ProcessMetric {
            name: "stagegate_log_store_bytes",
            help: "Bytes of log events on disk.",
            is_counter: false,
            value: Box::new(move || store.bytes()),
        }]
    }

    /// Waits for what other services are still being sent, for as long as the limit allows, and has the store on disk. What was
    /// not sent by then is lost, counted and told.
    pub(crate) async fn close(&self, limit: Duration) {
        let mut deliveries = std::mem::take(&mut *self.deliveries.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async {
            for delivery in &mut deliveries {
                // One that panicked has nothing left to deliver.
                let _ = delivery.await;
            }
        };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("log lines were still on their way to other services when the process had to end");
            deliveries.retain(|delivery| !delivery.is_finished());
            for delivery in deliveries {
                delivery.abort();
                // Having ended, it has counted what it did not deliver.
                let _ = delivery.await;
            }
        }
        let store = Arc::clone(&self.store);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || store.sync()).await {
            tracing::error!(%error, "the log store could not be written to disk");
        }
    }
}
