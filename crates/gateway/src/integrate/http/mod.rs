//! `HTTP` and `HTTP_PROXY`: the call to a back end and what becomes of its answer.

mod answer;
mod call;
mod forwarded;
mod request;
mod upload;

use std::time::Duration;

use stagegate_http1::BodyLength;
use stagegate_mapping::Body;
use stagegate_plan::{BodyTemplate, Endpoint, GatewayResponseType, HttpKind, HttpPlan};
use tokio::time::Instant;

pub(super) use self::answer::begin;
pub(super) use self::call::whole;
pub(super) use self::request::{Request, Written, sent_verb, write_mapped, write_target, write_trace};
use super::configuration_error;
use super::conversion::{self, Conversion, convert_payload};
use super::template;
use super::upstream::{Connection, Fault};
use super::values::Lookup;
use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::observe::{Callee, IntegrationNote, Notes, log_http_request, log_request_body, micros};
use crate::refusal::{Cause, Refusal};
use crate::respond::Answer;
use crate::route::Routed;

/// Calls the back end and begins its answer.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    plan: &HttpPlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let endpoint = routed.addressed.stage.endpoint(routed.id).ok_or_else(configuration_error)?;
    let endpoint = endpoint.as_ref().map_err(|_unbound| configuration_error())?;
    let template = request_template(routed, plan)?;
    let conversion = request_conversion(routed, plan);
    let is_read = plan.reads_body || template.is_some() || conversion.is_needed();
    let want = if is_read { Want::Whole } else { Want::Start };
    if plan.takes_any_length && !is_read && held.is_none() {
        exchange.take_any_length();
    }
    let mut payload = gather(core, exchange, held, want).await?;
    log_request_body(notes, routed, &payload.bytes);
    convert_payload(core, &mut payload, conversion, template.is_some())?;
    let request = {
        let body =
            if plan.reads_body { Body::new(&payload.bytes).within(core.budgets.document()) } else { Body::default() };
        let lookup = Lookup { core, routed, notes, body: &body };
        prepare(lookup, plan, endpoint, template, &payload, exchange.body_length())?
    };
    let mut made = core.budgets.held();
    if template.is_some() && !made.hold(request.bytes.len()) {
        return Err(Refusal::OverBudget);
    }
    log_http_request(notes, endpoint, &request.bytes, &payload.bytes);
    let started = Instant::now();
    notes.trace.call(started, || callee(endpoint, &request));
    let timeout = Duration::from_millis(u64::from(plan.timeout_ms));
    let called = if payload.is_whole {
        core.buffers.give(payload.bytes);
        let (watchdog, presence) = exchange.watched();
        let deadline = started + timeout;
        let called = presence.during(call::whole(core, watchdog, endpoint, &request, deadline)).await;
        called.map(|connection| (connection, deadline))
    } else {
        upload::streamed(core, exchange, endpoint, &request, payload.bytes, timeout).await
    };
    core.buffers.give(request.bytes);
    let status = called.as_ref().ok().map(|(connection, _)| connection.head.status());
    let answer = match called {
        Ok((connection, deadline)) => {
            let (watchdog, presence) = exchange.watched();
            let body = Body::default();
            let lookup = Lookup { core, routed, notes, body: &body };
            presence.during(answer::begin(lookup, watchdog, plan, connection, deadline)).await
        }
        Err(refusal) => Err(refusal),
    };
    match status {
        Some(status) => notes.explain("integrate", format_args!("{} answered {status}", endpoint.origin)),
        None => notes.explain("integrate", format_args!("{} answered nothing", endpoint.origin)),
    }
    notes.integration.set(Some(IntegrationNote { status, latency_us: micros(started.elapsed()) }));
    answer
}

/// The back end, for a trace.
fn callee(endpoint: &Endpoint, request: &Request) -> Callee {
    let (method, url) = request.written(endpoint);
    Callee::Http { authority: endpoint.authority.clone(), method, url }
}

/// The request template for this client's content, if one applies.
pub(super) fn request_template<'p>(
    routed: &Routed<'_>,
    plan: &'p HttpPlan,
) -> Result<Option<&'p BodyTemplate>, Refusal> {
    let HttpKind::Mapped(mapped) = &plan.kind else { return Ok(None) };
    template::select(routed, &mapped.requests)
}

/// The conversion of this request's content: for a proxy, only what it asks for.
pub(super) fn request_conversion(routed: &Routed<'_>, plan: &HttpPlan) -> Conversion {
    match (&plan.kind, plan.content_handling) {
        (HttpKind::Proxy, None) => Conversion::NONE,
        (_, handling) => conversion::of_request(routed, handling),
    }
}

/// Writes the back end's request: the client's content, or what the template makes of it.
fn prepare(
    lookup: Lookup<'_>,
    plan: &HttpPlan,
    endpoint: &Endpoint,
    template: Option<&BodyTemplate>,
    payload: &Payload,
    length: BodyLength,
) -> Result<Request, Refusal> {
    lookup.check_body(plan.sources())?;
    let Some(template) = template else {
        return Request::write(lookup, plan, endpoint, (&payload.bytes, payload.is_whole), length);
    };
    let mut content = lookup.core.buffers.take();
    template::write(lookup, template, &payload.bytes, &mut content)?;
    let request = Request::write(lookup, plan, endpoint, (&content, true), length);
    lookup.core.buffers.give(content);
    request
}

/// A fault of the back end as a gateway response.
pub(in crate::integrate) fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::Timeout => Refusal::Gateway(GatewayResponseType::IntegrationTimeout, Cause::Timeout),
        Fault::Unreachable | Fault::Malformed => {
            Refusal::Gateway(GatewayResponseType::IntegrationFailure, Cause::Unreachable)
        }
        Fault::OverBudget => Refusal::OverBudget,
        Fault::TooLarge => Refusal::Gateway(GatewayResponseType::IntegrationFailure, Cause::ResponseTooLarge),
        Fault::NotConnected | Fault::NothingSent | Fault::ClosedUnanswered | Fault::Broken => {
            Refusal::Gateway(GatewayResponseType::IntegrationFailure, Cause::Network)
        }
    }
}

/// Whether a request may be sent again on a fresh connection: nothing was sent, or the connection was a reused one that closed
/// before any byte of an answer, the method is idempotent and the content is at hand (RFC 9110 §9.2.2).
fn may_retry(connection: &Connection, fault: Fault, is_idempotent: bool) -> bool {
    match fault {
        Fault::NothingSent => true,
        Fault::ClosedUnanswered => connection.is_reused && is_idempotent,
        _ => false,
    }
}
