//! Traces: whether a request is traced, what its trace records, and the headers that carry it on.
//!
//! One decision is for everybody: X-Ray's segments and OpenTelemetry's spans are made of the same record. A request that is not
//! sampled has no record, and every call below costs it one look at an empty cell.

mod begin;
mod config;
mod finish;
mod finished;
mod header;
mod incoming;
mod recording;
mod redacted;
mod rule;
mod sampler;

pub use config::{Propagation, TraceConfig, TraceSink};
pub use finished::{Callee, Failure, Room, Step, StepKind, Trace, TracedRequest, TracedResponse};
pub use rule::{RuleMatch, SamplingRule};
pub use sampler::{RuleStatistics, RuleTarget, Sampler};

pub(crate) use begin::begin;
pub(crate) use finish::finish;
pub(crate) use header::{W3cFields, fresh_trace, noted_trace, w3c_fields};
pub(crate) use recording::TraceNotes;
