//! Whether and how an answer is compressed (AWS: "Receive an API Response with a Compressed Payload").

use stagegate_http1::Known;
use tokio::task::yield_now;

use super::{ReplyHead, is_bodiless};
use crate::accept::Arrival;
use crate::coding::{self, Coding, Compressor};
use crate::core::Core;
use crate::observe::Notes;

/// How much is compressed before other requests of the core have their turn.
const TURN_BYTES: usize = 64 * 1024;

/// The compression of answers that are long enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compression {
    coding: Coding,
    minimum_bytes: u64,
}

impl Compression {
    /// The compression of this answer, if its API has one, its client wants it, and nobody has coded it already.
    pub(super) fn of(arrival: &Arrival<'_>, notes: &Notes, head: &ReplyHead) -> Option<Self> {
        let plan = notes.stage()?.deployment.compression?;
        // The answer of a test is shown as text.
        if arrival.is_simulated || head.is_coded || is_bodiless(head.status()) {
            return None;
        }
        let accepted = arrival.head.fields().filter(|field| field.known == Known::AcceptEncoding);
        let coding = coding::wanted(accepted.map(|field| field.value))?;
        let is_coded = head.fields().any(|(name, _)| Known::classify(name) == Known::ContentEncoding);
        (!is_coded).then_some(Self { coding, minimum_bytes: u64::from(plan.minimum_bytes) })
    }

    /// The same for content of this length; no content stays none.
    pub(super) fn of_length(self, bytes: u64) -> Option<Self> {
        (bytes > 0 && bytes >= self.minimum_bytes).then_some(self)
    }

    /// Tells the client.
    pub(super) fn announce(self, head: &mut ReplyHead) {
        head.push(b"Content-Encoding", self.coding.name());
    }

    /// Begins a stream; `None` where the budget of held bytes has no room for it: then content is sent as it is.
    pub(super) fn begin(self, core: &Core) -> Option<Compressor> {
        Compressor::new(core, self.coding)
    }

    /// Compresses content that is at hand; `None` as in [`Self::begin`].
    pub(super) async fn whole(self, core: &Core, content: &[u8]) -> Option<(Vec<u8>, Compressor)> {
        let mut compressor = self.begin(core)?;
        let mut out = core.buffers.take();
        for piece in content.chunks(TURN_BYTES) {
            compressor.push(piece, &mut out);
            if !compressor.hold(out.len()) {
                return None;
            }
            if content.len() > TURN_BYTES {
                yield_now().await;
            }
        }
        compressor.finish(&mut out);
        Some((out, compressor))
    }
}

/// How much of content of unknown length is to be held before its head goes out, so that its length is known to be enough for
/// its compression or not: `limit_bytes`, or more.
pub(crate) fn held_bytes(arrival: &Arrival<'_>, notes: &Notes, head: &ReplyHead, limit_bytes: usize) -> usize {
    let minimum = Compression::of(arrival, notes, head).map_or(0, |compression| compression.minimum_bytes);
    limit_bytes.max(usize::try_from(minimum).unwrap_or(usize::MAX))
}

/// Whether answers of this API are compressed at all.
pub(crate) fn compresses(notes: &Notes) -> bool {
    notes.stage().is_some_and(|stage| stage.deployment.compression.is_some())
}
