//! Whether a client is still there while its back end works.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::SendStream;
use h2::server::SendResponse;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

use super::stream::Stream;
use crate::refusal::Refusal;

/// How long a client that sends nothing more still gets an answer. A closed connection and one that is closed in one direction
/// look the same; the few clients that close theirs early and wait get this long.
const GRACE: Duration = Duration::from_secs(1);
/// Bytes read ahead of a client's next request to see whether it is there, where they cannot be left in the socket.
const AHEAD_BYTES: usize = 512;

/// The client of a request, to be watched while its back end works. Costs no system call while the client is quiet.
pub(crate) struct Presence<'e> {
    side: Side<'e>,
}

enum Side<'e> {
    Connection(&'e TcpStream),
    /// What shows can only be read, and goes where the connection reads ahead.
    Tls(&'e mut TlsStream<TcpStream>, &'e mut Vec<u8>),
    /// Whether it is there does not show: its next request waits already, or there is no client.
    Hidden,
    /// It sends nothing more; it is gone when the timer ends.
    Silent(Pin<Box<Sleep>>),
    Stream(&'e mut SendResponse<Bytes>),
    Content(&'e mut SendStream<Bytes>),
}

impl<'e> Presence<'e> {
    /// Nobody, who never leaves.
    pub(crate) fn of_nobody() -> Self {
        Self { side: Side::Hidden }
    }

    /// The client at the other end of a connection.
    pub(crate) fn of_connection(stream: &'e mut Stream, input: &'e mut Vec<u8>) -> Self {
        let side = match stream {
            Stream::Plain(stream) => Side::Connection(stream),
            Stream::Tls(stream) if input.is_empty() => Side::Tls(stream, input),
            Stream::Tls(_) => Side::Hidden,
        };
        Self { side }
    }

    /// The client that waits for a stream's response.
    pub(crate) fn of_stream(reply: &'e mut SendResponse<Bytes>) -> Self {
        Self { side: Side::Stream(reply) }
    }

    /// The client that takes a stream's content.
    pub(crate) fn of_content(sending: &'e mut SendStream<Bytes>) -> Self {
        Self { side: Side::Content(sending) }
    }

    /// Works for as long as the client is there; dropping the work ends the call to the back end.
    pub(crate) async fn during<T>(mut self, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Pending => self.poll_gone(context).map(|()| Err(Refusal::ClientGone)),
            ready @ Poll::Ready(_) => ready,
        })
        .await
    }

    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Side::Connection(stream) = &self.side {
            let mut byte = [0];
            match stream.poll_peek(context, &mut ReadBuf::new(&mut byte)) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => self.side = Side::Silent(Box::pin(sleep(GRACE))),
                Poll::Ready(Ok(_)) => self.side = Side::Hidden,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
            }
        }
        if let Side::Tls(stream, input) = &mut self.side {
            let mut space = [0; AHEAD_BYTES];
            let mut ahead = ReadBuf::new(&mut space);
            match Pin::new(&mut **stream).poll_read(context, &mut ahead) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if ahead.filled().is_empty() => self.side = Side::Silent(Box::pin(sleep(GRACE))),
                Poll::Ready(Ok(())) => {
                    input.extend_from_slice(ahead.filled());
                    self.side = Side::Hidden;
                }
                // Without a farewell of TLS: the client broke off.
                Poll::Ready(Err(_)) => return Poll::Ready(()),
            }
        }
        match &mut self.side {
            Side::Silent(grace) => grace.as_mut().poll(context),
            Side::Stream(reply) => reply.poll_reset(context).map(|_reason| ()),
            Side::Content(sending) => sending.poll_reset(context).map(|_reason| ()),
            Side::Connection(_) | Side::Tls(..) | Side::Hidden => Poll::Pending,
        }
    }
}
