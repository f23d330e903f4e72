//! The body of an answer that comes while its function makes it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use serde_json::json;

use super::event_stream::event;
use super::port::FunctionPieces;

/// A body that comes in pieces: an extension of the response, whose own body is empty. Whoever sends the response takes it.
#[derive(Clone)]
pub struct StreamedBody(Arc<Mutex<Option<Events>>>);

impl fmt::Debug for StreamedBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StreamedBody")
    }
}

impl PartialEq for StreamedBody {
    /// Whether both are the same one.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl StreamedBody {
    pub(super) fn new(events: Events) -> Self {
        Self(Arc::new(Mutex::new(Some(events))))
    }

    /// The events; `None` once they were taken.
    pub fn take(&self) -> Option<Events> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A function's answer as events of AWS's encoding: its pieces, then `InvokeComplete`.
pub struct Events {
    /// Nothing behind the last event.
    pieces: Option<Box<dyn FunctionPieces>>,
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Events")
    }
}

impl Events {
    pub(super) fn new(pieces: Box<dyn FunctionPieces>) -> Self {
        Self { pieces: Some(pieces) }
    }

    /// The next event; `None` behind the last.
    pub fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        let mut out = BytesMut::new();
        loop {
            match ready!(pieces.poll_piece(context)) {
                Some(Ok(piece)) if piece.is_empty() => continue,
                Some(Ok(piece)) => event("PayloadChunk", "application/octet-stream", &piece, &mut out),
                Some(Err(details)) => self.complete(Some(&details), &mut out),
                None => self.complete(None, &mut out),
            }
            return Poll::Ready(Some(out.freeze()));
        }
    }

    fn complete(&mut self, error: Option<&[u8]>, out: &mut BytesMut) {
        self.pieces = None;
        let end = match error {
            Some(details) => json!({"ErrorCode": "Unhandled", "ErrorDetails": String::from_utf8_lossy(details)}),
            None => json!({}),
        };
        event("InvokeComplete", "application/json", end.to_string().as_bytes(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<Option<Result<Bytes, Bytes>>>);

    impl FunctionPieces for Script {
        fn poll_piece(&mut self, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Bytes>>> {
            Poll::Ready(self.0.pop().flatten())
        }
    }

    fn events(script: Vec<Option<Result<Bytes, Bytes>>>) -> Vec<Bytes> {
        let mut events = Events::new(Box::new(Script(script.into_iter().rev().collect())));
        let mut context = Context::from_waker(std::task::Waker::noop());
        std::iter::from_fn(|| match events.poll_event(&mut context) {
            Poll::Ready(event) => event,
            Poll::Pending => panic!("a script never waits"),
        })
        .collect()
    }

    fn has(event: &Bytes, text: &str) -> bool {
        event.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn pieces_are_events_and_the_end_is_one() {
        let piece = |text: &'static str| Some(Ok(Bytes::from_static(text.as_bytes())));
        let [one, two, end] = &events(vec![piece("ab"), piece(""), piece("cd"), None])[..] else {
            panic!("three events")
        };
        assert!(has(one, "PayloadChunk") && has(one, "ab") && has(two, "cd"));
        assert!(has(end, "InvokeComplete") && has(end, "{}") && !has(end, "ErrorCode"));
        let broken = Some(Err(Bytes::from_static(b"{\"errorType\":\"X\"}")));
        let [_, end] = &events(vec![piece("ab"), broken, piece("never")])[..] else { panic!("two events") };
        assert!(has(end, "Unhandled") && has(end, "errorType"));
    }
}
