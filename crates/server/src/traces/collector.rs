//! Takes the traces of one core and sends them on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use stagegate_gateway::Trace;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, timeout_at};

use super::{QUEUE_TRACES, spans};
use crate::otlp::{Exporter, Signal};
use crate::xray::{SegmentSocket, document};

/// How long traces gather, so that a core does not wake this task for each of them.
const GATHERING: Duration = Duration::from_millis(20);
/// How often failures are logged.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Segments of the whole process.
#[derive(Debug, Default)]
pub(super) struct SegmentCounters {
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl SegmentCounters {
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

/// The sender of one core's traces.
#[derive(Debug)]
pub(super) struct Collector {
    socket: Option<SegmentSocket>,
    exporter: Arc<Exporter>,
    batch_wait: Duration,
    counters: Arc<SegmentCounters>,
    complained: Option<Instant>,
    spans: Vec<Span>,
}

impl Collector {
    pub(super) fn new(
        daemon: Option<String>,
        exporter: Arc<Exporter>,
        batch_wait: Duration,
        counters: Arc<SegmentCounters>,
    ) -> Self {
        let socket = daemon.map(SegmentSocket::new);
        Self { socket, exporter, batch_wait, counters, complained: None, spans: Vec::new() }
    }

    /// Sends until the core has ended.
    pub(super) async fn run(mut self, mut traces: Receiver<Box<Trace>>) {
        let (mut taken, mut due) = (Vec::new(), None);
        loop {
            let received = match due {
                Some(due) => timeout_at(due, traces.recv_many(&mut taken, QUEUE_TRACES)).await,
                None => Ok(traces.recv_many(&mut taken, QUEUE_TRACES).await),
            };
            if received == Ok(0) {
                return self.flush();
            }
            for trace in taken.drain(..) {
                self.take(&trace).await;
            }
            let first = *due.get_or_insert_with(|| Instant::now() + self.batch_wait);
            if self.spans.len() >= self.exporter.batch_items() || first <= Instant::now() {
                self.flush();
            }
            due = due.filter(|_| !self.spans.is_empty());
            if received.is_ok_and(|count| count < QUEUE_TRACES / 2) {
                sleep(GATHERING).await;
            }
        }
    }

    async fn take(&mut self, trace: &Trace) {
        if let Some(socket) = &mut self.socket {
            match socket.send(document(trace).to_string().as_bytes()).await {
                Ok(()) => _ = self.counters.sent.fetch_add(1, Relaxed),
                Err(error) => {
                    self.counters.dropped.fetch_add(1, Relaxed);
                    if self.complained.is_none_or(|at| at.elapsed() > LOG_INTERVAL) {
                        self.complained = Some(Instant::now());
                        tracing::warn!(%error, "segments do not reach the X-Ray daemon");
                    }
                }
            }
        }
        if self.exporter.takes(Signal::Traces) {
            self.spans.extend(spans::of(trace));
        }
    }

    fn flush(&mut self) {
        let most = self.exporter.batch_items();
        while !self.spans.is_empty() {
            let rest = self.spans.split_off(self.spans.len().min(most));
            let spans = std::mem::replace(&mut self.spans, rest);
            let count = spans.len();
            self.exporter.send(Signal::Traces, &spans::request(&self.exporter, spans), count);
        }
    }
}
