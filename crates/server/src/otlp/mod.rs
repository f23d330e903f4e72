//! OTLP: what the process tells an OpenTelemetry receiver, as protobuf over HTTP.
//!
//! Traces, metrics and logs are encoded by those who have them; here they are queued, compressed, posted and posted again where
//! the receiver asks for it (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP"). Nobody who hands something over ever waits.

mod answer;
mod delivery;
mod queue;
mod resource;
mod settings;

pub(crate) use self::settings::{OtlpSettings, Pairs, SIGNALS, signals};

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::delivery::{Delivery, Place};
use self::queue::Queue;
use crate::functions::Connections;
use crate::metrics::{ProcessMetric, ProcessMetrics};

/// What can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    /// Spans: `ExportTraceServiceRequest`.
    Traces,
    /// Metrics: `ExportMetricsServiceRequest`.
    Metrics,
    /// Log records: `ExportLogsServiceRequest`.
    Logs,
}

/// Counted since the process started, for one signal.
#[derive(Debug, Default)]
pub(crate) struct SignalCounters {
    /// Spans, data points or log records that the receiver took.
    sent: AtomicU64,
    /// Those that were lost: the queue was full, the receiver refused them, or it did not answer in time.
    dropped: AtomicU64,
}

/// One signal's way out.
#[derive(Debug)]
struct Line {
    signal: Signal,
    queue: Arc<Queue>,
    counters: Arc<SignalCounters>,
}

/// The running exporter. It has a line for every signal that is set to be sent.
#[derive(Debug)]
pub(crate) struct Exporter {
    lines: Vec<Line>,
    resource: Resource,
    batch_items: usize,
    closing: watch::Sender<bool>,
    deliveries: std::sync::Mutex<Vec<JoinHandle<()>>>,
}

impl Exporter {
    /// Starts to deliver on the runtime that this is called on.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(crate) fn start(settings: &OtlpSettings) -> io::Result<Arc<Self>> {
        let connections = Arc::new(Connections::new()?);
        let (closing, closed) = watch::channel(false);
        let (mut lines, mut deliveries) = (Vec::new(), Vec::new());
        for (signal, url) in settings.destinations() {
            let (queue, batches) = Queue::new(settings.queue_bytes());
            let counters: Arc<SignalCounters> = Arc::default();
            let place = Place { signal, url, headers: settings.headers.clone() };
            let delivery = Delivery {
                place,
                connections: Arc::clone(&connections),
                limits: settings.limits(),
                counters: Arc::clone(&counters),
            };
            deliveries.push(tokio::spawn(delivery.run(batches, closed.clone())));
            lines.push(Line { signal, queue, counters });
        }
        Ok(Arc::new(Self {
            lines,
            resource: resource::resource(&settings.resource),
            batch_items: settings.batch_items(),
            closing,
            deliveries: std::sync::Mutex::new(deliveries),
        }))
    }

    /// Whether a signal is sent at all; encoders ask before they begin to collect.
    pub(crate) fn takes(&self, signal: Signal) -> bool {
        self.line(signal).is_some()
    }

    /// How many spans, data points or records one message may have.
    pub(crate) fn batch_items(&self) -> usize {
        self.batch_items
    }

    /// Who sends: the resource of every message.
    pub(crate) fn resource(&self) -> Resource {
        self.resource.clone()
    }

    /// What made the telemetry: the scope of every message.
    pub(crate) fn scope() -> InstrumentationScope {
        InstrumentationScope {
            name: "stagegate".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        }
    }

    /// Hands a message over, the `Export…ServiceRequest` of the signal with so many spans, data points or records. Never waits:
    /// where the queue has no room, or the signal is not sent, they are dropped and counted.
    pub(crate) fn send(&self, signal: Signal, message: &impl Message, items: usize) {
        let Some(line) = self.line(signal) else { return };
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        if !line.queue.offer(message.encoded_len(), items, || message.encode_to_vec()) {
            line.counters.dropped.fetch_add(items, Relaxed);
        }
    }

    /// Delivers what is queued, without trying anything a second time, for as long as the limit allows.
    pub(crate) async fn close(&self, limit: Duration) {
        self.closing.send_replace(true);
        let deliveries =
            std::mem::take(&mut *self.deliveries.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let all = async {
            for delivery in deliveries {
                // One that panicked has nothing left to deliver.
                let _ = delivery.await;
            }
        };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("telemetry was still queued for the OTLP receiver when the process had to end");
        }
    }

    /// What the metrics page says of the exporter.
    pub(crate) fn metrics(&self) -> ProcessMetrics {
        self.lines.iter().flat_map(|line| metrics_of(line.signal, &line.counters)).collect()
    }

    fn line(&self, signal: Signal) -> Option<&Line> {
        self.lines.iter().find(|line| line.signal == signal)
    }
}

fn metrics_of(signal: Signal, counters: &Arc<SignalCounters>) -> [ProcessMetric; 2] {
    let [sent, dropped] = match signal {
        Signal::Traces => [
            ("stagegate_otlp_spans_sent_total", "Spans that the OTLP receiver took."),
            ("stagegate_otlp_spans_dropped_total", "Spans that the OTLP receiver did not get."),
        ],
        Signal::Metrics => [
            ("stagegate_otlp_points_sent_total", "Data points that the OTLP receiver took."),
            ("stagegate_otlp_points_dropped_total", "Data points that the OTLP receiver did not get."),
        ],
        Signal::Logs => [
            ("stagegate_otlp_log_records_sent_total", "Log records that the OTLP receiver took."),
            ("stagegate_otlp_log_records_dropped_total", "Log records that the OTLP receiver did not get."),
        ],
    };
    let metric = |(name, help), of: fn(&SignalCounters) -> &AtomicU64| {
        let counters = Arc::clone(counters);
        ProcessMetric { name, help, is_counter: true, value: Box::new(move || of(&counters).load(Relaxed)) }
    };
    [metric(sent, |counters| &counters.sent), metric(dropped, |counters| &counters.dropped)]
}
