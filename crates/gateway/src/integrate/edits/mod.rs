//! Parameter mapping of HTTP APIs: requests are changed before they are sent, answers before they are given (facts H51 and H52).
//!
//! A changed request is a request with another head: whatever comes after reads it like one that arrived.

mod answer;
mod request;
mod values;

use stagegate_http1::RequestHead;
use stagegate_mapping::{Body, HttpMapping};
use stagegate_plan::{Edits, read_body};

pub(in crate::integrate) use self::values::{Values, Writing, body};
use super::{Lookup, call};
use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::respond::Answer;
use crate::route::Routed;

/// A request after its edits.
#[derive(Debug)]
pub(crate) struct Edited {
    /// Its head: the client's, with other headers and another query.
    head: RequestHead,
    /// What is called another way than the integration says.
    pub(crate) target: EditedTarget,
}

/// What edits say about the back end's request line and Host.
#[derive(Debug, Default)]
pub(crate) struct EditedTarget {
    /// `overwrite:path`: the whole path, percent-encoded.
    pub(crate) path: Option<Box<[u8]>>,
    /// The Host header.
    pub(crate) host: Option<Box<[u8]>>,
}

/// Invokes the integration with an edited request, and edits its answer.
pub(super) async fn through<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    edits: &Edits,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let held = if edits.read_request_body() { Some(gather(core, exchange, held, Want::Whole).await?) } else { held };
    let answer = if edits.request.is_empty() {
        call(core, exchange, routed, held, notes).await?
    } else {
        let edited = edited(core, routed, &edits.request, held.as_ref(), notes)?;
        let arrival = routed.addressed.arrival.with_head(&edited.head);
        let inner = routed.edited(&arrival, &edited.target);
        call(core, exchange, &inner, held, notes).await?
    };
    let Some(mappings) = edits.of_status(answer.head.status()) else { return Ok(answer) };
    let answer = if read_body(mappings) { answer::held(core, exchange, answer).await? } else { answer };
    answer::edited(core, routed, mappings, answer, notes)
}

fn edited(
    core: &Core,
    routed: &Routed<'_>,
    mappings: &[HttpMapping],
    held: Option<&Payload>,
    notes: &Notes,
) -> Result<Edited, Refusal> {
    let content = held.map_or(&b""[..], |payload| &payload.bytes);
    let body = values::body(core, content);
    let nothing = Body::default();
    let lookup = Lookup { core, routed, notes, body: &nothing };
    request::edited(&Values::of_request(lookup, content, &body), mappings)
}
