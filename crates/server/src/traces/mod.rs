//! Traces of requests on their way out: from the cores to X-Ray's daemon and to the OpenTelemetry receiver.

mod attributes;
mod collector;
mod settings;
mod spans;

pub(crate) use settings::{PROPAGATION, TraceSettings, TracedStages, propagation};

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use stagegate_gateway::{Sampler, Trace, TraceConfig, TraceSink};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::collector::Collector;
use crate::functions::Connections;
use crate::metrics::{ProcessMetric, ProcessMetrics};
use crate::otlp::{Exporter, OtlpSettings, Signal};
use crate::xray::{DaemonAddress, RuleKeeper};

/// Traces of one core that wait; more are dropped.
const QUEUE_TRACES: usize = 2_048;

/// What sends traces.
#[derive(Debug)]
pub(crate) struct Traces {
    daemon: Option<DaemonAddress>,
    exporter: Arc<Exporter>,
    batch_wait: std::time::Duration,
    counters: Arc<collector::SegmentCounters>,
    runtime: Handle,
    collectors: Mutex<Vec<JoinHandle<()>>>,
}

impl Traces {
    /// How requests are traced, and who sends the traces; `None` where nobody is set to take any. Runs on the runtime that this is
    /// called on.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(crate) fn start(
        settings: &TraceSettings,
        otlp: &OtlpSettings,
        exporter: &Arc<Exporter>,
    ) -> io::Result<Option<(TraceConfig, Arc<Self>)>> {
        if settings.daemon.is_none() && !exporter.takes(Signal::Traces) {
            return Ok(None);
        }
        let sampler = Arc::new(Sampler::new(settings.reservoir(), settings.rate));
        if let Some(tcp) = settings.daemon.as_ref().and_then(|daemon| daemon.tcp.clone()) {
            let keeper = RuleKeeper::new(tcp, Arc::new(Connections::new()?), Arc::clone(&sampler));
            tokio::spawn(keeper.run(settings.intervals()));
        }
        let traces = Arc::new(Self {
            daemon: settings.daemon.clone(),
            exporter: Arc::clone(exporter),
            batch_wait: otlp.batch_wait(),
            counters: Arc::default(),
            runtime: Handle::current(),
            collectors: Mutex::default(),
        });
        let config = TraceConfig {
            sampler,
            sink: Arc::<Self>::clone(&traces),
            propagation: settings.propagation.clone(),
            is_everywhere: settings.stages == TracedStages::All,
            follows_clients: settings.follows_clients,
        };
        Ok(Some((config, traces)))
    }

    /// Waits until everything that the cores have handed over is sent. The cores have ended before.
    pub(crate) async fn finish(&self) {
        let collectors = std::mem::take(&mut *self.collectors.lock().unwrap_or_else(PoisonError::into_inner));
        for collector in collectors {
            // One that panicked has nothing left to send.
            let _ = collector.await;
        }
    }

    /// What the metrics page says of the segments.
    pub(crate) fn metrics(&self) -> ProcessMetrics {
        if self.daemon.is_none() {
            return ProcessMetrics::default();
        }
        let (sent, dropped) = (Arc::clone(&self.counters), Arc::clone(&self.counters));
        vec![
            ProcessMetric {
                name: "stagegate_xray_segments_sent_total",
                help: "Segments that were sent to the X-Ray daemon.",
                is_counter: true,
                value: Box::new(move || sent.sent()),
            },
            ProcessMetric {
                name: "stagegate_xray_segments_dropped_total",
                help: "Segments that could not be sent.",
                is_counter: true,
                value: Box::new(move || dropped.dropped()),
            },
        ]
    }
}

impl TraceSink for Traces {
    fn open(&self) -> mpsc::Sender<Box<Trace>> {
        let (sender, receiver) = mpsc::channel(QUEUE_TRACES);
        let collector = Collector::new(
            self.daemon.as_ref().map(|daemon| daemon.udp.clone()),
            Arc::clone(&self.exporter),
            self.batch_wait,
            Arc::clone(&self.counters),
        );
        let running = self.runtime.spawn(collector.run(receiver));
        self.collectors.lock().unwrap_or_else(PoisonError::into_inner).push(running);
        sender
    }
}
