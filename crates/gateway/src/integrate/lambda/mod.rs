//! `AWS_PROXY` with a Lambda function: the event, the invocation, and what its result becomes.

mod about;
mod answer;
mod body;
mod canonical;
mod contract;
mod described;
mod event;
mod failure;
mod format;
mod pairs;
pub(crate) mod payload_2;

pub(crate) use about::about;
pub(crate) use body::FunctionBody;
pub(crate) use canonical::write_context as write_canonical_context;
pub(crate) use event::write_request_members;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stagegate_mapping::Body;
use stagegate_mapping::RequestSource;
use stagegate_plan::{
    FunctionArn, FunctionTarget, GatewayResponseType, InvokeCredentials, LambdaPlan, ResponseTransferMode,
};
use tokio::time::Instant;

use super::configuration_error;
use super::values::{Lookup, Place};
use crate::accept::{Exchange, Payload, Want, Watchdog, gather};
use crate::authorize::signer;
use crate::core::Core;
use crate::invoker::{Invocation, InvocationSource, InvocationType, InvokeError, InvokeFault, Invoked, Invoker};
use crate::observe::{
    Callee, IntegrationNote, Notes, log_invocation, log_invoked, log_not_invoked, log_request_body, micros, noted_trace,
};
use crate::refusal::{Cause, Refusal};
use crate::respond::Answer;
use crate::route::Routed;

/// Invokes the function and begins its answer.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    plan: &LambdaPlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let target = routed.addressed.stage.function(routed.id).ok_or_else(configuration_error)?;
    let target = target.as_ref().map_err(|_unbound| configuration_error())?;
    let payload = gather(core, exchange, held, Want::Whole).await?;
    log_request_body(notes, routed, &payload.bytes);
    let body = Body::default();
    let lookup = Lookup { core, routed, notes, body: &body };
    let started = Instant::now();
    let deadline = started + Duration::from_millis(u64::from(plan.timeout_ms));
    let mut event = Vec::new();
    format::write_event(lookup, plan, trace(lookup), &payload.bytes, &mut event);
    let invocation = invocation(lookup, plan, target, event.into(), deadline)?;
    core.buffers.give(payload.bytes);
    let mut permit = core.budgets.held();
    if !permit.hold(invocation.payload.len()) {
        return Err(Refusal::OverBudget);
    }
    let (watchdog, presence) = exchange.watched();
    notes.trace.call(started, || Callee::Function(Arc::clone(&target.function)));
    let mut status = None;
    let answer = presence.during(call(lookup, watchdog, plan, invocation, &mut status)).await;
    notes.integration.set(Some(IntegrationNote { status, latency_us: micros(started.elapsed()) }));
    answer
}

/// Calls the function; `status` is what Lambda answered.
async fn call(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    plan: &LambdaPlan,
    invocation: Invocation,
    status: &mut Option<u16>,
) -> Result<Answer, Refusal> {
    let (kind, deadline) = (invocation.kind, invocation.deadline);
    let outcome = invoked(lookup, watchdog, invocation, status).await?;
    if outcome.function_error.is_some() {
        return Err(failure::function_error());
    }
    match kind {
        InvocationType::Event | InvocationType::DryRun => Ok(answer::accepted(lookup, outcome.status)),
        InvocationType::RequestResponse => format::answer(lookup, watchdog, plan, outcome, deadline).await,
    }
}

/// Has the function invoked, and notes what came of it; `status` is what Lambda answered.
pub(super) async fn invoked(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    invocation: Invocation,
    status: &mut Option<u16>,
) -> Result<Invoked, Refusal> {
    let function = invocation.function.clone();
    let invoker = lookup.core.config.invoker.as_ref().ok_or_else(configuration_error)?;
    log_invocation(lookup.notes, &invocation);
    let outcome = ask(invoker.as_ref(), watchdog, invocation).await.map_err(|error| {
        *status = error.fault.status();
        failed(lookup, &function, &error)
    })?;
    log_invoked(lookup.notes, &outcome);
    note_request_id(lookup.notes, &outcome.request_id);
    *status = Some(outcome.status);
    Ok(outcome)
}

/// Has a function invoked, and waits for its answer no longer than the invocation's deadline.
pub(crate) async fn ask(
    invoker: &dyn Invoker,
    watchdog: &mut Watchdog,
    invocation: Invocation,
) -> Result<Invoked, InvokeError> {
    let answer = watchdog.within(invocation.deadline, invoker.invoke(invocation)).await;
    answer.unwrap_or_else(|_elapsed| Err(InvokeError::new(InvokeFault::Timeout, "no answer in time")))
}

/// Keeps the request id that Lambda gave.
fn note_request_id(notes: &Notes, id: &str) {
    if !id.is_empty() {
        notes.endpoint_request_id.get_or_init(|| id.into());
    }
}

/// Notes why a function gave no answer, and says so to the client in AWS's words.
fn failed(lookup: Lookup<'_>, function: &FunctionArn, error: &InvokeError) -> Refusal {
    let request_id = String::from_utf8_lossy(lookup.routed.addressed.arrival.ids.request());
    tracing::warn!(%function, %request_id, %error, "a function was not invoked");
    lookup.notes.explain("integrate", format_args!("{function} was not invoked: {error}"));
    log_not_invoked(lookup.notes, error);
    note_request_id(lookup.notes, error.request_id.as_deref().unwrap_or_default());
    failure::refusal(error)
}

/// The invocation of a request with this event.
pub(super) fn invocation(
    lookup: Lookup<'_>,
    plan: &LambdaPlan,
    target: &FunctionTarget,
    payload: Bytes,
    deadline: Instant,
) -> Result<Invocation, Refusal> {
    let kind = match mapped(lookup, plan.invocation_type.as_ref()) {
        Some(name) => InvocationType::parse(name.as_bytes()).ok_or_else(configuration_error)?,
        None => InvocationType::RequestResponse,
    };
    let is_callers = target.credentials == Some(InvokeCredentials::Caller);
    let signer = if is_callers { signer(lookup.routed, lookup.notes) } else { None };
    if is_callers && signer.is_none() {
        return Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::FunctionPermission));
    }
    Ok(Invocation {
        function: target.function.clone(),
        payload,
        kind,
        is_streamed: plan.transfer == ResponseTransferMode::Stream && kind == InvocationType::RequestResponse,
        client_context: mapped(lookup, plan.client_context.as_ref()),
        trace: String::from_utf8_lossy(trace(lookup)).into(),
        deadline,
        source: source(lookup, &target.function),
        credentials: target.credentials.clone(),
        signer,
    })
}

/// The value of a mapped header, when it has one.
fn mapped(lookup: Lookup<'_>, source: Option<&RequestSource>) -> Option<Box<str>> {
    let mut value = lookup.core.buffers.take();
    let has_value = source.is_some_and(|source| lookup.write(source, Place::Header, &mut value));
    let text = (has_value && !value.is_empty()).then(|| String::from_utf8_lossy(&value).into());
    lookup.core.buffers.give(value);
    text
}

/// The trace header of the invocation (fact 44), noted for the answer and the log.
fn trace(lookup: Lookup<'_>) -> &[u8] {
    noted_trace(lookup.core, lookup.routed.addressed.arrival, lookup.notes)
}

/// Who invokes the function: the method, in the form that its resource policy names; `$default` stands for both verb and path (AWS
/// SAM writes policies like that).
fn source(lookup: Lookup<'_>, function: &FunctionArn) -> InvocationSource {
    let routed = lookup.routed;
    let stage = routed.addressed.stage;
    let api = &stage.api;
    let (partition, verb, path) = (&function.partition, routed.verb.as_str(), &routed.route.resource_path);
    let verb = if path.starts_with('/') { verb } else { "" };
    let arn =
        format!("arn:{partition}:execute-api:{}:{}:{}/{}/{verb}{path}", api.region, api.account, api.id, stage.name);
    InvocationSource::Api { arn: arn.into(), account: api.account.clone(), region: api.region.clone() }
}
