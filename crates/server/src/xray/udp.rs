//! The socket that segments leave by: one datagram each, a header line and the document (AWS X-Ray developer guide, "Sending segment
//! documents to the X-Ray daemon").

use std::io;
use std::time::Duration;

use tokio::net::{UdpSocket, lookup_host};
use tokio::time::Instant;

/// What stands before every document.
const HEADER: &[u8] = b"{\"format\": \"json\", \"version\": 1}\n";
/// The longest document that the daemon takes, in bytes.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024 - HEADER.len();
/// How long an address is used before its name is looked up again.
const ADDRESS_LIFE: Duration = Duration::from_mins(1);

/// A socket towards the daemon.
#[derive(Debug)]
pub(crate) struct SegmentSocket {
    address: String,
    connected: Option<(UdpSocket, Instant)>,
}

impl SegmentSocket {
    /// A socket that connects when the first segment is sent.
    pub(crate) fn new(address: String) -> Self {
        Self { address, connected: None }
    }

    /// Sends a document. Nobody says whether it arrived.
    ///
    /// # Errors
    /// The address is unknown, the last datagram was refused, or the document is too long.
    pub(crate) async fn send(&mut self, document: &[u8]) -> io::Result<()> {
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the segment is longer than 64 kB"));
        }
        if self.connected.as_ref().is_none_or(|(_, since)| since.elapsed() > ADDRESS_LIFE) {
            self.connected = Some((connect(&self.address).await?, Instant::now()));
        }
        let (socket, _) = self.connected.as_ref().expect("the socket was just connected");
        let datagram = [HEADER, document].concat();
        let sent = match socket.send(&datagram).await {
            // What the one before came to is told once; this one has not been sent yet.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => socket.send(&datagram).await,
            sent => sent,
        };
        sent.map(|_bytes| ())
    }
}

async fn connect(address: &str) -> io::Result<UdpSocket> {
    let to = lookup_host(address).await?.next().ok_or_else(|| io::Error::other("the name has no address"))?;
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(to).await?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_one_datagram_behind_its_header() {
        let daemon = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
        let mut socket = SegmentSocket::new(daemon.local_addr().expect("an address").to_string());
        socket.send(b"{\"name\":\"a\"}").await.expect("sent");
        let mut datagram = [0; 100];
        let length = daemon.recv(&mut datagram).await.expect("a datagram");
        assert_eq!(&datagram[..length], b"{\"format\": \"json\", \"version\": 1}\n{\"name\":\"a\"}");
        let long = vec![b' '; DOCUMENT_BYTES_MAX + 1];
        assert_eq!(socket.send(&long).await.expect_err("too long").kind(), io::ErrorKind::InvalidInput);
    }

    #[tokio::test]
    async fn a_daemon_that_is_not_there_is_no_end() {
        let free = UdpSocket::bind("127.0.0.1:0").await.expect("bound").local_addr().expect("an address");
        let mut socket = SegmentSocket::new(free.to_string());
        for _ in 0..3 {
            let _ = socket.send(b"{}").await;
        }
        let daemon = UdpSocket::bind(free).await.expect("bound again");
        // The first may still be told that the ones before were refused.
        for _ in 0..2 {
            let _ = socket.send(b"{}").await;
        }
        assert!(daemon.recv(&mut [0; 100]).await.expect("a datagram") > 0);
    }
}
