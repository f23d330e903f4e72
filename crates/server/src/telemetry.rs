//! What the process tells of itself: logs, metrics and traces, with the way to an OpenTelemetry receiver that they share.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use miette::{IntoDiagnostic as _, Report};
use stagegate_gateway::TraceConfig;
use stagegate_plan::Snapshot;

use crate::aws::Signers;
use crate::config::Settings;
use crate::logs::Logs;
use crate::metrics::{Collecting, ProcessMetrics};
use crate::otlp::Exporter;
use crate::traces::Traces;

/// How long each part of the end may take to hand over the last of it.
const LIMIT: Duration = Duration::from_secs(5);

/// Everything that tells.
pub(crate) struct Telemetry {
    /// Log groups.
    pub(crate) logs: Arc<Logs>,
    /// Figures of stages.
    pub(crate) metrics: Collecting,
    exporter: Arc<Exporter>,
    traces: Option<Arc<Traces>>,
}

impl Telemetry {
    /// Opens the stores and begins to send, on the runtime that this is called on. Also how requests are traced, if anybody takes
    /// traces.
    pub(crate) fn start(
        settings: &Settings,
        snapshot: &Arc<ArcSwap<Snapshot>>,
        signers: &Arc<Signers>,
    ) -> Result<(Self, Option<TraceConfig>), Report> {
        let exporter = Exporter::start(&settings.otlp).into_diagnostic()?;
        let logs = Logs::open(settings, signers, &exporter)?;
        let metrics = Collecting::start(settings, snapshot, &exporter, Arc::<Signers>::clone(signers))?;
        let traces = Traces::start(&settings.traces, &settings.otlp, &exporter).into_diagnostic()?;
        let (tracing, traces) = traces.unzip();
        Ok((Self { logs, metrics, exporter, traces }, tracing))
    }

    /// What the metrics page says of logs and of what is sent.
    pub(crate) fn process_metrics(&self) -> ProcessMetrics {
        let all = self.exporter.metrics().into_iter().chain(self.logs.metrics());
        all.chain(self.traces.iter().flat_map(|traces| traces.metrics())).collect()
    }

    /// Hands over what is left. The gateway and the functions have ended before.
    pub(crate) async fn close(self) {
        self.metrics.finish(LIMIT).await;
        self.logs.close(LIMIT).await;
        if let Some(traces) = self.traces
            && tokio::time::timeout(LIMIT, traces.finish()).await.is_err()
        {
            tracing::warn!("the last traces were not sent in time");
        }
        self.exporter.close(LIMIT).await;
    }
}
