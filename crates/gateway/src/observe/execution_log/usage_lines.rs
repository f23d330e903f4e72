//! The lines about API keys, usage plans and rates (facts L4, L10 and L11).

use stagegate_plan::MethodKey;
use stagegate_state::Rate;

use super::text::masked;
use super::{ExecutionLog, Kind};
use crate::observe::Notes;
use crate::route::Routed;

/// The log of a request that is no test: those have no lines about usage plans.
fn live(notes: &Notes) -> Option<&ExecutionLog> {
    notes.execution_log().filter(|log| !log.is_rehearsal())
}

fn api_stage(routed: &Routed<'_>) -> Vec<u8> {
    let stage = routed.addressed.stage;
    [stage.api.id.as_bytes(), b"/", stage.name.as_bytes()].concat()
}

/// The configured verb and path.
fn method(routed: &Routed<'_>) -> Vec<u8> {
    let verb = match routed.route.method {
        MethodKey::Verb(verb) => verb.as_str(),
        MethodKey::Any => "ANY",
    };
    [verb.as_bytes(), b" ", routed.route.resource_path.as_bytes()].concat()
}

fn verifying(log: &ExecutionLog, routed: &Routed<'_>, key: &[u8]) {
    log.line(Kind::Step, |line| {
        line.push(b"Verifying Usage Plan for request: ").push(routed.addressed.arrival.ids.request());
        line.push(b". API Key: ").push(key).push(b" API Stage: ").push(&api_stage(routed));
    });
}

fn succeeded(log: &ExecutionLog, routed: &Routed<'_>, key: &[u8]) {
    log.line(Kind::Step, |line| {
        line.push(b"Usage Plan check succeeded for API Key ").push(key);
        line.push(b" and API Stage ").push(&api_stage(routed));
    });
}

/// The usage plan, which a route without a key does not need. The verb is the configured one.
pub(crate) fn log_usage_plan(notes: &Notes, routed: &Routed<'_>) {
    let Some(log) = live(notes) else { return };
    verifying(log, routed, b"");
    log.line(Kind::Step, |line| {
        line.push(b"API Key  authorized because method '").push(&method(routed));
        line.push(b"' does not require API Key. Request will not contribute to throttle or quota limits");
    });
    succeeded(log, routed, b"");
}

/// A key within its plan's limits.
pub(crate) fn log_within_plan(notes: &Notes, routed: &Routed<'_>, key: &str) {
    let Some(log) = live(notes) else { return };
    let key = masked(key.as_bytes());
    verifying(log, routed, &key);
    succeeded(log, routed, &key);
}

/// A key that does not let its bearer in.
pub(crate) fn log_key_refused(notes: &Notes, routed: &Routed<'_>, key: &str, reason: &str) {
    let Some(log) = live(notes) else { return };
    let key = masked(key.as_bytes());
    verifying(log, routed, &key);
    log.line(Kind::Failure, |line| {
        line.push(b"API Key ").push(&key).push(b" not authorized because method '").push(&method(routed));
        line.push(b"' requires API Key and API Key is not associated with a Usage Plan for API Stage ");
        line.push(&api_stage(routed)).push(b": ").push(reason.as_bytes());
    });
    log.has_said_why.set(true);
}

/// A bucket without a token. AWS says "Key" of stages, too.
pub(crate) fn log_throttled(notes: &Notes, routed: &Routed<'_>, rate: &Rate) {
    let Some(log) = live(notes) else { return };
    let stage = routed.addressed.stage;
    let verb = routed.verb.as_str();
    let limits = format!(
        "Key throttle limit exceeded for RestApi {}, Stage {}, Resource {}, HttpMethod {verb}. Limit: {:.2} Burst: {}",
        stage.api.id,
        stage.name,
        routed.route.resource_id,
        rate.per_second(),
        rate.burst()
    );
    log.line(Kind::Failure, |line| _ = line.push(limits.as_bytes()));
    log.has_said_why.set(true);
}

/// A quota that is used up; AWS's words are not known.
pub(crate) fn log_quota_exceeded(notes: &Notes, routed: &Routed<'_>, key: &str) {
    let Some(log) = live(notes) else { return };
    let key = masked(key.as_bytes());
    verifying(log, routed, &key);
    log.line(Kind::Failure, |line| {
        line.push(b"Quota limit exceeded for API Key ").push(&key).push(b" and API Stage ").push(&api_stage(routed));
    });
    log.has_said_why.set(true);
}

/// A plan that could not be checked (fact T9); here the request is refused.
pub(crate) fn log_unchecked(notes: &Notes) {
    let Some(log) = live(notes) else { return };
    log.line(Kind::Failure, |line| _ = line.push(b"Usage Plan check failed due to an internal error"));
    log.has_said_why.set(true);
}

/// The key of the request, after its method (fact L5).
pub(super) fn log_key(notes: &Notes, log: &ExecutionLog) {
    let (Some(value), Some(id)) = (notes.api_key.get(), notes.api_key_id.get()) else { return };
    if log.is_rehearsal() {
        return;
    }
    log.line(Kind::Data, |line| _ = line.push(b"API Key: ").push(&masked(value.as_bytes())));
    log.line(Kind::Data, |line| _ = line.push(b"API Key ID: ").push(id.as_bytes()));
}
