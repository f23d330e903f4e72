//! The trace that a request belongs to already.

use stagegate_http1::{Known, RequestHead};
use stagegate_plan::{SpanId, TraceId, TraceParent, XrayHeader};

use super::config::Propagation;

/// What a request's headers say of its trace, in the first form that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Incoming {
    /// How it came.
    pub(super) by: Propagation,
    /// The trace.
    pub(super) trace_id: TraceId,
    /// Who called.
    pub(super) parent_id: Option<SpanId>,
    /// What was decided; `None` leaves it to us.
    pub(super) decision: Option<bool>,
    /// Whether the trace id says of itself that it is random.
    pub(super) is_random: bool,
}

impl Incoming {
    /// Reads the headers. One that is broken is no trace's.
    pub(super) fn read(head: &RequestHead, propagation: &[Propagation]) -> Option<Self> {
        propagation.iter().find_map(|by| match by {
            Propagation::Xray => xray(head),
            Propagation::W3c => traceparent(head).map(|parent| Self {
                by: Propagation::W3c,
                trace_id: parent.trace_id,
                parent_id: Some(parent.parent_id),
                decision: Some(parent.is_sampled),
                is_random: parent.is_random,
            }),
        })
    }
}

fn xray(head: &RequestHead) -> Option<Incoming> {
    let header = XrayHeader::parse(head.find(Known::XAmznTraceId)?.value);
    Some(Incoming {
        by: Propagation::Xray,
        trace_id: header.trace_id()?,
        parent_id: header.parent_id(),
        decision: header.decision(),
        is_random: false,
    })
}

/// The `traceparent` of a request; of several none counts (W3C Trace Context, §4.3).
pub(super) fn traceparent(head: &RequestHead) -> Option<TraceParent> {
    let mut fields = head.fields().filter(|field| field.known == Known::Traceparent);
    let first = fields.next()?;
    if fields.next().is_some() { None } else { TraceParent::parse(first.value) }
}
