//! Room 11: what is written down about a request: metrics, the access log, ids and times.

mod access_log;
mod clock;
mod context;
mod counters;
mod execution_log;
mod explanation;
mod ids;
mod log_writer;
mod meter;
mod notes;
mod phase;
mod trace;

pub use access_log::{AccessLogSender, LogBatch, LogKind, LogMark};
pub use counters::Counters;
pub use explanation::{ExplainKey, ExplainKeyError};
pub use log_writer::{LogFailure, LogSink, LogWriter};
pub use trace::{
    Callee, Failure, Propagation, Room, RuleMatch, RuleStatistics, RuleTarget, Sampler, SamplingRule, Step, StepKind,
    Trace, TraceConfig, TraceSink, TracedRequest, TracedResponse,
};

pub(crate) use access_log::AccessLog;
pub(crate) use clock::{DateTexts, WallClock, java_date};
pub(crate) use context::{Escape, write_ip, write_variable};
pub(crate) use execution_log::{
    ExecutionLog, configured_wrong, log_answer, log_authorized, log_authorizer_result, log_authorizer_start,
    log_authorizer_unusable, log_endpoint_body, log_endpoint_head, log_http_request, log_invalid_body, log_invocation,
    log_invoked, log_key_refused, log_missing_parameters, log_not_invoked, log_note, log_opening, log_quota_exceeded,
    log_refusal, log_request_body, log_start, log_throttled, log_trace, log_unauthorized, log_unchecked,
    log_untrusted_client, log_usage_plan, log_valid_body, log_why, log_within_plan,
};
pub(crate) use explanation::asks_why;
pub(crate) use ids::{IdSource, RequestIds};
pub(crate) use notes::{IntegrationNote, Notes};
pub(crate) use phase::AuthorizerCall;
pub(crate) use trace::{W3cFields, begin as begin_trace, fresh_trace, noted_trace, w3c_fields};

use std::sync::atomic::Ordering::Relaxed;

use tokio::time::Instant;

use crate::accept::Arrival;
use crate::core::Core;
use crate::refusal::Refusal;

/// Counts and logs a request that has been answered. Every journey ends here.
pub(crate) fn observe(core: &Core, arrival: &Arrival<'_>, notes: &Notes) {
    core.counters.requests.fetch_add(1, Relaxed);
    if let Some(Refusal::Head(_) | Refusal::Body(_)) = notes.refusal.get() {
        core.counters.malformed.fetch_add(1, Relaxed);
    }
    let Some(stage) = notes.stage() else { return };
    let latency_us = micros(Instant::now().duration_since(arrival.started));
    notes.latency_us.set(latency_us);
    meter::count(core, stage, notes);
    if let Some(log) = &stage.access_log {
        let write = |variable: &_, out: &mut _| write_variable(core, arrival, notes, variable, Escape::ForLog, out);
        core.access_log.line(log, arrival.wall, write);
    }
    trace::finish(core, arrival, notes);
    if let (Some(log), Some(plan)) = (notes.execution_log(), &stage.execution_log) {
        if stage.is_traced {
            log_trace(log, noted_trace(core, arrival, notes));
        }
        let lines = log.take();
        for destination_arn in [Some(&plan.destination_arn), plan.copy_arn.as_ref()].into_iter().flatten() {
            core.access_log.append(destination_arn, &lines);
        }
    }
}

/// Whole microseconds of a duration.
pub(crate) fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
