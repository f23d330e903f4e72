//! Sending a request whose content is still arriving, while the answer is already awaited. Nothing is sent twice.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use stagegate_http1::encode;
use stagegate_plan::{Endpoint, Verb};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::call::limits;
use super::refusal;
use super::request::Request;
use crate::accept::{Exchange, stopped};
use crate::core::Core;
use crate::integrate::upstream::{Connection, Fault, read_head};
use crate::refusal::Refusal;

/// How long an answer is awaited after the back end stopped taking content.
const EARLY_ANSWER: Duration = Duration::from_secs(1);
/// Room made in the read buffer before a read.
const READ_BYTES: usize = 16 * 1024;

/// Sends a request and receives the answer's head; the integration timeout starts when the content has been sent, and ends at
/// the moment that is returned.
pub(super) async fn streamed<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    endpoint: &Endpoint,
    request: &Request,
    first: Vec<u8>,
    timeout: Duration,
) -> Result<(Box<Connection>, Instant), Refusal> {
    let connect_by = Instant::now() + timeout;
    let mut connection = core.pool.connect(endpoint, connect_by).await.map_err(refusal)?;
    let (was_sent, deadline) = exchange_heads(core, exchange, &mut connection, request, first, timeout).await?;
    // Bytes of a request that was cut short would be read as the next one.
    connection.must_close = !was_sent;
    Ok((connection, deadline))
}

/// What ended the content before its end.
#[derive(Debug, Clone, Copy)]
enum Stopped {
    /// The client, or a limit.
    Client(Refusal),
    /// The back end took no more.
    BackEnd,
}

/// Sends head and content while the answer's head is awaited; whether all of the content was sent, and the deadline.
async fn exchange_heads<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    connection: &mut Connection,
    request: &Request,
    first: Vec<u8>,
    timeout: Duration,
) -> Result<(bool, Instant), Refusal> {
    let was_head = request.verb == Verb::Head;
    let limits = limits(core);
    let Connection { transport, input, head, .. } = connection;
    let (mut reader, mut writer) = tokio::io::split(transport);
    let mut pump = pin!(pump(core, exchange, &mut writer, request, first));
    {
        let mut answer = pin!(read_head(&mut reader, input, head, &limits, was_head));
        let sent = tokio::select! {
            biased;
            answered = &mut answer => {
                answered.map_err(refusal)?;
                None
            }
            sent = &mut pump => Some(sent),
        };
        if let Some(sent) = sent {
            let was_sent = was_sent(sent)?;
            let now = Instant::now();
            let head_by = now + if was_sent { timeout } else { EARLY_ANSWER };
            let answered = timeout_at(head_by, &mut answer).await;
            answered.unwrap_or(Err(Fault::Timeout)).map_err(refusal)?;
            return Ok((was_sent, now + timeout));
        }
    }
    // An error that comes early is the last word; any other answer may depend on the rest of the content.
    let was_sent = head.status() < 400 && finish(core, pump, &mut reader, input).await?;
    Ok((was_sent, Instant::now() + timeout))
}

/// Whether all of the content was sent; what the client did wrong ends the journey.
fn was_sent(sent: Result<(), Stopped>) -> Result<bool, Refusal> {
    match sent {
        Ok(()) => Ok(true),
        Err(Stopped::BackEnd) => Ok(false),
        Err(Stopped::Client(refusal)) => Err(refusal),
    }
}

/// Sends the rest of the content. The answer's content is held meanwhile, so that a back end that answers while it reads is
/// never kept from reading.
async fn finish(
    core: &Core,
    mut pump: Pin<&mut impl Future<Output = Result<(), Stopped>>>,
    reader: &mut (impl AsyncRead + Unpin),
    input: &mut Vec<u8>,
) -> Result<bool, Refusal> {
    let mut held = core.budgets.held();
    let limit = usize::try_from(core.config.limits.payload_bytes).unwrap_or(usize::MAX);
    while input.len() <= limit {
        input.reserve(READ_BYTES);
        let read = tokio::select! {
            biased;
            sent = &mut pump => return was_sent(sent),
            read = reader.read_buf(input) => read,
        };
        if !held.hold(input.len()) {
            return Err(Refusal::OverBudget);
        }
        // A back end that has said all it had to say needs no more content.
        if !matches!(read, Ok(count) if count > 0) {
            return Ok(false);
        }
    }
    was_sent(pump.await)
}

async fn pump<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    writer: &mut (impl AsyncWrite + Unpin),
    request: &Request,
    first: Vec<u8>,
) -> Result<(), Stopped> {
    write(core, writer, &request.bytes).await?;
    let mut piece = first;
    loop {
        if !piece.is_empty() {
            if request.is_chunked {
                let mut framed = core.buffers.take();
                encode::chunk(&mut framed, &piece);
                write(core, writer, &framed).await?;
                core.buffers.give(framed);
            } else {
                write(core, writer, &piece).await?;
            }
        }
        piece.clear();
        if !exchange.read_body(&mut piece).await.map_err(|stop| Stopped::Client(stopped(stop)))? {
            break;
        }
    }
    core.buffers.give(piece);
    if request.is_chunked {
        write(core, writer, b"0\r\n\r\n").await?;
    }
    Ok(())
}

async fn write(core: &Core, writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), Stopped> {
    let work = async {
        writer.write_all(bytes).await?;
        writer.flush().await
    };
    match timeout_at(Instant::now() + core.config.timeouts.write, work).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Stopped::BackEnd),
    }
}
