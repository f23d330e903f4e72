//! The line about a client whose certificate is not accepted ("Troubleshoot HTTP 403 Forbidden errors … mutual TLS").

use stagegate_plan::StagePlan;

use super::{ExecutionLog, Kind};
use crate::accept::Arrival;
use crate::observe::Notes;
use crate::refusal::Refusal;

/// Opens the log of a request that gets no further than its stage, and writes why. No route is known yet: the log is written where
/// any route of the stage has one.
pub(crate) fn log_untrusted_client(notes: &Notes, arrival: &Arrival<'_>, stage: &StagePlan, refusal: Refusal) {
    let Refusal::ClientCertificate(untrusted) = refusal else { return };
    let logging = stage.execution_log.as_ref().and_then(|plan| plan.routes.iter().flatten().next());
    let Some(logging) = logging else { return };
    let log = ExecutionLog::live(arrival.ids.request(), *logging);
    log.line(Kind::Failure, |line| _ = line.push(b"Extended Request Id: ").push(arrival.ids.extended()));
    log.line(Kind::Failure, |line| _ = line.push(b"Access denied. Reason: ").push(untrusted.reason().as_bytes()));
    notes.open_log(log);
}
