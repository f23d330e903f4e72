//! An exchange with nobody: its content is at hand, and what is sent is kept.

use stagegate_http1::BodyLength;

use crate::accept::{BodyStop, ClientGone, Exchange, Permit, Presence, Watchdog};
use crate::refusal::Refusal;
use crate::respond::ReplyHead;

/// The exchange.
#[derive(Debug)]
pub(super) struct RecordingExchange {
    body: Vec<u8>,
    length: BodyLength,
    is_read: bool,
    limit_bytes: u64,
    /// What is kept counts among the bytes that the process holds.
    held: Permit,
    watchdog: Watchdog,
    head: Option<ReplyHead>,
    content: Vec<u8>,
}

impl RecordingExchange {
    /// The exchange of a request with this content. No content over the limit is read, and none is kept.
    pub(super) fn new(body: Vec<u8>, limit_bytes: u64, held: Permit) -> Self {
        let length = if body.is_empty() { BodyLength::None } else { BodyLength::Length(body.len() as u64) };
        let is_read = body.is_empty();
        let watchdog = Watchdog::new();
        Self { body, length, is_read, limit_bytes, held, watchdog, head: None, content: Vec::new() }
    }

    /// What was sent.
    pub(super) fn into_answer(self) -> (Option<ReplyHead>, Vec<u8>) {
        (self.head, self.content)
    }

    fn keep(&mut self, piece: &[u8]) -> Result<(), ClientGone> {
        let total = self.content.len() + piece.len();
        if total as u64 > self.limit_bytes || !self.held.hold(total) {
            return Err(ClientGone);
        }
        self.content.extend_from_slice(piece);
        Ok(())
    }
}

impl Exchange for RecordingExchange {
    fn watched(&mut self) -> (&mut Watchdog, Presence<'_>) {
        (&mut self.watchdog, Presence::of_nobody())
    }

    fn body_length(&self) -> BodyLength {
        self.length
    }

    async fn read_body(&mut self, out: &mut Vec<u8>) -> Result<bool, BodyStop> {
        if self.is_read {
            return Ok(false);
        }
        if self.body.len() as u64 > self.limit_bytes {
            return Err(BodyStop::Refused(Refusal::payload_too_large()));
        }
        out.append(&mut self.body);
        self.is_read = true;
        Ok(true)
    }

    fn body_is_done(&self) -> bool {
        self.is_read
    }

    fn close_after(&mut self) {}

    async fn send(&mut self, head: ReplyHead, content: &[u8]) -> Result<(), ClientGone> {
        self.head = Some(head);
        self.keep(content)
    }

    async fn send_head(&mut self, head: ReplyHead, _length: Option<u64>) -> Result<(), ClientGone> {
        self.head = Some(head);
        Ok(())
    }

    async fn send_piece(&mut self, piece: &[u8]) -> Result<(), ClientGone> {
        self.keep(piece)
    }

    async fn finish(&mut self) -> Result<(), ClientGone> {
        Ok(())
    }

    fn abort(&mut self) {}
}
