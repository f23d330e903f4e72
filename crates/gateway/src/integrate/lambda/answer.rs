//! The answer that a function's result becomes (facts 42, 43 and 52 to 57).

use super::contract::Contract;
use super::described::DescribedHead;
use super::failure::malformed;
use super::format::TEXT;
use crate::integrate::conversion::{accepts_binary, decode};
use crate::integrate::values::Lookup;
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, ReplyHead, begin, is_bodiless, trace_root};
use stagegate_plan::{Envelope, PayloadFormat};

/// The answer of a function that was waited for.
pub(super) fn buffered(lookup: Lookup<'_>, format: PayloadFormat, payload: &[u8]) -> Result<Answer, Refusal> {
    let contract = Contract::parse(payload).ok_or_else(malformed)?;
    let head = head(lookup, &contract)?;
    // HTTP APIs decode whatever the client accepts (fact H28).
    let decodes = format == PayloadFormat::OneCanonical || accepts_binary(lookup.routed);
    let mut content = lookup.core.buffers.take();
    let text = contract.body.as_ref().map_or("", |body| &*body.0);
    if contract.is_base64 && decodes {
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
    let reply = begin(lookup.core, lookup.routed.addressed.arrival, status);
    let mut head = DescribedHead::new(lookup.core, reply, |_name| false);
    head.push_contract(contract).map_err(|_malformed| malformed())?;
    let mut reply = head.into_reply();
    match reply.envelope() {
        Envelope::Amzn => push_trace(lookup, &mut reply),
        Envelope::Apigw if is_bodiless(status) => {}
        Envelope::Apigw => reply.content_type_unless_set(TEXT.as_bytes()),
    }
    Ok(reply)
}

/// The trace id that every answer of a function carries (fact 43).
fn push_trace(lookup: Lookup<'_>, reply: &mut ReplyHead) {
    if let Some(trace) = lookup.notes.trace.header() {
        reply.push(b"X-Amzn-Trace-Id", trace_root(trace));
    }
}
