//! The listening socket of a core and the loop that accepts from it.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::h1_exchange::Wire;
use super::peer::Peer;
use super::stream::Stream;
use super::watchdog::Watchdog;
use super::{h1, tls};
use crate::core::Core;

/// Connections that the kernel may hold for a core before it accepts them.
const BACKLOG: i32 = 1024;
/// The pause after the process has run out of file descriptors.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(20);
/// What a connection over the budget is told, without a look at what it sends.
const OVER_BUDGET: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\
    Connection: close\r\n\r\n{\"message\":\"Service Unavailable\"}";

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// HTTP.
    Plain,
    /// HTTP over TLS.
    Tls,
}

/// Binds one core's socket; all cores share the address.
///
/// # Errors
/// The address is taken, not ours, or not permitted.
pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts until told to drain; then takes what the kernel still holds, and stops listening.
pub(crate) async fn accept(
    core: &Rc<Core>,
    way: Way,
    listener: std::net::TcpListener,
    mut drain: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        if let Some(pause) = core.crowd.pause() {
            tokio::time::sleep(pause).await;
        }
        tokio::select! {
            biased;
            // The sender lives as long as the gateway; its end means the same as a drain.
            _ended = drain.wait_for(|draining| *draining) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    admit(core, way, stream, peer);
                    // A crowd at the door waits its turn among the requests of those inside.
                    tokio::task::yield_now().await;
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            },
        }
    }
    while let Some(Ok((stream, peer))) = now_or_never(&listener).await {
        admit(core, way, stream, peer);
    }
    Ok(())
}

/// A connection that waits already, if there is one.
async fn now_or_never(listener: &TcpListener) -> Option<io::Result<(TcpStream, SocketAddr)>> {
    tokio::select! {
        biased;
        accepted = listener.accept() => Some(accepted),
        () = std::future::ready(()) => None,
    }
}

fn admit(core: &Rc<Core>, way: Way, stream: TcpStream, peer: SocketAddr) {
    core.counters.connections.fetch_add(1, Relaxed);
    let local = match stream.set_nodelay(true).and_then(|()| stream.local_addr()) {
        Ok(local) => local.ip().to_canonical(),
        Err(error) => return tracing::debug!(%error, "a connection was gone before it was served"),
    };
    let Some(permit) = core.budgets.connection() else {
        core.crowd.refused();
        // Without a handshake, TLS has no words for it: the connection just ends.
        if way == Way::Plain {
            tokio::task::spawn_local(turn_away(stream));
        }
        return;
    };
    let core = Rc::clone(core);
    tokio::task::spawn_local(async move {
        core.counters.connections_open.fetch_add(1, Relaxed);
        let counters = std::sync::Arc::clone(&core.counters);
        match way {
            Way::Plain => {
                let peer = Peer { address: peer, local, port: core.port, tls: None };
                h1::serve(core, Wire::new(Stream::Plain(stream), Watchdog::new()), peer, permit).await;
            }
            Way::Tls => {
                let peer = Peer { address: peer, local, port: core.tls_port, tls: None };
                tls::serve(core, stream, peer, permit).await;
            }
        }
        counters.connections_open.fetch_sub(1, Relaxed);
    });
}

/// Answers and closes. A failure only means that the client went first.
async fn turn_away(mut stream: TcpStream) {
    let _written = stream.write_all(OVER_BUDGET).await;
    let _closed = stream.shutdown().await;
    let mut sink = [0; 1024];
    let read = tokio::io::AsyncReadExt::read(&mut stream, &mut sink);
    let _drained = tokio::time::timeout(Duration::from_millis(100), read).await;
}
