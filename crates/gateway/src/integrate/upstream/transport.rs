//! A connection to a back end, with or without TLS.

use std::task::{Context, Waker};

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::stream::Stream;

/// A connection to a back end.
pub(crate) type Transport = Stream<TlsStream<TcpStream>>;

impl Transport {
    /// Whether the peer has said something, or closed, while the connection was unused. Costs no system call.
    pub(crate) fn is_disturbed(&self) -> bool {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        };
        stream.poll_read_ready(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}
