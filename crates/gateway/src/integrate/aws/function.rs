//! A Lambda function that is no proxy: a template makes its event, and its error message selects the response (fact 61).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stagegate_mapping::{Body, read_document};
use stagegate_plan::{BodyTemplate, GatewayResponseType, MappedFunctionPlan};
use tokio::time::Instant;

use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::integrate::configuration_error;
use crate::integrate::conversion::{self, convert_payload, result_text};
use crate::integrate::lambda::{invocation, invoked};
use crate::integrate::response::{self, Output, usable};
use crate::integrate::template;
use crate::integrate::values::Lookup;
use crate::invoker::InvokedPayload;
use crate::observe::{Callee, IntegrationNote, Notes, log_note, log_request_body, micros};
use crate::refusal::{Cause, Refusal};
use crate::respond::{Answer, Content};
use crate::route::Routed;

/// The event of a request without content.
const NO_CONTENT: &[u8] = b"{}";

/// Invokes the function and maps what it answered.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    plan: &MappedFunctionPlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let target = routed.addressed.stage.function(routed.id).ok_or_else(configuration_error)?;
    let target = target.as_ref().map_err(|_unbound| configuration_error())?;
    let template = template::select(routed, &plan.requests)?;
    let mut payload = gather(core, exchange, held, Want::Whole).await?;
    log_request_body(notes, routed, &payload.bytes);
    let conversion = conversion::of_request(routed, plan.content_handling);
    convert_payload(core, &mut payload, conversion, template.is_some())?;
    let started = Instant::now();
    let deadline = started + Duration::from_millis(u64::from(plan.invoke.timeout_ms));
    let invocation = {
        // What is parsed of the content goes once the event is written: it may be a hundred times as large.
        let body = Body::new(&payload.bytes).within(core.budgets.document());
        let lookup = Lookup { core, routed, notes, body: &body };
        lookup.check_body(plan.sources.iter())?;
        let event = event(lookup, template, &payload.bytes)?;
        invocation(lookup, &plan.invoke, target, event, deadline)?
    };
    let mut made = core.budgets.held();
    if !made.hold(invocation.payload.len()) {
        return Err(Refusal::OverBudget);
    }
    let nothing = Body::default();
    let lookup = Lookup { core, routed, notes, body: &nothing };
    let (watchdog, presence) = exchange.watched();
    notes.trace.call(started, || Callee::Function(Arc::clone(&target.function)));
    let mut status = None;
    let called = presence.during(invoked(lookup, watchdog, invocation, &mut status)).await;
    notes.integration.set(Some(IntegrationNote { status, latency_us: micros(started.elapsed()) }));
    let called = called?;
    let InvokedPayload::Whole(bytes) = called.payload else { return Err(configuration_error()) };
    answer(lookup, plan, called.function_error.is_some(), &bytes)
}

/// The function's event: what the template makes, or the client's content.
fn event(lookup: Lookup<'_>, template: Option<&BodyTemplate>, content: &[u8]) -> Result<Bytes, Refusal> {
    let mut event = Vec::new();
    match template {
        Some(template) => template::write(lookup, template, content, &mut event)?,
        None => event.extend_from_slice(content),
    }
    if event.is_empty() {
        event.extend_from_slice(NO_CONTENT);
    }
    Ok(event.into())
}

/// Maps the function's result, or its error.
fn answer(lookup: Lookup<'_>, plan: &MappedFunctionPlan, has_failed: bool, result: &[u8]) -> Result<Answer, Refusal> {
    if result.len() as u64 > lookup.core.config.limits.payload_bytes {
        return Err(Refusal::Gateway(GatewayResponseType::IntegrationFailure, Cause::ResponseTooLarge));
    }
    let allows = lookup.core.budgets.document();
    let message = if has_failed { error_message(result, &allows) } else { String::new() };
    let selected = plan.responses.select(&message, |gave_up| log_note(lookup.notes, gave_up));
    let response = usable(selected)?;
    let conversion = conversion::of_text(lookup.routed, response.content_handling);
    conversion.check_template(|| response::template(lookup, response).is_some())?;
    let converted = if conversion.is_needed() { conversion.convert(&result_text(result))? } else { None };
    let result = converted.as_deref().unwrap_or(result);
    let body = Body::new(result).within(lookup.core.budgets.document());
    let (head, content) = response::traced(lookup, response, &Output { head: None, body: &body })?;
    let content = content.unwrap_or_else(|| result.to_vec());
    Ok(Answer { head, content: Content::Whole(content, None) })
}

/// `errorMessage` of an error document; a function that died without one has its whole document for a message.
fn error_message(document: &[u8], allows: &dyn Fn(usize) -> bool) -> String {
    let parsed = read_document(document, allows).ok();
    let message = parsed.as_ref().and_then(|document| document.get("errorMessage"));
    match message {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::from_utf8_lossy(document).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::error_message;

    #[test]
    fn a_message_is_read_from_an_error_document() {
        for (document, message) in [
            (r#"{"errorMessage": "[NotFound] no pet", "errorType": "Error"}"#, "[NotFound] no pet"),
            (r#"{"errorMessage": {"code": 4}}"#, r#"{"code":4}"#),
            ("no JSON", "no JSON"),
        ] {
            assert_eq!(error_message(document.as_bytes(), &|_| true), message);
        }
    }
}
