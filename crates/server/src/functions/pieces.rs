//! The pieces of a streamed answer of another Lambda API.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use stagegate_gateway::{InvokeError, InvokeFault, Pieces};

use super::event_stream::{Decoder, Message};

/// The media type of event streams.
pub(super) const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// Pieces decoded from an event stream, up to `InvokeComplete`.
#[derive(Debug)]
pub(super) struct EventPieces {
    body: Incoming,
    decoder: Decoder,
    is_complete: bool,
}

/// Pieces of a body that is passed on as it is.
#[derive(Debug)]
pub(super) struct RawPieces {
    body: Incoming,
}

/// The pieces of a response with this content type.
pub(super) fn pieces(body: Incoming, content_type: &str) -> Box<dyn Pieces> {
    if content_type.starts_with(EVENT_STREAM) {
        Box::new(EventPieces { body, decoder: Decoder::default(), is_complete: false })
    } else {
        Box::new(RawPieces { body })
    }
}

fn broken(message: impl Into<Box<str>>) -> InvokeError {
    InvokeError::new(InvokeFault::Network, message)
}

/// The next bytes of a body; `None` at its clean end.
fn poll_data(body: &mut Incoming, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
    loop {
        return match ready!(Pin::new(&mut *body).poll_frame(context)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => Poll::Ready(Some(Ok(bytes))),
                Err(_trailers) => continue,
            },
            Some(Err(error)) => Poll::Ready(Some(Err(broken(error.to_string())))),
            None => Poll::Ready(None),
        };
    }
}

impl Pieces for RawPieces {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
        poll_data(&mut self.body, context)
    }
}

impl Pieces for EventPieces {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
        loop {
            if self.is_complete {
                return Poll::Ready(None);
            }
            match self.decoder.next() {
                Ok(Some(message)) => match event(&message) {
                    Ok(Event::Chunk) => return Poll::Ready(Some(Ok(message.payload))),
                    Ok(Event::Complete) => self.is_complete = true,
                    Ok(Event::Other) => {}
                    Err(error) => return self.end(error),
                },
                Ok(None) => match ready!(poll_data(&mut self.body, context)) {
                    Some(Ok(bytes)) => self.decoder.push(&bytes),
                    Some(Err(error)) => return self.end(error),
                    None => return self.end(broken("the stream ended before InvokeComplete")),
                },
                Err(malformed) => return self.end(broken(malformed.to_string())),
            }
        }
    }
}

impl EventPieces {
    /// After an error there is nothing more.
    fn end(&mut self, error: InvokeError) -> Poll<Option<Result<Bytes, InvokeError>>> {
        self.is_complete = true;
        Poll::Ready(Some(Err(error)))
    }
}

/// What a message means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Chunk,
    Complete,
    Other,
}

fn event(message: &Message) -> Result<Event, InvokeError> {
    match (message.category.as_str(), message.kind.as_str()) {
        ("event", "PayloadChunk") => Ok(Event::Chunk),
        ("event", "InvokeComplete") => {
            let document: serde_json::Value = serde_json::from_slice(&message.payload).unwrap_or_default();
            match document["ErrorCode"].as_str() {
                Some(code) => {
                    let details = document["ErrorDetails"].as_str().unwrap_or_default();
                    Err(InvokeError::new(InvokeFault::FunctionError, format!("{code}: {details}")))
                }
                None => Ok(Event::Complete),
            }
        }
        ("event", _) => Ok(Event::Other),
        (_, kind) => {
            let text = String::from_utf8_lossy(&message.payload);
            Err(InvokeError::new(InvokeFault::Service, format!("{kind}: {text}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_at_the_end_is_the_function_s() {
        let message = |category: &str, kind: &str, payload: &'static str| Message {
            category: category.to_owned(),
            kind: kind.to_owned(),
            payload: Bytes::from_static(payload.as_bytes()),
        };
        let fault = |message: &Message| event(message).map_err(|error| error.fault);
        for (category, kind, payload, expected) in [
            ("event", "PayloadChunk", "x", Ok(Event::Chunk)),
            ("event", "InvokeComplete", "{\"LogResult\":\"\"}", Ok(Event::Complete)),
            ("event", "InvokeComplete", "{\"ErrorCode\":\"Unhandled\"}", Err(InvokeFault::FunctionError)),
            ("event", "initial-response", "", Ok(Event::Other)),
            ("exception", "ServiceException", "{}", Err(InvokeFault::Service)),
        ] {
            assert_eq!(fault(&message(category, kind, payload)), expected, "{kind} {payload}");
        }
    }
}
