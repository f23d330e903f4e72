//! The answer that a back end's response becomes.

use stagegate_http1::BodyLength;
use stagegate_plan::{HttpKind, HttpPlan, MappedHttp, ResponseTransferMode};
use tokio::time::Instant;

use super::refusal;
use crate::accept::Watchdog;
use crate::integrate::headers::{Outcome, REMAPPED, from_proxy};
use crate::integrate::response::{begin_mapped, select};
use crate::integrate::upstream::{Connection, Deadlines, Fault, UpstreamBody};
use crate::integrate::values::Lookup;
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, ReplyHead, begin as begin_reply, trace_root};
use crate::route::Routed;

/// Begins the answer. In `BUFFERED` mode the response is held up to the buffer limit, so that a timeout or an excess found by
/// then still becomes a gateway response.
pub(super) async fn begin(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    plan: &HttpPlan,
    connection: Box<Connection>,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    let core = lookup.core;
    let is_stream = plan.transfer == ResponseTransferMode::Stream;
    let limit_bytes = if is_stream { u64::MAX } else { core.config.limits.payload_bytes };
    if matches!(connection.head.body(), BodyLength::Length(length) if length > limit_bytes) {
        return Err(refusal(Fault::TooLarge));
    }
    let (mut head, template) = match &plan.kind {
        HttpKind::Proxy => (proxied(lookup, &connection), None),
        HttpKind::Mapped(mapped) => self::mapped(lookup, mapped, &connection)?,
    };
    let deadlines = deadlines(lookup, deadline, is_stream);
    if template.is_none() && is_head(lookup.routed) {
        head.announced_length = connection.head.content_length();
    }
    let mut body = UpstreamBody::new(core, connection, deadlines, limit_bytes);
    if let Some(template) = template {
        // The response is replaced; reading it to its end keeps the connection.
        let ended = body.fill(core, watchdog, core.config.limits.buffer_bytes).await.map_err(refusal)?;
        tracing::debug!(ended, "a back end's content was replaced by a template");
        let (mut content, _held) = body.into_buffer();
        content.clear();
        content.extend_from_slice(template);
        return Ok(Answer { head, content: Content::Whole(content, None) });
    }
    if is_stream {
        return Ok(Answer { head, content: Content::Streamed(Box::new(body)) });
    }
    let is_whole = body.fill(core, watchdog, core.config.limits.buffer_bytes).await.map_err(refusal)?;
    if !is_whole {
        return Ok(Answer { head, content: Content::Streamed(Box::new(body)) });
    }
    let (bytes, permit) = body.into_buffer();
    Ok(Answer { head, content: Content::Whole(bytes, permit) })
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
        match from_proxy(field.known) {
            Outcome::Keep => head.push(field.name, field.value),
            Outcome::Remap => head.push_prefixed(REMAPPED, field.name, field.value),
            Outcome::Drop => {}
        }
    }
    head
}

/// The head of an `HTTP` answer: what its integration response maps, and the trace id (fact 43).
fn mapped<'p>(
    lookup: Lookup<'_>,
    mapped: &'p MappedHttp,
    connection: &Connection,
) -> Result<(ReplyHead, Option<&'p [u8]>), Refusal> {
    let response = select(&mapped.responses, connection.head.status())?;
    let (mut head, template) = begin_mapped(lookup, response, Some(&connection.head));
    if let Some(trace) = lookup.notes.trace.get() {
        head.push(b"X-Amzn-Trace-Id", trace_root(trace));
    }
    Ok((head, template))
}
