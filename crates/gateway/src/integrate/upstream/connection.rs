//! One connection to a back end and what was read from it ahead.

use std::sync::Arc;

use stagegate_http1::{HeadLimits, ResponseHead};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::Fault;
use super::private::Lease;
use super::transport::Transport;
use crate::accept::Watchdog;

/// Room made in the read buffer before a read.
const READ_BYTES: usize = 4096;

/// A connection, in use or waiting in the pool.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) transport: Transport,
    pub(crate) input: Vec<u8>,
    pub(crate) head: ResponseHead,
    pub(crate) origin: Arc<str>,
    /// The private target that it leads to, while a request is with it.
    pub(crate) lease: Option<Lease>,
    /// It has carried a request before.
    pub(crate) is_reused: bool,
    /// It may carry no other request, whatever its answer says.
    pub(crate) must_close: bool,
    /// The sweep after which it was put into the pool.
    pub(crate) idle_since: u64,
}

impl Connection {
    /// A fresh connection.
    pub(crate) fn new(transport: Transport, origin: Arc<str>) -> Self {
        Self {
            transport,
            input: Vec::new(),
            head: ResponseHead::new(),
            origin,
            lease: None,
            is_reused: false,
            must_close: false,
            idle_since: 0,
        }
    }

    /// Sends a whole request.
    pub(crate) async fn send(
        &mut self,
        watchdog: &mut Watchdog,
        request: &[u8],
        deadline: Instant,
    ) -> Result<(), Fault> {
        let mut sent = 0;
        while sent < request.len() {
            let write = self.transport.write(&request[sent..]);
            match watchdog.within(deadline, write).await.map_err(|_elapsed| Fault::Timeout)? {
                Ok(count) if count > 0 => sent += count,
                // A back end that closes early may still have answered: its answer is looked for.
                _ if sent == 0 => return Err(Fault::NothingSent),
                _ => {
                    self.must_close = true;
                    return Ok(());
                }
            }
        }
        // TLS holds written bytes until it is flushed.
        let flushed = watchdog.within(deadline, self.transport.flush()).await;
        flushed.map_err(|_elapsed| Fault::Timeout)?.map_err(|_error| Fault::Broken)
    }

    /// Reads the final response head; interim ones are dropped.
    pub(crate) async fn receive(
        &mut self,
        watchdog: &mut Watchdog,
        limits: &HeadLimits,
        was_head: bool,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let Self { transport, input, head, lease, .. } = self;
        let read = read_head(transport, input, head, limits, was_head);
        let read = watchdog.within(deadline, read).await.unwrap_or(Err(Fault::Timeout));
        if let Some(lease) = lease {
            match read {
                Ok(()) => lease.succeeded(),
                // A connection that was kept may have been closed for being kept.
                Err(Fault::ClosedUnanswered) if self.is_reused => {}
                Err(_) => lease.failed(),
            }
        }
        read
    }
}

/// Reads a final response head from any stream.
pub(crate) async fn read_head<R: AsyncRead + Unpin>(
    stream: &mut R,
    input: &mut Vec<u8>,
    head: &mut ResponseHead,
    limits: &HeadLimits,
    was_head: bool,
) -> Result<(), Fault> {
    let mut is_answered = false;
    loop {
        while !input.is_empty() && head.parse(input, limits, was_head).map_err(|_error| Fault::Malformed)? {
            // A switch of protocols was never asked for.
            match head.status() {
                101 => return Err(Fault::Malformed),
                100..=199 => is_answered = true,
                _ => return Ok(()),
            }
        }
        if input.capacity() - input.len() < READ_BYTES / 4 {
            input.reserve(READ_BYTES);
        }
        match stream.read_buf(input).await {
            Ok(count) if count > 0 => is_answered = true,
            _ if is_answered => return Err(Fault::Broken),
            _ => return Err(Fault::ClosedUnanswered),
        }
    }
}
