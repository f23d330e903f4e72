//! A Lambda of this process: it answers by a script and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::Value;
use stagegate_gateway::{Invocation, InvokeError, InvokeFault, Invoked, InvokedPayload, Invoker, Invoking, Pieces};
use tokio::sync::Semaphore;

/// What a function does.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    /// Returns this payload.
    Returns(Vec<u8>),
    /// Fails: `X-Amz-Function-Error` and this payload.
    Fails(&'static str),
    /// Is not invoked.
    Refuses(InvokeFault),
    /// Never answers.
    Hangs,
    /// Takes the event without answering it.
    Accepts(u16),
    /// Streams these pieces; `None` breaks the stream off, and the end is clean otherwise.
    Streams(Vec<Option<Vec<u8>>>),
    /// Does what the event calls for.
    Decides(fn(&Value) -> Does),
    /// Returns this payload when it is let to: once for each permit.
    Waits(Arc<Semaphore>, Vec<u8>),
    /// Streams this and then nothing, without an end.
    Pauses(Vec<u8>),
}

impl Does {
    /// Returns this document.
    pub(crate) fn returns(document: &Value) -> Self {
        Self::Returns(document.to_string().into_bytes())
    }
}

/// The fake.
#[derive(Debug)]
pub(crate) struct Functions {
    does: Does,
    seen: Mutex<Vec<Invocation>>,
}

impl Functions {
    /// Functions that all do this.
    pub(crate) fn that(does: Does) -> Arc<Self> {
        Arc::new(Self { does, seen: Mutex::default() })
    }

    /// Functions that answer 200.
    pub(crate) fn fine() -> Arc<Self> {
        Self::that(Does::Returns(b"{\"statusCode\": 200}".to_vec()))
    }

    /// The only invocation.
    pub(crate) fn only(&self) -> Invocation {
        let seen = self.seen.lock().expect("no panic");
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    /// How many invocations there were.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().expect("no panic").len()
    }

    /// The events in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().map(|one| serde_json::from_slice(&one.payload).expect("an event is JSON")).collect()
    }

    /// Whether nobody asked for anything.
    pub(crate) fn is_unasked(&self) -> bool {
        self.seen.lock().expect("no panic").is_empty()
    }

    /// The event of the only invocation.
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.only().payload).expect("an event is JSON")
    }
}

impl Invoker for Functions {
    fn invoke(&self, invocation: Invocation) -> Invoking<'_> {
        let does = match &self.does {
            Does::Decides(decides) => decides(&serde_json::from_slice(&invocation.payload).expect("an event is JSON")),
            does => does.clone(),
        };
        self.seen.lock().expect("no panic").push(invocation);
        Box::pin(async move {
            let (status, function_error, payload) = match does {
                Does::Returns(payload) => (200, None, InvokedPayload::Whole(payload.into())),
                Does::Fails(payload) => (200, Some("Unhandled".into()), InvokedPayload::Whole(payload.into())),
                Does::Accepts(status) => (status, None, InvokedPayload::Whole(Bytes::new())),
                Does::Streams(pieces) => {
                    let script = Script { pieces: pieces.into(), ends: true };
                    (200, None, InvokedPayload::Stream(Box::new(script)))
                }
                Does::Pauses(piece) => {
                    let script = Script { pieces: [Some(piece)].into(), ends: false };
                    (200, None, InvokedPayload::Stream(Box::new(script)))
                }
                Does::Refuses(fault) => return Err(InvokeError::new(fault, "as the test wants it")),
                Does::Waits(permits, payload) => {
                    permits.acquire().await.expect("an open semaphore").forget();
                    (200, None, InvokedPayload::Whole(payload.into()))
                }
                Does::Decides(_) => unreachable!("what is decided decides nothing"),
                Does::Hangs => std::future::pending().await,
            };
            let executed_version = Some("$LATEST".into());
            Ok(Invoked {
                status,
                function_error,
                executed_version,
                request_id: "rid".into(),
                log_tail: None,
                content_type: None,
                payload,
            })
        })
    }
}

struct Script {
    pieces: VecDeque<Option<Vec<u8>>>,
    ends: bool,
}

impl Pieces for Script {
    fn poll_piece(&mut self, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
        if self.pieces.is_empty() && !self.ends {
            return Poll::Pending;
        }
        Poll::Ready(self.pieces.pop_front().map(|piece| {
            piece.map(Bytes::from).ok_or_else(|| InvokeError::new(InvokeFault::FunctionError, "as the test wants it"))
        }))
    }
}
