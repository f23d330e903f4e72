//! How requests are traced, and where their traces go.

use std::fmt::Debug;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::finished::Trace;
use super::sampler::Sampler;

/// How requests are traced.
#[derive(Debug, Clone)]
pub struct TraceConfig {
    /// Who decides about requests that nobody has decided about.
    pub sampler: Arc<Sampler>,
    /// Who takes the traces.
    pub sink: Arc<dyn TraceSink>,
    /// The headers that are read, the first that has a trace first, and written.
    pub propagation: Vec<Propagation>,
    /// Every stage is traced, not only those with `tracingEnabled`.
    pub is_everywhere: bool,
    /// What a client says about the sampling of its trace counts, as on AWS.
    pub follows_clients: bool,
}

/// A way to carry a trace from one service to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// `X-Amzn-Trace-Id`, which back ends always get.
    Xray,
    /// `traceparent` and `tracestate` (W3C Trace Context).
    W3c,
}

/// Takes finished traces.
pub trait TraceSink: Debug + Send + Sync {
    /// Opens a queue; each core has its own. A trace that finds it full is dropped and counted.
    fn open(&self) -> mpsc::Sender<Box<Trace>>;
}
