//! The record of a request that is on its way.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

use smallvec::SmallVec;
use stagegate_plan::{FunctionArn, SpanId, TraceId, TraceParent, TraceState};
use tokio::time::Instant;

use super::finished::{Callee, Room};
use super::header::{HeaderText, push_root, push_span};

/// What is noted of a request's trace.
#[derive(Debug, Default)]
pub(crate) struct TraceNotes {
    header: OnceCell<HeaderText>,
    is_left_out: Cell<bool>,
    recording: OnceCell<Box<Recording>>,
}

impl TraceNotes {
    /// The trace header that the back end got, if one was written.
    pub(crate) fn header(&self) -> Option<&[u8]> {
        self.header.get().map(|header| &**header)
    }

    /// The same, written now if it was not.
    pub(super) fn header_or(&self, write: impl FnOnce(Option<&Recording>) -> HeaderText) -> &[u8] {
        self.header.get_or_init(|| write(self.recording()))
    }

    /// The request is not sampled, and whoever comes next is told so.
    pub(super) fn leave_out(&self) {
        self.is_left_out.set(true);
    }

    /// Whether it was decided not to sample the request.
    pub(super) fn is_left_out(&self) -> bool {
        self.is_left_out.get()
    }

    /// The request is sampled.
    pub(super) fn record(&self, recording: Recording) {
        self.recording.get_or_init(|| Box::new(recording));
    }

    /// The record, where the request is sampled.
    pub(super) fn recording(&self) -> Option<&Recording> {
        self.recording.get().map(|recording| &**recording)
    }

    /// Whether the request is sampled.
    pub(crate) fn is_recorded(&self) -> bool {
        self.recording.get().is_some()
    }

    /// The request enters a room, and has left the one before.
    pub(crate) fn enter(&self, room: Room) {
        if let Some(recording) = self.recording() {
            recording.rooms.borrow_mut().push((room, Instant::now()));
        }
    }

    /// The integration is called. How it ends is in the note of the integration.
    pub(crate) fn call(&self, started: Instant, callee: impl FnOnce() -> Callee) {
        if let Some(recording) = self.recording() {
            recording.call.get_or_init(|| (started, callee()));
        }
    }

    /// An authorizer's function is called; `None` where the request is not sampled. Otherwise the trace header of the call.
    pub(crate) fn ask(&self, function: &Arc<FunctionArn>) -> Option<HeaderText> {
        let recording = self.recording()?;
        recording.asked.get_or_init(|| (Instant::now(), Arc::clone(function)));
        Some(recording.header(recording.ask_id))
    }

    /// The authorizer's function has answered, or will not.
    pub(crate) fn asked(&self, status: Option<u16>, request_id: Option<&str>) {
        if let Some(recording) = self.recording().filter(|recording| recording.asked.get().is_some()) {
            recording.ask_end.get_or_init(|| (Instant::now(), status, request_id.map(Box::from)));
        }
    }
}

/// When an authorizer's function was done, its status, and the id of the call.
pub(super) type AskEnd = (Instant, Option<u16>, Option<Box<str>>);

/// The record of one request.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) trace_id: TraceId,
    pub(super) parent_id: Option<SpanId>,
    is_random: bool,
    pub(super) state: Option<TraceState>,
    pub(super) span_id: SpanId,
    /// The span of the integration's call.
    pub(super) call_id: SpanId,
    /// The span of the authorizer's call.
    pub(super) ask_id: SpanId,
    pub(super) rule: Option<Arc<str>>,
    pub(super) rooms: RefCell<SmallVec<[(Room, Instant); 8]>>,
    pub(super) call: OnceCell<(Instant, Callee)>,
    pub(super) asked: OnceCell<(Instant, Arc<FunctionArn>)>,
    pub(super) ask_end: OnceCell<AskEnd>,
}

impl Recording {
    /// A record with nothing in it. The ids are the request's, the integration's and the authorizer's.
    pub(super) fn new(
        trace_id: TraceId,
        parent_id: Option<SpanId>,
        is_random: bool,
        state: Option<TraceState>,
        [span_id, call_id, ask_id]: [SpanId; 3],
        rule: Option<Arc<str>>,
    ) -> Self {
        Self {
            trace_id,
            parent_id,
            is_random,
            state,
            span_id,
            call_id,
            ask_id,
            rule,
            rooms: RefCell::default(),
            call: OnceCell::new(),
            asked: OnceCell::new(),
            ask_end: OnceCell::new(),
        }
    }

    /// The `X-Amzn-Trace-Id` of a call: the callee's parent is the call itself.
    pub(super) fn header(&self, call: SpanId) -> HeaderText {
        let mut out = HeaderText::new();
        out.extend_from_slice(b"Root=");
        push_root(&mut out, self.trace_id);
        out.extend_from_slice(b";Parent=");
        push_span(&mut out, call);
        out.extend_from_slice(b";Sampled=1");
        out
    }

    /// The `traceparent` of the integration's call.
    pub(super) fn traceparent(&self) -> TraceParent {
        TraceParent { trace_id: self.trace_id, parent_id: self.call_id, is_sampled: true, is_random: self.is_random }
    }
}
