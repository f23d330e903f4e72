//! A client's connection, with or without TLS.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A client's connection.
pub(crate) type Stream = crate::stream::Stream<TlsStream<TcpStream>>;

impl Stream {
    /// Whether written bytes can wait in the process, so that they have to be flushed.
    pub(super) fn is_buffered(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Makes the end of the connection a reset, which nobody takes for the end of a response.
    pub(super) fn reset_at_end(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.set_zero_linger(),
            Self::Tls(stream) => stream.get_ref().0.set_zero_linger(),
        }
    }
}
