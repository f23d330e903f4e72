//! Keeping an answer on its way to the client: at once where it is at hand, piece by piece where it is streamed.

use std::sync::Arc;
use std::time::Duration;

use stagegate_http1::Known;
use stagegate_state::ResponseCache;

use super::entry::{self, EntryCipher, SEAL_BYTES};
use super::flight::Flight;
use crate::accept::Permit;
use crate::core::Core;
use crate::cors;
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, ReplyHead};

/// An answer that is to be kept, once it comes.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) flight: Flight,
    pub(super) store: Arc<dyn ResponseCache>,
    pub(super) ttl: Duration,
    /// What encrypts the entry, where it is to be.
    pub(super) cipher: Option<Arc<EntryCipher>>,
    /// The most bytes of an entry.
    pub(super) limit_bytes: usize,
    /// The client's codings are part of the key.
    pub(super) knows_codings: bool,
    /// What browsers are told about other origins is the configuration's, and depends on the request.
    pub(super) has_cors: bool,
}

impl Keeping {
    /// Keeps what the integration answered, if others may have it. What the gateway itself says is for one client alone.
    pub(super) fn settle(
        self,
        core: &Core,
        outcome: Result<Answer, Refusal>,
        notes: &Notes,
    ) -> Result<Answer, Refusal> {
        match outcome {
            // A mapping may have made another status of it.
            Ok(answer) if notes.integration.get().and_then(|called| called.status).is_some_and(is_of_one_request) => {
                self.flight.release();
                Ok(answer)
            }
            Ok(answer) => Ok(self.keep(core, answer)),
            // Somebody else is to fetch it.
            Err(Refusal::ClientGone) => Err(Refusal::ClientGone),
            Err(refusal) => {
                self.flight.release();
                Err(refusal)
            }
        }
    }

    fn keep(self, core: &Core, mut answer: Answer) -> Answer {
        if !is_shared(&answer.head, self.knows_codings) {
            self.flight.release();
            return answer;
        }
        match &mut answer.content {
            Content::Whole(content, _held) if content.len() <= self.limit_bytes => {
                let mut text = core.buffers.take();
                self.write_head(&answer.head, &mut text);
                text.extend_from_slice(content);
                self.land(&text);
                core.buffers.give(text);
            }
            Content::Streamed(body) if body.length().is_none_or(|length| length <= self.limit_bytes as u64) => {
                let mut text = Vec::new();
                self.write_head(&answer.head, &mut text);
                self.flight.begun();
                body.tee(Box::new(Tee { keeping: Some(self), text, held: core.budgets.held() }));
            }
            Content::Whole(..) | Content::Streamed(_) | Content::Function(_) | Content::Shared(..) => {
                self.flight.release();
            }
        }
        answer
    }

    fn write_head(&self, head: &ReplyHead, out: &mut Vec<u8>) {
        entry::write_head(head, |name| self.has_cors && cors::is_ours(name), out);
    }

    /// Stores a whole entry, unless it is too long (fact C1: encryption can make it so).
    fn land(self, text: &[u8]) {
        let overhead = if self.cipher.is_some() { SEAL_BYTES } else { 0 };
        if text.len() + overhead > self.limit_bytes {
            return self.flight.release();
        }
        let entry = match &self.cipher {
            Some(cipher) => cipher.seal(self.flight.key(), text).ok(),
            None => Some(text.into()),
        };
        match entry {
            Some(entry) => self.flight.land(&*self.store, entry, self.ttl),
            None => self.flight.release(),
        }
    }
}

/// Whether an answer is for others, too: not what only the ranges or the conditions of one request led to, nor what is coded
/// as one client wanted it.
fn is_shared(head: &ReplyHead, knows_codings: bool) -> bool {
    let is_coded = || head.is_coded || head.fields().any(|(name, _)| Known::classify(name) == Known::ContentEncoding);
    !is_of_one_request(head.status()) && (knows_codings || !is_coded())
}

/// Whether only the ranges or the conditions of a request lead to a status.
fn is_of_one_request(status: u16) -> bool {
    matches!(status, 100..=199 | 206 | 304 | 412 | 416)
}

/// Takes along what a client is sent, to keep it if it ends well and is not too long.
#[derive(Debug)]
pub(crate) struct Tee {
    /// None once it is clear that nothing is kept.
    keeping: Option<Keeping>,
    text: Vec<u8>,
    held: Permit,
}

impl Tee {
    /// Takes a piece along.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        let Some(keeping) = &self.keeping else { return };
        let length = self.text.len() + piece.len();
        if length <= keeping.limit_bytes && self.held.hold(length) {
            return self.text.extend_from_slice(piece);
        }
        self.text = Vec::new();
        if let Some(keeping) = self.keeping.take() {
            keeping.flight.release();
        }
    }

    /// Keeps it: all of it has come.
    pub(crate) fn finish(&mut self) {
        if let Some(keeping) = self.keeping.take() {
            keeping.land(&self.text);
        }
    }
}
