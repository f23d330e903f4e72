//! Connections to the TLS listener: the handshake, and what it says about the client.
//!
//! A handshake has the time that a request's head has, counts as a connection, and takes turns with everything else on its core
//! before each part that costs processor time.

mod certificate;
mod hello;
mod session;

use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;

use stagegate_tls::BUFFER_BYTES;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;

use super::budget::Permit;
use super::h1_exchange::Wire;
use super::peer::Peer;
use super::registry::ConnectionState;
use super::stream::Stream;
use super::watchdog::Watchdog;
use super::{h1, h2};
use crate::core::Core;
use hello::host_of;
pub(crate) use session::TlsSession;

/// Serves one connection until it ends.
pub(crate) async fn serve(core: Rc<Core>, stream: TcpStream, peer: Peer, permit: Permit) {
    let mut watchdog = Watchdog::new();
    let deadline = Instant::now() + core.config.timeouts.head;
    let registered = core.connections.enter();
    let shaken = watchdog.within(deadline, handshake(&core, stream, peer.ip(), &registered.state)).await;
    let (stream, session) = match shaken {
        Ok(Ok(shaken)) => shaken,
        Ok(Err(error)) => {
            core.counters.tls_failures.fetch_add(1, Relaxed);
            return tracing::debug!(%error, peer = %peer.address, "a TLS handshake failed");
        }
        Err(_elapsed) => {
            core.counters.tls_failures.fetch_add(1, Relaxed);
            return tracing::debug!(peer = %peer.address, "a TLS handshake took too long");
        }
    };
    drop(registered);
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let peer = Peer { tls: Some(Box::new(session)), ..peer };
    let wire = Wire::new(Stream::Tls(Box::new(stream)), watchdog);
    if is_http2 {
        h2::serve(core, wire, peer, permit).await;
    } else {
        h1::serve(core, wire, peer, permit).await;
    }
}

/// Reads the client's hello, finds the host that it names, and agrees on keys under that host's policy.
async fn handshake(
    core: &Core,
    stream: TcpStream,
    client: IpAddr,
    state: &ConnectionState,
) -> io::Result<(TlsStream<TcpStream>, TlsSession)> {
    let mut hello = pin!(LazyConfigAcceptor::new(Acceptor::default(), stream));
    // Who has said nothing yet is not waited for when the gateway is told to stop.
    let hello = std::future::poll_fn(|context| {
        if core.draining.get() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        state.wait(context);
        hello.as_mut().poll(context)
    });
    let start = hello.await?;
    let named = start.client_hello().server_name().map(str::to_ascii_lowercase);
    let Some(host) = host_of(core, named.as_deref(), client) else {
        return Err(io::Error::other("there is no certificate"));
    };
    tokio::task::yield_now().await;
    let limited = |connection: &mut tokio_rustls::rustls::ServerConnection| {
        connection.set_buffer_limit(Some(BUFFER_BYTES));
    };
    let stream = start.into_stream_with(host.config, limited).await?;
    let session = TlsSession::of(stream.get_ref().1, named.map(String::into_boxed_str));
    Ok((stream, session))
}
