//! One request under HTTP/1.1: its content decoded from the wire, its response framed onto it.

use stagegate_http1::{BodyDecoder, BodyError, BodyLength, ChunkLimits, RequestHead, Version, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::exchange::{BodyStop, ClientGone, Exchange};
use super::presence::Presence;
use super::stream::Stream;
use super::watchdog::Watchdog;
use crate::core::Core;
use crate::refusal::Refusal;
use crate::respond::{ReplyHead, is_bodiless};

/// Room made in the read buffer for content.
const READ_BYTES: usize = 16 * 1024;
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A connection's socket and what was read from it ahead.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) stream: Stream,
    pub(crate) input: Vec<u8>,
    pub(crate) watchdog: Watchdog,
    /// The response was cut off: the connection must be reset, since a clean close would look like its end.
    pub(crate) is_aborted: bool,
}

impl Wire {
    /// A connection of which nothing was read.
    pub(super) fn new(stream: Stream, watchdog: Watchdog) -> Self {
        Self { stream, input: Vec::new(), watchdog, is_aborted: false }
    }
}

/// How the pieces of a response are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// No content and no length: 204 and 304 (RFC 9110 §8.6).
    None,
    /// By a Content-Length that was announced; what is still due.
    Length(u64),
    Chunked,
    /// By the end of the connection: HTTP/1.0.
    UntilClose,
}

/// The exchange.
#[derive(Debug)]
pub(crate) struct H1Exchange<'c> {
    core: &'c Core,
    wire: &'c mut Wire,
    decoder: BodyDecoder,
    length: BodyLength,
    /// Content has been read.
    has_begun: bool,
    version: Version,
    is_head: bool,
    keep_alive: bool,
    /// What is still to be sent of `100 Continue`.
    continue_due: &'static [u8],
    framing: Framing,
}

impl<'c> H1Exchange<'c> {
    /// The exchange of a request whose head is complete.
    pub(crate) fn new(core: &'c Core, wire: &'c mut Wire, head: &RequestHead) -> Self {
        Self {
            core,
            wire,
            decoder: BodyDecoder::new(head.body(), &core.body_limits()),
            length: head.body(),
            has_begun: false,
            version: head.version(),
            is_head: head.method() == b"HEAD",
            keep_alive: head.keep_alive() && !core.draining.get(),
            continue_due: if head.expects_continue() { CONTINUE } else { b"" },
            framing: Framing::UntilClose,
        }
    }

    /// The exchange of what could not be read as a request: one answer, then the end.
    pub(crate) fn for_refusal(core: &'c Core, wire: &'c mut Wire) -> Self {
        Self {
            core,
            wire,
            decoder: BodyDecoder::new(BodyLength::None, &core.body_limits()),
            length: BodyLength::None,
            has_begun: false,
            version: Version::Http11,
            is_head: false,
            keep_alive: false,
            continue_due: b"",
            framing: Framing::UntilClose,
        }
    }

    /// Whether another request may follow on the connection.
    pub(crate) fn may_continue(&self) -> bool {
        self.keep_alive && self.decoder.is_done()
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), ClientGone> {
        let Wire { stream, watchdog, .. } = &mut *self.wire;
        let mut rest = bytes;
        while !rest.is_empty() {
            match watchdog.within(self.core.config.timeouts.write, stream.write(rest)).await {
                Ok(Ok(count)) if count > 0 => rest = &rest[count..],
                _ => {
                    self.keep_alive = false;
                    return Err(ClientGone);
                }
            }
        }
        self.flush().await
    }

    /// Sends what TLS still holds of what was written.
    async fn flush(&mut self) -> Result<(), ClientGone> {
        let Wire { stream, watchdog, .. } = &mut *self.wire;
        if !stream.is_buffered() {
            return Ok(());
        }
        if let Ok(Ok(())) = watchdog.within(self.core.config.timeouts.write, stream.flush()).await {
            return Ok(());
        }
        self.keep_alive = false;
        Err(ClientGone)
    }

    /// Tells the client to go on, once. A caller that stops waiting half-way leaves the rest for the next call.
    async fn write_continue(&mut self) -> Result<(), BodyStop> {
        let limit = self.core.config.timeouts.write;
        while !self.continue_due.is_empty() {
            let Wire { stream, watchdog, .. } = &mut *self.wire;
            match watchdog.within(limit, stream.write(self.continue_due)).await {
                Ok(Ok(count)) if count > 0 => self.continue_due = &self.continue_due[count..],
                _ => return Err(BodyStop::Gone),
            }
            if self.continue_due.is_empty() && self.flush().await.is_err() {
                return Err(BodyStop::Gone);
            }
        }
        Ok(())
    }

    /// Ends the head with the fields that frame the message.
    fn end_head(&mut self, mut head: ReplyHead) -> Vec<u8> {
        // Content that nobody will read makes the connection useless for another request.
        self.keep_alive &= self.decoder.is_done();
        let tail = head.take_tail();
        let mut bytes = head.into_bytes();
        if (1..CONTINUE.len()).contains(&self.continue_due.len()) {
            // An interim response that was begun has to end first.
            bytes.splice(..0, std::mem::take(&mut self.continue_due).iter().copied());
        }
        match self.framing {
            Framing::Length(length) => encode::content_length(&mut bytes, length),
            Framing::Chunked => encode::transfer_encoding_chunked(&mut bytes),
            Framing::UntilClose => self.keep_alive = false,
            Framing::None => {}
        }
        bytes.extend_from_slice(if self.keep_alive { b"Connection: keep-alive\r\n" } else { b"Connection: close\r\n" });
        bytes.extend_from_slice(&tail);
        encode::end_of_head(&mut bytes);
        bytes
    }

    /// Whether the response has content at all, whatever its length says.
    fn has_content(&self, status: u16) -> bool {
        !self.is_head && !is_bodiless(status)
    }

    /// Decodes what was already read; whether anything came of it.
    fn decode(&mut self, out: &mut Vec<u8>) -> Result<bool, BodyStop> {
        let mut taken = 0;
        let before = out.len();
        let input = &mut self.wire.input;
        while !self.decoder.is_done() {
            let decoded = self.decoder.decode(&input[taken..]).map_err(refused)?;
            if decoded.consumed == 0 {
                break;
            }
            out.extend_from_slice(&input[taken + decoded.data.start..taken + decoded.data.end]);
            taken += decoded.consumed;
        }
        input.drain(..taken);
        Ok(out.len() > before || self.decoder.is_done())
    }
}

fn refused(error: BodyError) -> BodyStop {
    BodyStop::Refused(match error {
        BodyError::TooLarge => Refusal::payload_too_large(),
        error => Refusal::Body(error),
    })
}

impl Exchange for H1Exchange<'_> {
    fn watched(&mut self) -> (&mut Watchdog, Presence<'_>) {
        let Wire { stream, input, watchdog, .. } = &mut *self.wire;
        (watchdog, Presence::of_connection(stream, input))
    }

    fn take_any_length(&mut self) {
        if !self.has_begun {
            let limits = ChunkLimits { body_bytes: u64::MAX, ..self.core.body_limits() };
            self.decoder = BodyDecoder::new(self.length, &limits);
        }
    }

    fn body_length(&self) -> BodyLength {
        self.length
    }

    fn body_is_done(&self) -> bool {
        self.decoder.is_done()
    }

    fn close_after(&mut self) {
        self.keep_alive = false;
    }

    async fn read_body(&mut self, out: &mut Vec<u8>) -> Result<bool, BodyStop> {
        self.has_begun = true;
        loop {
            if self.decoder.is_done() {
                return Ok(false);
            }
            if self.decode(out)? {
                return Ok(true);
            }
            self.write_continue().await?;
            let limit = self.core.config.timeouts.body_progress;
            let Wire { stream, input, watchdog, .. } = &mut *self.wire;
            input.reserve(READ_BYTES);
            match watchdog.within(limit, stream.read_buf(input)).await {
                Ok(Ok(0)) => return self.decoder.at_eof().map(|()| false).map_err(refused),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Err(BodyStop::Gone),
                Err(_) => return Err(BodyStop::Refused(Refusal::BodyTimeout)),
            }
        }
    }

    async fn send(&mut self, head: ReplyHead, content: &[u8]) -> Result<(), ClientGone> {
        let status = head.status();
        self.framing = if is_bodiless(status) {
            Framing::None
        } else {
            Framing::Length(head.announced_length.unwrap_or(content.len() as u64))
        };
        let has_content = self.has_content(status);
        let mut bytes = self.end_head(head);
        if has_content && content.len() <= READ_BYTES {
            bytes.extend_from_slice(content);
        }
        let mut sent = self.write(&bytes).await;
        if sent.is_ok() && has_content && content.len() > READ_BYTES {
            sent = self.write(content).await;
        }
        self.core.buffers.give(bytes);
        sent
    }

    async fn send_head(&mut self, head: ReplyHead, length: Option<u64>) -> Result<(), ClientGone> {
        self.framing = match (head.announced_length.or(length), self.version) {
            _ if is_bodiless(head.status()) => Framing::None,
            (Some(length), _) => Framing::Length(length),
            (None, Version::Http11) => Framing::Chunked,
            (None, Version::Http10) => Framing::UntilClose,
        };
        let bytes = self.end_head(head);
        let sent = self.write(&bytes).await;
        self.core.buffers.give(bytes);
        sent
    }

    async fn send_piece(&mut self, piece: &[u8]) -> Result<(), ClientGone> {
        if self.is_head || piece.is_empty() {
            return Ok(());
        }
        match self.framing {
            Framing::None => Ok(()),
            Framing::UntilClose => self.write(piece).await,
            Framing::Length(due) => {
                // A back end cannot be trusted to keep the length it announced.
                let left = due.checked_sub(piece.len() as u64).ok_or(ClientGone)?;
                self.framing = Framing::Length(left);
                self.write(piece).await
            }
            Framing::Chunked => {
                let mut framed = self.core.buffers.take();
                encode::chunk(&mut framed, piece);
                let sent = self.write(&framed).await;
                self.core.buffers.give(framed);
                sent
            }
        }
    }

    async fn finish(&mut self) -> Result<(), ClientGone> {
        match self.framing {
            Framing::Chunked if !self.is_head => self.write(b"0\r\n\r\n").await,
            Framing::Length(due) if due > 0 && !self.is_head => {
                self.abort();
                Err(ClientGone)
            }
            _ => Ok(()),
        }
    }

    fn abort(&mut self) {
        self.keep_alive = false;
        self.wire.is_aborted = true;
    }
}
