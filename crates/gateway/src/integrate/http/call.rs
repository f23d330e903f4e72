//! Sending a request: whole with one retry, or streamed while the answer is already awaited.

use std::pin::pin;
use std::time::Duration;

use stagegate_http1::{HeadLimits, encode};
use stagegate_plan::{Endpoint, Verb};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::request::Request;
use super::{may_retry, refusal};
use crate::accept::{Exchange, Watchdog};
use crate::core::Core;
use crate::integrate::payload::stopped;
use crate::integrate::upstream::{Connection, Fault, read_head};
use crate::refusal::Refusal;

/// How long an answer is awaited after the back end stopped taking content.
const EARLY_ANSWER: Duration = Duration::from_secs(1);

fn limits(core: &Core) -> HeadLimits {
    let limits = &core.config.limits;
    HeadLimits { head_bytes: limits.response_head_bytes, fields: limits.response_header_fields }
}

/// Sends a request whose content is at hand, and receives the answer's head.
pub(super) async fn whole(
    core: &Core,
    watchdog: &mut Watchdog,
    endpoint: &Endpoint,
    request: &Request,
    deadline: Instant,
) -> Result<Box<Connection>, Refusal> {
    let mut connection = match core.pool.reuse(endpoint) {
        Some(connection) => connection,
        None => core.pool.connect(endpoint, deadline).await.map_err(refusal)?,
    };
    let Err(fault) = attempt(core, watchdog, &mut connection, request, deadline).await else { return Ok(connection) };
    if !may_retry(&connection, fault, request.verb.is_idempotent()) {
        return Err(refusal(fault));
    }
    core.counters.upstream_retries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut connection = core.pool.connect(endpoint, deadline).await.map_err(refusal)?;
    attempt(core, watchdog, &mut connection, request, deadline).await.map_err(refusal)?;
    Ok(connection)
}

async fn attempt(
    core: &Core,
    watchdog: &mut Watchdog,
    connection: &mut Connection,
    request: &Request,
    deadline: Instant,
) -> Result<(), Fault> {
    connection.send(watchdog, &request.bytes, deadline).await?;
    connection.receive(watchdog, &limits(core), request.verb == Verb::Head, deadline).await
}

/// Sends a request whose content is still arriving. An answer that comes before its end is taken; nothing is sent twice.
/// The integration timeout starts when the content has been sent.
pub(super) async fn streamed<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    endpoint: &Endpoint,
    request: &Request,
    first: Vec<u8>,
    timeout: Duration,
) -> Result<Box<Connection>, Refusal> {
    let connect_by = Instant::now() + timeout;
    let mut connection = core.pool.connect(endpoint, connect_by).await.map_err(refusal)?;
    let was_sent = exchange_heads(core, exchange, &mut connection, request, first, timeout).await?;
    // Bytes of a request that was cut short would be read as the next one.
    connection.must_close = !was_sent;
    Ok(connection)
}

/// Sends head and content while the answer's head is awaited; whether all of the content was sent.
async fn exchange_heads<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    connection: &mut Connection,
    request: &Request,
    first: Vec<u8>,
    timeout: Duration,
) -> Result<bool, Refusal> {
    let was_head = request.verb == Verb::Head;
    let limits = limits(core);
    let Connection { transport, input, head, .. } = connection;
    let (mut reader, mut writer) = tokio::io::split(transport);
    let mut answer = pin!(read_head(&mut reader, input, head, &limits, was_head));
    let sent = {
        let mut pump = pin!(pump(core, exchange, &mut writer, request, first));
        tokio::select! {
            biased;
            answered = &mut answer => {
                answered.map_err(refusal)?;
                None
            }
            sent = &mut pump => Some(sent),
        }
    };
    let (patience, was_sent) = match sent {
        None => return Ok(false),
        Some(Ok(())) => (timeout, true),
        Some(Err(Stopped::BackEnd)) => (EARLY_ANSWER, false),
        Some(Err(Stopped::Client(refusal))) => return Err(refusal),
    };
    let answered = timeout_at(Instant::now() + patience, &mut answer).await;
    answered.unwrap_or(Err(Fault::Timeout)).map_err(refusal)?;
    Ok(was_sent)
}

/// What ended the content before its end.
enum Stopped {
    /// The client, or a limit.
    Client(Refusal),
    /// The back end took no more.
    BackEnd,
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
