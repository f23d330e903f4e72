//! A response's content on its way from the back end.

use std::time::Duration;

use stagegate_http1::{BodyDecoder, BodyLength, ChunkLimits};
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use super::Fault;
use super::connection::Connection;
use crate::accept::{Limit, Permit, UNCOUNTED_BYTES, Watchdog};
use crate::cache::Tee;
use crate::core::Core;

/// Room made in the read buffer for content.
const READ_BYTES: usize = 16 * 1024;

/// The longest that a response may take to reach its client, whoever is slow (AWS streams for fifteen minutes, fact 1.3).
const LONGEST: Duration = Duration::from_mins(15);

/// Until when content may come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// For all of it.
    total: Instant,
    /// Where the total may move.
    latest: Instant,
    /// Between two pieces, when the response is streamed.
    idle: Option<Duration>,
}

impl Deadlines {
    /// The deadlines of a streamed response.
    pub(crate) fn streamed(idle: Duration) -> Self {
        let latest = Instant::now() + LONGEST;
        Self { total: latest, latest, idle: Some(idle) }
    }

    /// The deadlines of a buffered response.
    pub(crate) fn buffered(total: Instant) -> Self {
        Self { total, latest: total + LONGEST, idle: None }
    }

    /// Moves the end after the client took a piece in this time: it is not the back end's. `false` when it took too long.
    pub(crate) fn postpone(&mut self, began: Instant, ended: Instant) -> bool {
        self.total = self.latest.min(self.total + ended.duration_since(began));
        ended < self.latest
    }

    /// Until when the next piece may come.
    pub(crate) fn next(&self) -> Limit {
        self.idle.map_or(Limit::At(self.total), |idle| Limit::At(self.total.min(Instant::now() + idle)))
    }
}

/// Content that is read piece by piece. Its connection returns to the pool at its end, and is closed when it is dropped before.
#[derive(Debug)]
pub(crate) struct UpstreamBody {
    connection: Option<Box<Connection>>,
    decoder: BodyDecoder,
    length: BodyLength,
    deadlines: Deadlines,
    buffer: Vec<u8>,
    held: Option<Permit>,
    /// What is to be kept of it, for the response cache.
    tee: Option<Box<Tee>>,
}

impl UpstreamBody {
    /// The content behind the head that the connection has just received.
    pub(crate) fn new(core: &Core, connection: Box<Connection>, deadlines: Deadlines, limit_bytes: u64) -> Self {
        let length = connection.head.body();
        let limits = ChunkLimits { body_bytes: limit_bytes, ..ChunkLimits::default() };
        let decoder = BodyDecoder::new(length, &limits);
        let buffer = core.buffers.take();
        Self { decoder, length, deadlines, buffer, held: None, tee: None, connection: Some(connection) }
    }

    /// The length to announce, when it is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self.length {
            BodyLength::None => Some(0),
            BodyLength::Length(length) => Some(length),
            BodyLength::Chunked | BodyLength::UntilClose => None,
        }
    }

    /// Whether it is passed on as it comes (`STREAM`).
    pub(crate) fn is_streamed(&self) -> bool {
        self.deadlines.idle.is_some()
    }

    /// What was read and not yet taken by [`Self::next`].
    pub(crate) fn piece(&self) -> &[u8] {
        &self.buffer
    }

    /// The buffer, for another use, and its share of the budget.
    pub(crate) fn into_buffer(self) -> (Vec<u8>, Option<Permit>) {
        (self.buffer, self.held)
    }

    /// Takes note of a piece that the client took between these moments; `false` when all of it has taken too long.
    pub(crate) fn taken(&mut self, began: Instant, ended: Instant) -> bool {
        self.deadlines.postpone(began, ended)
    }

    /// Takes along what has come and what will come.
    pub(crate) fn tee(&mut self, mut tee: Box<Tee>) {
        tee.push(&self.buffer);
        self.tee = Some(tee);
    }

    /// Replaces the piece by the next one; `false` at the end.
    pub(crate) async fn next(&mut self, core: &Core, watchdog: &mut Watchdog) -> Result<bool, Fault> {
        self.buffer.clear();
        let is_more = self.more(core, watchdog).await?;
        if let Some(tee) = &mut self.tee {
            if is_more { tee.push(&self.buffer) } else { tee.finish() }
        }
        Ok(is_more)
    }

    /// Adds to the piece until the end or until it has more than `limit` bytes; whether the end was reached.
    pub(crate) async fn fill(&mut self, core: &Core, watchdog: &mut Watchdog, limit: usize) -> Result<bool, Fault> {
        while self.buffer.len() <= limit {
            if !self.more(core, watchdog).await? {
                return Ok(true);
            }
            self.count(core)?;
        }
        Ok(false)
    }

    /// Counts what is held.
    fn count(&mut self, core: &Core) -> Result<(), Fault> {
        let held = self.buffer.len();
        if held > UNCOUNTED_BYTES && !self.held.get_or_insert_with(|| core.budgets.held()).grow_to(held) {
            return Err(Fault::OverBudget);
        }
        Ok(())
    }

    /// Adds the next bytes to the piece; `false` at the end.
    async fn more(&mut self, core: &Core, watchdog: &mut Watchdog) -> Result<bool, Fault> {
        loop {
            let Some(connection) = &mut self.connection else { return Ok(false) };
            let before = self.buffer.len();
            decode(&mut self.decoder, &mut connection.input, &mut self.buffer)?;
            if self.decoder.is_done() {
                self.release(core);
                return Ok(self.buffer.len() > before);
            }
            if self.buffer.len() > before {
                return Ok(true);
            }
            self.read(watchdog).await?;
        }
    }

    async fn read(&mut self, watchdog: &mut Watchdog) -> Result<(), Fault> {
        let limit = self.deadlines.next();
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let Connection { transport, input, .. } = &mut **connection;
        input.reserve(READ_BYTES);
        let read = watchdog.within(limit, transport.read_buf(input)).await.map_err(|_elapsed| Fault::Timeout)?;
        match read {
            Ok(count) if count > 0 => Ok(()),
            Ok(_) => self.decoder.at_eof().map_err(|_error| Fault::Broken),
            Err(_) => Err(Fault::Broken),
        }
    }

    /// Gives the connection back once its answer is complete.
    fn release(&mut self, core: &Core) {
        if let Some(connection) = self.connection.take()
            && connection.head.keep_alive()
            && !connection.must_close
            && self.length != BodyLength::UntilClose
        {
            core.pool.keep(connection);
        }
    }
}

/// Decodes what was read.
fn decode(decoder: &mut BodyDecoder, input: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut taken = 0;
    while !decoder.is_done() {
        let step = decoder.decode(&input[taken..]).map_err(|error| match error {
            stagegate_http1::BodyError::TooLarge => Fault::TooLarge,
            _ => Fault::Malformed,
        })?;
        if step.consumed == 0 {
            break;
        }
        out.extend_from_slice(&input[taken + step.data.start..taken + step.data.end]);
        taken += step.consumed;
    }
    input.drain(..taken);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_client_moves_the_end_but_not_without_end() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut buffered = Deadlines::buffered(after(29));
        assert!(buffered.postpone(after(1), after(21)));
        assert_eq!(buffered.total, after(49));
        assert!(buffered.postpone(after(21), after(928)));
        assert_eq!(buffered.total, after(29 + 15 * 60), "never later than this");
        assert!(!buffered.postpone(after(928), after(929)));
        let mut streamed = Deadlines::streamed(Duration::from_secs(1));
        let total = streamed.total;
        assert!(streamed.postpone(after(0), after(800)) && streamed.total == total);
        assert!(!streamed.postpone(after(800), total));
    }
}
