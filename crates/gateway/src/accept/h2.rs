//! A client connection under HTTP/2, by prior knowledge or ALPN: each stream is a journey of its own, under the same head.

mod exchange;
mod prefixed;

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use h2::server::{Builder, Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::Request;
use stagegate_http1::{BodyLength, HeadError, RequestHead, Scheme};
use tokio::time::Instant;

use super::arrival::{Arrival, Protocol};
use super::budget::Permit;
use super::h1_exchange::Wire;
use super::peer::Peer;
use super::registry::ConnectionState;
use super::watchdog::Watchdog;
use crate::core::Core;
use crate::journey::{journey, refuse};
use crate::refusal::Refusal;
use exchange::H2Exchange;
use prefixed::Prefixed;

/// Streams that one connection may have open.
const STREAMS: u32 = 100;
/// Streams that a client may reset before they were accepted, and that we remember having reset (rapid reset).
const RESETS: usize = 20;
/// Flow-control windows: one stream, and a whole connection.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;
/// Bytes of one frame.
const FRAME_BYTES: u32 = 16 * 1024;
/// Content that may wait in a stream for the client to take it.
const SEND_BUFFER_BYTES: usize = 32 * 1024;
/// Requests of one connection that may run at a time, those included whose streams were reset and that are about to end.
const RUNNING: usize = 2 * STREAMS as usize;

/// Serves a connection whose first bytes were the preface, or are to be.
pub(crate) async fn serve(core: Rc<Core>, wire: Wire, peer: Peer, permit: Permit) {
    let Wire { stream, input, mut watchdog, .. } = wire;
    let mut held = core.budgets.held();
    // What a client may send ahead of being read counts as held from the start.
    if !held.grow_to(CONNECTION_WINDOW_BYTES as usize) {
        return;
    }
    let handshake = Builder::new()
        .max_concurrent_streams(STREAMS)
        .max_concurrent_reset_streams(RESETS)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(Some(RESETS))
        .max_header_list_size(u32::try_from(core.config.limits.head_bytes).unwrap_or(u32::MAX))
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES)
        .max_send_buffer_size(SEND_BUFFER_BYTES)
        .handshake::<_, Bytes>(Prefixed::new(input, stream));
    let deadline = Instant::now() + core.config.timeouts.head;
    match watchdog.within(deadline, handshake).await {
        Ok(Ok(connection)) => streams(core, connection, peer, watchdog).await,
        Ok(Err(error)) => tracing::debug!(%error, "an HTTP/2 handshake failed"),
        Err(_elapsed) => tracing::debug!("an HTTP/2 handshake took too long"),
    }
    drop(permit);
}

/// What the streams of a connection share, and are counted by.
struct Open {
    /// A stream was refused because a budget is used up: the connection takes no more of them.
    is_over_budget: Cell<bool>,
    connection: Rc<ConnectionState>,
}

/// Accepts streams until the client, an error, idleness or a drain ends the connection.
async fn streams(core: Rc<Core>, mut connection: Connection<Prefixed, Bytes>, peer: Peer, mut watchdog: Watchdog) {
    let peer = Rc::new(peer);
    let registered = core.connections.enter();
    let open = Rc::new(Open { is_over_budget: Cell::new(false), connection: Rc::clone(&registered.state) });
    let mut is_closing = false;
    loop {
        let idle = Instant::now() + core.config.timeouts.idle;
        let next = std::future::poll_fn(|context| {
            registered.state.wait(context);
            if (core.draining.get() || open.is_over_budget.get()) && !is_closing {
                return std::task::Poll::Ready(None);
            }
            connection.poll_accept(context).map(Some)
        });
        match watchdog.within(idle, next).await {
            Ok(Some(Some(Ok((_, mut reply))))) if Rc::strong_count(&open) > RUNNING => {
                reply.send_reset(Reason::REFUSED_STREAM);
            }
            Ok(Some(Some(Ok((request, reply))))) => {
                let work = stream(Rc::clone(&core), request, reply, Rc::clone(&peer), Rc::clone(&open));
                tokio::task::spawn_local(work);
            }
            Ok(Some(Some(Err(error)))) => {
                tracing::debug!(%error, "an HTTP/2 connection broke a rule or was lost");
                return;
            }
            // Streams still run: their own timeouts end them.
            Err(_elapsed) if Rc::strong_count(&open) > 1 => {}
            Ok(None) | Err(_) if !is_closing => {
                is_closing = true;
                connection.graceful_shutdown();
            }
            Ok(_) | Err(_) => return,
        }
    }
}

/// One request.
async fn stream(
    core: Rc<Core>,
    request: Request<RecvStream>,
    mut reply: SendResponse<Bytes>,
    peer: Rc<Peer>,
    open: Rc<Open>,
) {
    let mut head = RequestHead::new();
    let built = build(&core, &mut head, &request);
    let body = request.into_body();
    if built == Err(HeadError::HostMissing) {
        // Without an authority there is nobody to answer for (RFC 9113 §8.3.1).
        reply.send_reset(Reason::PROTOCOL_ERROR);
        return;
    }
    if built.is_ok() && body.is_end_stream() {
        head.set_body(BodyLength::None);
    } else if built.is_ok() && head.body() == BodyLength::None {
        head.set_body(BodyLength::Chunked);
    }
    let mut exchange = H2Exchange::new(&core, head.body(), body, reply, head.method() == b"HEAD");
    let arrival = Arrival::now(&core, &head, &peer, Protocol::Http2);
    if let Err(error) = built {
        return refuse(&core, &mut exchange, &arrival, Refusal::Head(error)).await;
    }
    let Some(_in_flight) = core.budgets.request() else {
        refuse(&core, &mut exchange, &arrival, Refusal::OverBudget).await;
        open.is_over_budget.set(true);
        return open.connection.wake();
    };
    journey(&core, &mut exchange, &arrival).await;
}

/// Puts the same head together that HTTP/1.1 would have brought.
fn build(core: &Core, head: &mut RequestHead, request: &Request<RecvStream>) -> Result<(), HeadError> {
    let uri = request.uri();
    let scheme = uri.scheme_str().and_then(|scheme| Scheme::parse(scheme.as_bytes())).unwrap_or(Scheme::Http);
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let fields = request.headers().iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let method = request.method().as_str().as_bytes();
    head.from_parts(method, scheme, authority.as_bytes(), target.as_bytes(), fields, &core.head_limits())
}
