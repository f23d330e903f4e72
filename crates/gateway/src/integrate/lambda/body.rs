//! A streamed answer of a function: metadata, eight NUL bytes, and content that is passed on as it comes (fact 1.3).

use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::Instant;

use super::answer;
use super::contract::Contract;
use super::failure::{malformed, refusal};
use crate::accept::{Limit, Watchdog};
use crate::core::Core;
use crate::integrate::upstream::Deadlines;
use crate::integrate::values::Lookup;
use crate::invoker::{InvokeError, InvokeFault, Pieces};
use crate::refusal::Refusal;
use crate::respond::{Answer, Content};

/// What stands between metadata and content.
const DELIMITER: [u8; 8] = [0; 8];

/// The bytes within which metadata and delimiter have to come.
const METADATA_BYTES: usize = 16 * 1024;

/// Content on its way from a function.
pub(crate) struct FunctionBody {
    pieces: Box<dyn Pieces>,
    piece: Bytes,
    deadlines: Deadlines,
}

impl std::fmt::Debug for FunctionBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FunctionBody").field("piece", &self.piece.len()).finish_non_exhaustive()
    }
}

/// What comes before the content of a streamed answer.
#[derive(Debug)]
pub(super) struct Prelude {
    /// What the function says of its answer.
    pub(super) metadata: Vec<u8>,
    /// What of the content came with it.
    pub(super) rest: Bytes,
}

/// Why there is no prelude.
#[derive(Debug)]
pub(super) enum NoPrelude {
    /// What came is none.
    Malformed,
    /// Nothing more came.
    Broken(InvokeError),
}

/// Reads a stream until its prelude is complete.
pub(super) async fn prelude(
    core: &Core,
    watchdog: &mut Watchdog,
    pieces: &mut dyn Pieces,
    deadline: Instant,
) -> Result<Prelude, NoPrelude> {
    let mut start = core.buffers.take();
    let end = loop {
        let piece = next(pieces, watchdog, Limit::At(deadline)).await.map_err(NoPrelude::Broken)?;
        let piece = piece.ok_or(NoPrelude::Malformed)?;
        let from = start.len().saturating_sub(DELIMITER.len() - 1);
        start.extend_from_slice(&piece);
        let found = start[from..].windows(DELIMITER.len()).position(|window| *window == DELIMITER);
        match found.map(|at| from + at) {
            Some(at) if at + DELIMITER.len() <= METADATA_BYTES => break at,
            None if start.len() < METADATA_BYTES => {}
            _ => return Err(NoPrelude::Malformed),
        }
    };
    let rest = Bytes::copy_from_slice(&start[end + DELIMITER.len()..]);
    start.truncate(end);
    Ok(Prelude { metadata: start, rest })
}

/// The content of a streamed answer, of which this came already.
pub(super) fn content(core: &Core, pieces: Box<dyn Pieces>, piece: Bytes) -> Content {
    let deadlines = Deadlines::streamed(core.config.timeouts.stream_idle);
    Content::Function(Box::new(FunctionBody { pieces, piece, deadlines }))
}

/// Begins the answer once the metadata is complete.
pub(super) async fn begin(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    mut pieces: Box<dyn Pieces>,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    let core = lookup.core;
    let Prelude { metadata, rest } =
        prelude(core, watchdog, &mut *pieces, deadline).await.map_err(|none| match none {
            NoPrelude::Malformed => malformed(),
            NoPrelude::Broken(error) => refusal(&error),
        })?;
    let contract = Contract::parse_metadata(&metadata).ok_or_else(malformed)?;
    let head = answer::head(lookup, &contract)?;
    core.buffers.give(metadata);
    Ok(Answer { head, content: content(core, pieces, rest) })
}

async fn next(pieces: &mut dyn Pieces, watchdog: &mut Watchdog, limit: Limit) -> Result<Option<Bytes>, InvokeError> {
    let piece = watchdog.within(limit, poll_fn(|context| pieces.poll_piece(context))).await;
    piece.map_err(|_elapsed| InvokeError::new(InvokeFault::Timeout, "no more came in time"))?.transpose()
}

impl FunctionBody {
    /// What came and was not yet taken by [`Self::next`].
    pub(crate) fn piece(&self) -> &[u8] {
        &self.piece
    }

    /// Takes note of a piece that the client took between these moments; `false` when all of it has taken too long.
    pub(crate) fn taken(&mut self, began: Instant, ended: Instant) -> bool {
        self.deadlines.postpone(began, ended)
    }

    /// Replaces the piece by the next one; `false` at the end.
    pub(crate) async fn next(&mut self, watchdog: &mut Watchdog) -> Result<bool, InvokeError> {
        loop {
            let limit = self.deadlines.next();
            match next(&mut *self.pieces, watchdog, limit).await? {
                // An empty piece is not the end.
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    self.piece = piece;
                    return Ok(true);
                }
                None => return Ok(false),
            }
        }
    }
}

/// Pieces of an answer that came whole.
pub(super) fn whole(payload: Bytes) -> Box<dyn Pieces> {
    Box::new(Whole(Some(payload)))
}

struct Whole(Option<Bytes>);

impl Pieces for Whole {
    fn poll_piece(&mut self, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}
