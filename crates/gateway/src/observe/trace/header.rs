//! The headers that carry a trace on.

use smallvec::SmallVec;
use stagegate_http1::{Known, RequestHead};
use stagegate_plan::{SpanId, TraceId, TraceParent, TraceState, XrayHeader};

use super::config::Propagation;
use super::incoming::{Incoming, traceparent};
use crate::accept::Arrival;
use crate::core::Core;
use crate::observe::ids::hex_into;
use crate::observe::{IdSource, Notes};

/// The text of a trace header.
pub(crate) type HeaderText = SmallVec<[u8; 96]>;

/// The `tracestate` that goes with the trace, where W3C's headers are read and `traceparent` names the same one.
pub(super) fn state(head: &RequestHead, propagation: &[Propagation], trace_id: Option<TraceId>) -> Option<TraceState> {
    if !propagation.contains(&Propagation::W3c) || traceparent(head)?.trace_id != trace_id? {
        return None;
    }
    let fields = head.fields().filter(|field| field.known == Known::Tracestate);
    TraceState::parse(fields.map(|field| field.value))
}

/// The `X-Amzn-Trace-Id` that a back end gets, noted for the answer and the log.
pub(crate) fn noted_trace<'n>(core: &Core, arrival: &Arrival<'_>, notes: &'n Notes) -> &'n [u8] {
    notes.trace.header_or(|recording| match recording {
        Some(recording) => recording.header(recording.call_id),
        None => unrecorded(core, arrival, notes.trace.is_left_out()),
    })
}

/// The header of a request without a record.
///
/// An incoming Root is kept, a missing Parent is generated, and `Sampled` is 0 unless a Parent came (fact 44), or what we have
/// decided.
fn unrecorded(core: &Core, arrival: &Arrival<'_>, is_left_out: bool) -> HeaderText {
    let incoming = arrival.head.find(Known::XAmznTraceId).map(|field| XrayHeader::parse(field.value));
    let mut incoming = incoming.unwrap_or_default();
    let (root, parent);
    if incoming.root.is_none()
        && let Some(config) = &core.config.traces
        && let Some(other) = Incoming::read(arrival.head, &config.propagation)
    {
        root = other.trace_id.xray().to_string();
        parent = other.parent_id.map(|id| id.to_string());
        incoming.root = Some(root.as_bytes());
        incoming.parent = parent.as_ref().map(|id: &String| id.as_bytes());
        incoming.sampled = other.decision.map(|is_sampled| if is_sampled { &b"1"[..] } else { b"0" });
    }
    if is_left_out {
        incoming.sampled = Some(b"0");
    }
    write(&core.ids, incoming, arrival.wall.epoch_s())
}

/// The header of a call that belongs to nobody's trace.
pub(crate) fn fresh_trace(core: &Core, epoch_s: u64) -> HeaderText {
    write(&core.ids, XrayHeader::default(), epoch_s)
}

/// Writes a header, making up what is missing.
pub(super) fn write(ids: &IdSource, known: XrayHeader<'_>, epoch_s: u64) -> HeaderText {
    let mut out = HeaderText::new();
    out.extend_from_slice(b"Root=");
    match known.root {
        Some(root) => out.extend_from_slice(root),
        None => push_root(&mut out, TraceId::fresh(epoch_s, ids.long_number())),
    }
    out.extend_from_slice(b";Parent=");
    match known.parent {
        Some(parent) => out.extend_from_slice(parent),
        None => push_span(&mut out, ids.span()),
    }
    out.extend_from_slice(b";Sampled=");
    let default: &[u8] = if known.parent.is_some() { b"1" } else { b"0" };
    out.extend_from_slice(known.sampled.unwrap_or(default));
    out
}

/// Appends a trace's id in X-Ray's form. Every request to a back end has one, so no formatter is asked.
pub(super) fn push_root(out: &mut HeaderText, id: TraceId) {
    let mut text = *b"1-00000000-000000000000000000000000";
    let bytes = id.to_bytes();
    hex_into(&bytes[..4], &mut text[2..10]);
    hex_into(&bytes[4..], &mut text[11..]);
    out.extend_from_slice(&text);
}

/// Appends a span's id.
pub(super) fn push_span(out: &mut HeaderText, id: SpanId) {
    let mut text = [0; 16];
    hex_into(&id.to_bytes(), &mut text);
    out.extend_from_slice(&text);
}

/// `traceparent` in version 00. Every request of a stage that is traced has one, so no formatter is asked.
fn parent_text(parent: &TraceParent) -> HeaderText {
    let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
    hex_into(&parent.trace_id.to_bytes(), &mut text[3..35]);
    hex_into(&parent.parent_id.to_bytes(), &mut text[36..52]);
    hex_into(&[parent.flags()], &mut text[53..]);
    HeaderText::from_slice(&text)
}

/// The headers of W3C that a back end gets in place of the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct W3cFields<'n> {
    /// `traceparent`
    pub(crate) parent: HeaderText,
    /// `tracestate`
    pub(crate) state: Option<&'n str>,
}

/// W3C's headers for the back end, where they are ours to write: the stage is traced and says so in this form. Otherwise the
/// client's pass like any others, and so they do where their caller decided against a trace: nobody else will record anything.
pub(crate) fn w3c_fields<'n>(core: &Core, arrival: &Arrival<'_>, notes: &'n Notes) -> Option<W3cFields<'n>> {
    let config = core.config.traces.as_ref()?;
    if !config.propagation.contains(&Propagation::W3c) {
        return None;
    }
    if let Some(recording) = notes.trace.recording() {
        let parent = parent_text(&recording.traceparent());
        return Some(W3cFields { parent, state: recording.state.as_ref().map(TraceState::as_str) });
    }
    if !notes.trace.is_left_out() || traceparent(arrival.head).is_some_and(|parent| !parent.is_sampled) {
        return None;
    }
    let header = XrayHeader::parse(noted_trace(core, arrival, notes));
    let parent = TraceParent {
        trace_id: header.trace_id()?,
        parent_id: header.parent_id()?,
        is_sampled: false,
        is_random: false,
    };
    Some(W3cFields { parent: parent_text(&parent), state: None })
}

impl W3cFields<'_> {
    /// The fields, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static [u8], &[u8])> {
        let state = self.state.map(|state| (&b"tracestate"[..], state.as_bytes()));
        std::iter::once((&b"traceparent"[..], &*self.parent)).chain(state)
    }

    /// Whether a client's field gives way to these.
    pub(crate) fn replace(known: Known) -> bool {
        matches!(known, Known::Traceparent | Known::Tracestate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_44_trace_headers_keep_what_came() {
        let ids = IdSource::new();
        let trace = |incoming: &str| {
            let header = write(&ids, XrayHeader::parse(incoming.as_bytes()), 0x6561_0d2e);
            String::from_utf8(header.to_vec()).expect("text")
        };
        let fresh = trace("");
        assert!(fresh.starts_with("Root=1-65610d2e-") && fresh.ends_with(";Sampled=0"), "{fresh}");
        assert_eq!(fresh.len(), "Root=1-65610d2e-".len() + 24 + ";Parent=".len() + 16 + ";Sampled=0".len());
        let root = trace("Root=1-abc-def");
        assert!(root.starts_with("Root=1-abc-def;Parent=") && root.ends_with(";Sampled=0"), "{root}");
        assert_eq!(trace("Root=1-a-b;Parent=53995c3f42cd8ad8"), "Root=1-a-b;Parent=53995c3f42cd8ad8;Sampled=1");
        assert_eq!(trace("Root=1-a-b; Parent=7; Sampled=0"), "Root=1-a-b;Parent=7;Sampled=0");
        assert!(trace("Root=\"x\"").starts_with("Root=1-65610d2e-"));
    }

    #[test]
    fn ids_are_written_as_they_print() {
        let ids = IdSource::new();
        let (root, span) = (TraceId::fresh(7, ids.long_number()), ids.span());
        let mut out = HeaderText::new();
        push_root(&mut out, root);
        push_span(&mut out, span);
        assert_eq!(String::from_utf8(out.to_vec()).expect("text"), format!("{}{span}", root.xray()));
        for (is_sampled, is_random) in [(false, false), (true, false), (false, true), (true, true)] {
            let parent = TraceParent { trace_id: root, parent_id: span, is_sampled, is_random };
            assert_eq!(*parent_text(&parent), *parent.to_string().as_bytes());
        }
    }
}
