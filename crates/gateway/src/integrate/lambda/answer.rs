//! The answer that a function's result becomes (facts 42, 43 and 52 to 57).

use stagegate_http1::Known;

use super::contract::{Contract, Text};
use super::failure::malformed;
use crate::integrate::conversion::{accepts_binary, decode};
use crate::integrate::headers::{Outcome, REMAPPED};
use crate::integrate::values::Lookup;
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, ReplyHead, begin, trace_root};

/// The answer of a function that was waited for.
pub(super) fn buffered(lookup: Lookup<'_>, payload: &[u8]) -> Result<Answer, Refusal> {
    let contract = Contract::parse(payload).ok_or_else(malformed)?;
    let head = head(lookup, &contract)?;
    let mut content = lookup.core.buffers.take();
    let text = contract.body.as_ref().map_or("", |body| &*body.0);
    if contract.is_base64 && accepts_binary(lookup.routed) {
        decode(text.as_bytes(), &mut content).map_err(|_error| malformed())?;
    } else {
        // Without a client that accepts it, base64 goes out as the text that it is (fact 57).
        content.extend_from_slice(text.as_bytes());
    }
    let mut permit = lookup.core.budgets.held();
    if !permit.hold(content.len()) {
        return Err(Refusal::OverBudget);
    }
    Ok(Answer { head, content: Content::Whole(content, Some(permit)) })
}

/// The answer to an invocation whose result nobody waits for.
pub(super) fn accepted(lookup: Lookup<'_>, status: u16) -> Answer {
    let mut head = begin(lookup.core, lookup.routed.addressed.arrival, status);
    push_trace(lookup, &mut head);
    Answer { head, content: Content::Whole(lookup.core.buffers.take(), None) }
}

/// The head that a function describes.
pub(super) fn head(lookup: Lookup<'_>, contract: &Contract<'_>) -> Result<ReplyHead, Refusal> {
    let status = contract.status.unwrap_or(200);
    lookup.notes.function_status.set(Some(status));
    let mut reply = begin(lookup.core, lookup.routed.addressed.arrival, status);
    let mut room = Room {
        fields: lookup.core.config.limits.response_header_fields,
        bytes: lookup.core.config.limits.response_head_bytes,
    };
    let single = &contract.headers.0;
    let singles_of = |name: &str| {
        let name = name.to_owned();
        single.iter().filter(move |(other, _)| other.0.eq_ignore_ascii_case(&name)).map(|(_, value)| value)
    };
    for (name, values) in &contract.multi_value_headers.0 {
        for value in values.iter().flatten().chain(singles_of(&name.0)) {
            push(&mut reply, &mut room, name, value)?;
        }
    }
    let is_multi =
        |name: &str| contract.multi_value_headers.0.iter().any(|(other, _)| other.0.eq_ignore_ascii_case(name));
    for (name, value) in single.iter().filter(|(name, _)| !is_multi(&name.0)) {
        push(&mut reply, &mut room, name, value)?;
    }
    for cookie in &contract.cookies {
        push(&mut reply, &mut room, &Text("Set-Cookie".into()), cookie)?;
    }
    push_trace(lookup, &mut reply);
    Ok(reply)
}

/// The trace id that every answer of a function carries (fact 43).
fn push_trace(lookup: Lookup<'_>, reply: &mut ReplyHead) {
    if let Some(trace) = lookup.notes.trace.get() {
        reply.push(b"X-Amzn-Trace-Id", trace_root(trace));
    }
}

/// What is left of the limits of a head.
struct Room {
    fields: usize,
    bytes: usize,
}

/// Adds a header of the function's under the name it may have (fact 42).
fn push(reply: &mut ReplyHead, room: &mut Room, name: &Text<'_>, value: &Text<'_>) -> Result<(), Refusal> {
    let (name, value) = (name.0.as_bytes(), value.0.trim_ascii().as_bytes());
    let bytes = name.len() + value.len();
    let is_name =
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
    // A text may hold anything; a header may not.
    let is_value = !value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f);
    if !is_name || !is_value || room.fields == 0 || room.bytes < bytes {
        return Err(malformed());
    }
    room.fields -= 1;
    room.bytes -= bytes;
    match outcome(Known::classify(name)) {
        Outcome::Keep => reply.push(name, value),
        Outcome::Remap => reply.push_prefixed(REMAPPED, name, value),
        Outcome::Drop => {}
    }
    Ok(())
}

/// What becomes of a header that a function sets: what the gateway sets itself is remapped, and what frames a message or is the
/// gateway's alone is dropped (fact 42).
fn outcome(known: Known) -> Outcome {
    match known {
        Known::Connection | Known::ContentLength | Known::Date | Known::Server | Known::XAmznRequestId => {
            Outcome::Remap
        }
        Known::KeepAlive
        | Known::ProxyConnection
        | Known::Trailer
        | Known::TransferEncoding
        | Known::Upgrade
        | Known::XAmznTraceId
        | Known::XAmzApigwId => Outcome::Drop,
        _ => Outcome::Keep,
    }
}
