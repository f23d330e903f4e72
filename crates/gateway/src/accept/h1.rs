//! A client connection under HTTP/1.1: heads in, journeys one after the other, keep-alive and a clean end.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use stagegate_http1::{Match, RequestHead, preface_match};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::arrival::{Arrival, Protocol};
use super::budget::Permit;
use super::h1_exchange::{H1Exchange, Wire};
use super::peer::Peer;
use super::registry::ConnectionState;
use super::watchdog::{Elapsed, Limit};
use crate::core::Core;
use crate::journey::{journey, refuse};
use crate::refusal::Refusal;

/// How long, and for how many bytes, a closed connection is still read, so that the last response is not lost to a reset.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 * 1024;
/// Room made in the read buffer before a read.
const READ_BYTES: usize = 4096;
/// A connection that waits for a request keeps a read buffer of this length at most.
const READ_BYTES_KEPT: usize = 2 * READ_BYTES;

/// What waiting for a head ended with.
enum Next {
    Request,
    Http2,
    Refused(Refusal),
    Closed,
}

/// Which request of a connection is waited for.
#[derive(Debug, Clone, Copy)]
struct Turn {
    is_first: bool,
    /// The first bytes may turn the connection into HTTP/2.
    may_switch: bool,
}

/// Serves one connection until it ends.
pub(crate) async fn serve(core: Rc<Core>, mut wire: Wire, peer: Peer, permit: Permit) {
    let registered = core.connections.enter();
    let mut head = RequestHead::new();
    let mut is_first = true;
    // With TLS, HTTP/2 is agreed on in the handshake (RFC 9113 §3.2).
    let may_switch = peer.tls.is_none();
    loop {
        let keep = match next(&core, &mut wire, &mut head, Turn { is_first, may_switch }, &registered.state).await {
            Next::Request => request(&core, &mut wire, &head, &peer).await,
            Next::Http2 => return super::h2::serve(Rc::clone(&core), wire, peer, permit).await,
            Next::Refused(refusal) => {
                let arrival = Arrival::refused(&core, &head, &peer);
                let mut exchange = H1Exchange::for_refusal(&core, &mut wire);
                refuse(&core, &mut exchange, &arrival, refusal).await;
                false
            }
            Next::Closed => return,
        };
        if wire.is_aborted {
            // An error here means that the connection is gone already, which is what is wanted.
            let _gone = wire.stream.reset_at_end();
            return;
        }
        if !keep {
            return linger(wire).await;
        }
        is_first = false;
    }
}

/// One journey; whether the connection may carry another request.
async fn request(core: &Core, wire: &mut Wire, head: &RequestHead, peer: &Peer) -> bool {
    let arrival = Arrival::now(core, head, peer, Protocol::of(head.version()));
    let mut exchange = H1Exchange::new(core, wire, head);
    let Some(_in_flight) = core.budgets.request() else {
        refuse(core, &mut exchange, &arrival, Refusal::OverBudget).await;
        return false;
    };
    journey(core, &mut exchange, &arrival).await;
    exchange.may_continue()
}

/// Waits for the next head.
async fn next(core: &Core, wire: &mut Wire, head: &mut RequestHead, turn: Turn, state: &ConnectionState) -> Next {
    let limits = core.head_limits();
    let mut deadline = None;
    loop {
        let preface = if turn.is_first && turn.may_switch { preface_match(&wire.input) } else { Match::No };
        if preface == Match::Yes {
            return Next::Http2;
        }
        // A method that starts like the preface could only be `PRI`, so waiting for more of it delays nobody.
        if !wire.input.is_empty()
            && preface == Match::No
            && let Some(next) = parse(head, wire, &limits)
        {
            return next;
        }
        let is_idle = wire.input.is_empty();
        if is_idle && wire.input.capacity() > READ_BYTES_KEPT {
            wire.input = Vec::with_capacity(READ_BYTES);
        }
        let timeouts = &core.config.timeouts;
        let limit = if is_idle && !turn.is_first {
            Limit::For(timeouts.idle)
        } else {
            Limit::At(*deadline.get_or_insert_with(|| Instant::now() + timeouts.head))
        };
        match fill(core, wire, limit, is_idle.then_some(state)).await {
            Ok(0) => return Next::Closed,
            Ok(_) => {}
            Err(_) if wire.input.is_empty() => return Next::Closed,
            Err(Some(Elapsed)) => return Next::Refused(Refusal::HeadTimeout),
            Err(None) => return Next::Closed,
        }
    }
}

fn parse(head: &mut RequestHead, wire: &mut Wire, limits: &stagegate_http1::HeadLimits) -> Option<Next> {
    match head.parse(&mut wire.input, limits) {
        Ok(true) => Some(Next::Request),
        Ok(false) => None,
        Err(error) => Some(Next::Refused(Refusal::Head(error))),
    }
}

/// Reads more; `Err(None)` when the connection failed or was told to end while idle.
async fn fill(
    core: &Core,
    wire: &mut Wire,
    limit: Limit,
    idle: Option<&ConnectionState>,
) -> Result<usize, Option<Elapsed>> {
    let Wire { stream, input, watchdog, .. } = wire;
    if input.capacity() - input.len() < READ_BYTES / 4 {
        input.reserve(READ_BYTES);
    }
    let mut read = pin!(stream.read_buf(input));
    let read = poll_fn(|context| {
        if let Some(state) = idle {
            if core.draining.get() {
                return Poll::Ready(None);
            }
            state.wait(context);
        }
        read.as_mut().poll(context).map(Result::ok)
    });
    watchdog.within(limit, read).await.map_err(Some)?.ok_or(None)
}

/// Ends a connection: the response goes out whole even if the client is still sending.
async fn linger(wire: Wire) {
    let Wire { mut stream, mut watchdog, .. } = wire;
    if stream.shutdown().await.is_err() {
        return;
    }
    let deadline = Instant::now() + LINGER;
    let mut sink = Vec::with_capacity(READ_BYTES);
    let mut total = 0;
    while total < LINGER_BYTES {
        sink.clear();
        match watchdog.within(deadline, stream.read_buf(&mut sink)).await {
            Ok(Ok(count)) if count > 0 => total += count,
            _ => return,
        }
    }
}
