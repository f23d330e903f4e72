//! The call of a service's API: mapped like an `HTTP` integration, signed, and answered like one.

use std::sync::Arc;
use std::time::Duration;

use stagegate_mapping::Body;
use stagegate_plan::{
    BodyTemplate, Endpoint, GatewayResponseType, HttpPlan, InvokeCredentials, ServicePlan, ServiceTarget,
};
use stagegate_sigv4::Credentials;
use tokio::time::Instant;

use super::request::{self, Place};
use crate::accept::{Exchange, Payload, Want, Watchdog, gather};
use crate::authorize::caller_credentials;
use crate::aws::CredentialAsk;
use crate::core::Core;
use crate::integrate::configuration_error;
use crate::integrate::conversion::convert_payload;
use crate::integrate::http::{Request, begin, request_conversion, request_template, whole};
use crate::integrate::template;
use crate::integrate::values::Lookup;
use crate::observe::{Callee, IntegrationNote, Notes, log_http_request, log_request_body, micros};
use crate::refusal::{Cause, Refusal};
use crate::respond::Answer;
use crate::route::Routed;

/// Calls the service and begins its answer.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    plan: &ServicePlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let target = routed.addressed.stage.service(routed.id).ok_or_else(configuration_error)?;
    let target = target.as_ref().map_err(|_unbound| configuration_error())?;
    let template = request_template(routed, &plan.call)?;
    let mut payload = gather(core, exchange, held, Want::Whole).await?;
    log_request_body(notes, routed, &payload.bytes);
    convert_payload(core, &mut payload, request_conversion(routed, &plan.call), template.is_some())?;
    let nothing = Body::default();
    let lookup = Lookup { core, routed, notes, body: &nothing };
    let started = Instant::now();
    let deadline = started + Duration::from_millis(u64::from(plan.call.timeout_ms));
    let (watchdog, presence) = exchange.watched();
    let mut status = None;
    let called = call(lookup, watchdog, plan, target, (template, &payload.bytes), deadline, &mut status);
    let answer = presence.during(called).await;
    notes.integration.set(Some(IntegrationNote { status, latency_us: micros(started.elapsed()) }));
    answer
}

/// Calls the service; `status` is what it answered.
async fn call(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    plan: &ServicePlan,
    target: &ServiceTarget,
    (template, content): (Option<&BodyTemplate>, &[u8]),
    deadline: Instant,
    status: &mut Option<u16>,
) -> Result<Answer, Refusal> {
    let core = lookup.core;
    let elsewhere = core.config.aws.endpoints.find(&target.service, target.subdomain.as_deref());
    let credentials = credentials(lookup, watchdog, target, elsewhere.is_some(), deadline).await?;
    let place = Place { target, elsewhere };
    let request = prepare(lookup, plan, place, template, content, &credentials)?;
    sent(lookup, watchdog, &plan.call, place, request, deadline, status).await
}

/// Sends a request to the service, and begins the answer; `status` is what it answered.
pub(super) async fn sent(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    plan: &HttpPlan,
    place: Place<'_>,
    request: Request,
    deadline: Instant,
    status: &mut Option<u16>,
) -> Result<Answer, Refusal> {
    let core = lookup.core;
    let mut made = core.budgets.held();
    if !made.hold(request.bytes.len()) {
        return Err(Refusal::OverBudget);
    }
    let endpoint: &Endpoint = place.elsewhere.map_or(&place.target.endpoint, |endpoint| endpoint);
    log_http_request(lookup.notes, endpoint, &request.bytes, &[]);
    lookup.notes.trace.call(Instant::now(), || callee(place.target, endpoint, &request));
    let called = whole(core, watchdog, endpoint, &request, deadline).await;
    core.buffers.give(request.bytes);
    drop(made);
    let connection = called?;
    *status = Some(connection.head.status());
    lookup.notes.enter_endpoint_ids(&connection.head);
    begin(lookup, watchdog, plan, connection, deadline).await
}

/// The service, for a trace.
fn callee(target: &ServiceTarget, endpoint: &Endpoint, request: &Request) -> Callee {
    let (method, url) = request.written(endpoint);
    Callee::Service { service: target.service.clone(), region: target.region.clone(), method, url }
}

/// The credentials of the call.
pub(super) async fn credentials(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    target: &ServiceTarget,
    is_overridden: bool,
    deadline: Instant,
) -> Result<Arc<Credentials>, Refusal> {
    if target.credentials == Some(InvokeCredentials::Caller) {
        // AWS itself knows none of our callers.
        let own = caller_credentials(lookup.notes).filter(|_| is_overridden);
        let refused = Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Credentials);
        return own.ok_or(refused);
    }
    let source = lookup.core.config.aws.credentials.as_ref().ok_or_else(configuration_error)?;
    let ask = CredentialAsk { identity: target.credentials.clone(), is_overridden };
    let found = watchdog.within(deadline, source.credentials(ask)).await;
    let found = found.map_err(|_elapsed| Refusal::Gateway(GatewayResponseType::IntegrationTimeout, Cause::Timeout))?;
    found.map_err(|error| {
        let request_id = String::from_utf8_lossy(lookup.routed.addressed.arrival.ids.request());
        tracing::warn!(service = &*target.service, %request_id, %error, "a service was not called: no credentials");
        Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Credentials)
    })
}

/// Writes the request: the client's content, or what the template makes of it.
fn prepare(
    lookup: Lookup<'_>,
    plan: &ServicePlan,
    place: Place<'_>,
    template: Option<&BodyTemplate>,
    content: &[u8],
    credentials: &Credentials,
) -> Result<Request, Refusal> {
    // What is parsed of the content goes once the request is written: it may be a hundred times as large.
    let body =
        if plan.call.reads_body { Body::new(content).within(lookup.core.budgets.document()) } else { Body::default() };
    let lookup = Lookup { body: &body, ..lookup };
    lookup.check_body(plan.call.sources())?;
    let Some(template) = template else {
        return request::write(lookup, &plan.call, place, content, credentials);
    };
    let mut made = lookup.core.buffers.take();
    template::write(lookup, template, content, &mut made)?;
    let request = request::write(lookup, &plan.call, place, &made, credentials);
    lookup.core.buffers.give(made);
    request
}
