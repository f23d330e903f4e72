//! The answer that a back end's response becomes.

use stagegate_http1::{BodyLength, Known, ResponseHead};
use stagegate_mapping::Body;
use stagegate_plan::{HttpKind, HttpPlan, ResponsePlan, ResponseTransferMode};
use tokio::time::Instant;

use super::refusal;
use crate::accept::{Permit, UNCOUNTED_BYTES, Watchdog};
use crate::core::Core;
use crate::integrate::conversion::{self, Conversion};
use crate::integrate::headers::{Outcome, REMAPPED, from_proxy};
use crate::integrate::response::{self, Output, select};
use crate::integrate::upstream::{Connection, Deadlines, Fault, UpstreamBody};
use crate::integrate::values::Lookup;
use crate::observe::{log_endpoint_body, log_endpoint_head};
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, ReplyHead, begin as begin_reply, compresses, held_bytes};
use crate::route::Routed;

/// Begins the answer. In `BUFFERED` mode the response is held up to the buffer limit, so that a timeout or an excess found by
/// then still becomes a gateway response.
pub(in crate::integrate) async fn begin(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    plan: &HttpPlan,
    connection: Box<Connection>,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    let core = lookup.core;
    lookup.notes.enter_endpoint_ids(&connection.head);
    log_endpoint_head(lookup.notes, &connection.head);
    let is_stream = plan.transfer == ResponseTransferMode::Stream;
    let limit_bytes = if is_stream { u64::MAX } else { core.config.limits.payload_bytes };
    if matches!(connection.head.body(), BodyLength::Length(length) if length > limit_bytes) {
        return Err(refusal(Fault::TooLarge));
    }
    let deadlines = deadlines(lookup, deadline, is_stream);
    let mut head = match &plan.kind {
        HttpKind::Proxy => proxied(lookup, &connection),
        HttpKind::Mapped(mapped) => {
            let response = select(&mapped.responses, connection.head.status())?;
            let template = response::template(lookup, response);
            let content_type = connection.head.find(Known::ContentType).map(|field| field.value);
            let conversion = conversion::of_response(lookup.routed, content_type, response.content_handling);
            conversion.check_template(|| template.is_some())?;
            if template.is_some() || response.maps_body() || conversion.is_needed() {
                let back_end = connection.head.clone();
                let body = UpstreamBody::new(core, connection, deadlines, limit_bytes);
                return transformed(lookup, watchdog, (response, conversion), &back_end, body).await;
            }
            response::traced(lookup, response, &Output { head: Some(&connection.head), body: &Body::default() })?.0
        }
    };
    head.is_coded = is_coded(lookup, &connection.head);
    if is_head(lookup.routed) {
        head.announced_length = connection.head.content_length();
    }
    let mut body = UpstreamBody::new(core, connection, deadlines, limit_bytes);
    if is_stream {
        return Ok(Answer { head, content: Content::Streamed(Box::new(body)) });
    }
    let mut limit = core.config.limits.buffer_bytes;
    if body.length().is_none() {
        limit = held_bytes(lookup.routed.addressed.arrival, lookup.notes, &head, limit);
    }
    let is_whole = body.fill(core, watchdog, limit).await.map_err(refusal)?;
    log_endpoint_body(lookup.notes, body.piece());
    if !is_whole {
        return Ok(Answer { head, content: Content::Streamed(Box::new(body)) });
    }
    let (bytes, permit) = body.into_buffer();
    Ok(Answer { head, content: Content::Whole(bytes, permit) })
}

/// Whether the back end has coded its content, where that matters.
fn is_coded(lookup: Lookup<'_>, back_end: &ResponseHead) -> bool {
    let is_cached = lookup.routed.addressed.stage.cache.is_some();
    (is_cached || compresses(lookup.notes)) && back_end.find(Known::ContentEncoding).is_some()
}

fn is_head(routed: &Routed<'_>) -> bool {
    routed.addressed.arrival.head.method() == b"HEAD"
}

/// `BUFFERED`: the integration timeout covers the whole response. `STREAM`: it covered the head; content has an idle limit, and
/// AWS's fifteen minutes in total (fact 1.3).
fn deadlines(lookup: Lookup<'_>, deadline: Instant, is_stream: bool) -> Deadlines {
    if is_stream { Deadlines::streamed(lookup.core.config.timeouts.stream_idle) } else { Deadlines::buffered(deadline) }
}

/// The head of an `HTTP_PROXY` answer: the back end's, with what the gateway sets itself remapped (fact 42).
fn proxied(lookup: Lookup<'_>, connection: &Connection) -> ReplyHead {
    let source = &connection.head;
    let mut head = begin_reply(lookup.core, lookup.routed.addressed.arrival, source.status());
    for field in source.fields() {
        if source.has_nominations() && source.is_nominated(field.name) {
            continue;
        }
        // Where the API compresses, what is compressed already must say so.
        let says_coding = field.known == Known::ContentEncoding && compresses(lookup.notes);
        match from_proxy(head.envelope(), field.name, field.known) {
            Outcome::Drop if says_coding => head.push(field.name, field.value),
            Outcome::Keep => head.push(field.name, field.value),
            Outcome::Remap => head.push_prefixed(REMAPPED, field.name, field.value),
            Outcome::Drop => {}
        }
    }
    head
}

/// The answer of an integration response whose template, mappings or conversion read the content, or replace it.
async fn transformed(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    (response, conversion): (&ResponsePlan, Conversion),
    back_end: &ResponseHead,
    mut body: UpstreamBody,
) -> Result<Answer, Refusal> {
    let core = lookup.core;
    let reads = conversion.is_needed() || response::reads_body(response, response::template(lookup, response));
    // Content that is replaced unread is still read as far as it is short: that keeps the connection.
    let limit = if reads { usize::MAX } else { core.config.limits.buffer_bytes };
    let ended = body.fill(core, watchdog, limit).await.map_err(refusal)?;
    tracing::debug!(ended, "a back end's content goes through a template");
    let (bytes, held) = body.into_buffer();
    log_endpoint_body(lookup.notes, &bytes);
    let (bytes, held) = converted(core, conversion, bytes, held)?;
    let (mut reply, content) = {
        let body = Body::new(&bytes).within(core.budgets.document());
        response::traced(lookup, response, &Output { head: Some(back_end), body: &body })?
    };
    reply.is_coded = is_coded(lookup, back_end);
    let content = match content {
        Some(content) => {
            core.buffers.give(bytes);
            content
        }
        None => bytes,
    };
    Ok(Answer { head: reply, content: Content::Whole(content, held) })
}

/// Converts a back end's content, with its share of the budget.
fn converted(
    core: &Core,
    conversion: Conversion,
    bytes: Vec<u8>,
    mut held: Option<Permit>,
) -> Result<(Vec<u8>, Option<Permit>), Refusal> {
    let Some(converted) = conversion.convert(&bytes)? else { return Ok((bytes, held)) };
    core.buffers.give(bytes);
    let length = converted.len();
    if length > UNCOUNTED_BYTES && !held.get_or_insert_with(|| core.budgets.held()).grow_to(length) {
        return Err(Refusal::OverBudget);
    }
    Ok((converted, held))
}
