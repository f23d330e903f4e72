//! Hands the record of a request over once it has been answered.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use stagegate_http1::Known;
use stagegate_plan::StagePlan;
use tokio::time::Instant;

use super::finished::{Callee, Failure, Room, Step, StepKind, Trace, TracedRequest, TracedResponse};
use super::recording::Recording;
use super::redacted;
use crate::accept::{Arrival, Protocol};
use crate::core::Core;
use crate::observe::{Notes, micros};
use crate::refusal::Refusal;

/// The longest text of a client's that a trace keeps, in bytes.
const TEXT_BYTES: usize = 1_024;

/// Hands the record of a request over, if it has one. A full queue drops it.
pub(crate) fn finish(core: &Core, arrival: &Arrival<'_>, notes: &Notes) {
    let (Some(recording), Some(queue)) = (notes.trace.recording(), &core.traces) else { return };
    let Some(stage) = notes.shared_stage() else { return };
    core.counters.traces.fetch_add(1, Relaxed);
    let Ok(place) = queue.try_reserve() else {
        core.counters.traces_dropped.fetch_add(1, Relaxed);
        return;
    };
    place.send(Box::new(trace(core, arrival, notes, (stage, recording))));
}

fn trace(
    core: &Core,
    arrival: &Arrival<'_>,
    notes: &Notes,
    (stage, recording): (&Arc<StagePlan>, &Recording),
) -> Trace {
    let end = Instant::now();
    Trace {
        trace_id: recording.trace_id,
        span_id: recording.span_id,
        parent_id: recording.parent_id,
        state: recording.state.clone(),
        stage: Arc::clone(stage),
        rule: recording.rule.clone(),
        request: request(core, arrival, notes, stage),
        response: TracedResponse {
            status: notes.status.get(),
            bytes: notes.response_bytes.get(),
            failure: notes.refusal.get().map(|refusal| failure(refusal, notes)),
        },
        start_us: arrival.wall.epoch_ms.saturating_mul(1_000),
        duration_us: micros(end.duration_since(arrival.started)),
        steps: steps(core, arrival, notes, recording, end),
    }
}

fn request(core: &Core, arrival: &Arrival<'_>, notes: &Notes, stage: &StagePlan) -> TracedRequest {
    let head = arrival.head;
    let route = notes.route.get().and_then(|id| stage.deployment.route(id));
    TracedRequest {
        request_id: text(arrival.ids.request()),
        extended_id: text(arrival.ids.extended()),
        method: text(head.method()),
        scheme: arrival.scheme(),
        host: text(head.host()),
        path: text(head.path()),
        query: head.query().map(|query| redacted::query(&text(query)).into()),
        route: route.map(|route| route.resource_path.clone()),
        version: match arrival.protocol {
            Protocol::Http10 => "1.0",
            Protocol::Http11 => "1.1",
            Protocol::Http2 => "2",
        },
        client: arrival.client,
        is_forwarded: core.config.network.trusts(arrival.peer) && arrival.client != arrival.peer,
        user_agent: head.find(Known::UserAgent).map(|field| text(field.value)),
    }
}

/// Text of a client's, cut where it is long.
fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_BYTES)]).into()
}

fn failure(refusal: Refusal, notes: &Notes) -> Failure {
    let wording = refusal.wording(notes.envelope());
    let kind = match refusal {
        Refusal::Gateway(response, _) => response.name(),
        _ if wording.error_type.is_empty() => "Refused",
        _ => wording.error_type,
    };
    let message = notes.message.get().cloned().unwrap_or_else(|| wording.message.into());
    Failure { kind, message }
}

/// A callee whose URL holds no secret.
fn shown(mut callee: Callee) -> Callee {
    if let Callee::Http { url, .. } | Callee::Service { url, .. } = &mut callee {
        *url = redacted::url(url);
    }
    callee
}

/// The rooms, each from its entry to the next one's, and the calls.
fn steps(core: &Core, arrival: &Arrival<'_>, notes: &Notes, recording: &Recording, end: Instant) -> Vec<Step> {
    let offset = |at: Instant| micros(at.duration_since(arrival.started));
    let rooms = recording.rooms.borrow();
    let ends = rooms.iter().skip(1).map(|(_, at)| *at).chain([end]);
    let mut steps: Vec<Step> = rooms
        .iter()
        .zip(ends)
        .map(|((room, start), end)| Step {
            id: core.ids.span(),
            room: *room,
            kind: StepKind::Room,
            start_us: offset(*start),
            duration_us: micros(end.duration_since(*start)),
        })
        .collect();
    steps.extend(authorizer_call(recording, end, offset));
    steps.extend(integration_call(notes, recording, end, offset));
    steps.sort_by_key(|step| step.start_us);
    steps
}

fn authorizer_call(recording: &Recording, end: Instant, offset: impl Fn(Instant) -> u64) -> Option<Step> {
    let (start, function) = recording.asked.get()?;
    let (end, status, request_id) = recording.ask_end.get().cloned().unwrap_or((end, None, None));
    let callee = Callee::Function(Arc::clone(function));
    Some(Step {
        id: recording.ask_id,
        room: Room::Authorize,
        kind: StepKind::Call { callee, status, bytes: None, request_id },
        start_us: offset(*start),
        duration_us: micros(end.duration_since(*start)),
    })
}

fn integration_call(
    notes: &Notes,
    recording: &Recording,
    end: Instant,
    offset: impl Fn(Instant) -> u64,
) -> Option<Step> {
    let (start, callee) = recording.call.get()?;
    let note = notes.integration.get();
    let longest_us = micros(end.duration_since(*start));
    Some(Step {
        id: recording.call_id,
        room: Room::Integrate,
        kind: StepKind::Call {
            callee: shown(callee.clone()),
            status: note.and_then(|note| note.status),
            bytes: notes.endpoint_bytes.get(),
            request_id: notes.endpoint_request_id.get().cloned(),
        },
        start_us: offset(*start),
        duration_us: note.map_or(longest_us, |note| note.latency_us.min(longest_us)),
    })
}
