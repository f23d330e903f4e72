//! One request and its response as the journey sees them, whatever protocol carries them.

use stagegate_http1::BodyLength;

use super::presence::Presence;
use super::watchdog::Watchdog;
use crate::refusal::Refusal;
use crate::respond::ReplyHead;

/// The client cannot be answered any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientGone;

/// What stops the content of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyStop {
    /// The client is answered with this.
    Refused(Refusal),
    /// The client closed.
    Gone,
}

/// The client's side of one request.
pub(crate) trait Exchange {
    /// The timer of the task that serves the request, and the client that waits: for work that ends when it leaves.
    fn watched(&mut self) -> (&mut Watchdog, Presence<'_>);

    /// How the request's content is framed.
    fn body_length(&self) -> BodyLength;

    /// Takes content of any length. Of no effect once content has been read.
    fn take_any_length(&mut self) {}

    /// Appends the next piece of content to `out`; `false` at its end.
    async fn read_body(&mut self, out: &mut Vec<u8>) -> Result<bool, BodyStop>;

    /// Whether the content was read to its end.
    fn body_is_done(&self) -> bool;

    /// Makes the next response the connection's last.
    fn close_after(&mut self);

    /// Sends a whole response.
    async fn send(&mut self, head: ReplyHead, content: &[u8]) -> Result<(), ClientGone>;

    /// Sends a head whose content follows in pieces; `length` is the content's, when it is known.
    async fn send_head(&mut self, head: ReplyHead, length: Option<u64>) -> Result<(), ClientGone>;

    /// Sends a piece of content.
    async fn send_piece(&mut self, piece: &[u8]) -> Result<(), ClientGone>;

    /// Ends content that was sent in pieces.
    async fn finish(&mut self) -> Result<(), ClientGone>;

    /// Cuts the response off so that the client cannot take it for complete.
    fn abort(&mut self);
}
