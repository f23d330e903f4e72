//! One request under HTTP/2.

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONTENT_LENGTH, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use stagegate_http1::{BodyError, BodyLength};
use tokio::time::{Instant, timeout_at};

use super::SEND_BUFFER_BYTES;
use crate::accept::{BodyStop, ClientGone, Exchange, Permit, Presence, Watchdog};
use crate::core::Core;
use crate::refusal::Refusal;
use crate::respond::{ReplyHead, is_bodiless};

/// The exchange.
pub(super) struct H2Exchange<'c> {
    core: &'c Core,
    length: BodyLength,
    body: RecvStream,
    is_done: bool,
    received_bytes: u64,
    limit_bytes: u64,
    reply: SendResponse<Bytes>,
    sending: Option<SendStream<Bytes>>,
    is_head: bool,
    /// The head that was sent is all there is.
    is_ended: bool,
    /// What the connection may still hold of the response counts as long as the request does.
    held: Permit,
    watchdog: Watchdog,
}

impl<'c> H2Exchange<'c> {
    /// The exchange of a stream whose head has come.
    pub(super) fn new(
        core: &'c Core,
        length: BodyLength,
        body: RecvStream,
        reply: SendResponse<Bytes>,
        is_head: bool,
    ) -> Self {
        let is_done = body.is_end_stream();
        Self {
            core,
            length,
            body,
            is_done,
            received_bytes: 0,
            limit_bytes: core.config.limits.payload_bytes,
            reply,
            sending: None,
            is_head,
            is_ended: false,
            held: core.budgets.held(),
            watchdog: Watchdog::new(),
        }
    }

    fn start(&mut self, head: ReplyHead, length: Option<u64>, ends: bool) -> Result<(), ClientGone> {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(head.status()).map_err(|_error| ClientGone)?;
        let headers = response.headers_mut();
        for (name, value) in head.fields() {
            let name = HeaderName::from_bytes(name).map_err(|_error| ClientGone)?;
            headers.append(name, HeaderValue::from_bytes(value).map_err(|_error| ClientGone)?);
        }
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        self.core.buffers.give(head.into_bytes());
        self.sending = Some(self.reply.send_response(response, ends).map_err(|_error| ClientGone)?);
        Ok(())
    }

    /// Sends content as the client's window allows.
    async fn write(&mut self, mut content: Bytes, ends: bool) -> Result<(), ClientGone> {
        let Some(sending) = &mut self.sending else { return Err(ClientGone) };
        // Over the budget nothing is sent that the connection would have to hold: the stream is reset.
        if !self.held.hold(content.len().min(SEND_BUFFER_BYTES)) {
            return Err(ClientGone);
        }
        while !content.is_empty() {
            sending.reserve_capacity(content.len());
            let deadline = Instant::now() + self.core.config.timeouts.write;
            let capacity = std::future::poll_fn(|context| sending.poll_capacity(context));
            let Ok(Some(Ok(count))) = timeout_at(deadline, capacity).await else { return Err(ClientGone) };
            let piece = content.split_to(count.min(content.len()));
            sending.send_data(piece, ends && content.is_empty()).map_err(|_error| ClientGone)?;
        }
        Ok(())
    }
}

impl Exchange for H2Exchange<'_> {
    fn watched(&mut self) -> (&mut Watchdog, Presence<'_>) {
        let presence = match &mut self.sending {
            Some(sending) => Presence::of_content(sending),
            None => Presence::of_stream(&mut self.reply),
        };
        (&mut self.watchdog, presence)
    }

    fn take_any_length(&mut self) {
        self.limit_bytes = u64::MAX;
    }

    fn body_length(&self) -> BodyLength {
        self.length
    }

    fn body_is_done(&self) -> bool {
        self.is_done
    }

    fn close_after(&mut self) {}

    async fn read_body(&mut self, out: &mut Vec<u8>) -> Result<bool, BodyStop> {
        if self.is_done {
            return Ok(false);
        }
        let limit = self.limit_bytes;
        if matches!(self.length, BodyLength::Length(length) if length > limit) {
            return Err(BodyStop::Refused(Refusal::payload_too_large()));
        }
        let deadline = Instant::now() + self.core.config.timeouts.body_progress;
        let data = timeout_at(deadline, self.body.data()).await;
        let Some(data) = data.map_err(|_elapsed| BodyStop::Refused(Refusal::BodyTimeout))? else {
            self.is_done = true;
            return Ok(false);
        };
        let data = data.map_err(|_error| BodyStop::Gone)?;
        self.received_bytes += data.len() as u64;
        if self.received_bytes > limit {
            return Err(BodyStop::Refused(Refusal::payload_too_large()));
        }
        out.extend_from_slice(&data);
        let released = self.body.flow_control().release_capacity(data.len());
        released.map_err(|_error| BodyStop::Refused(Refusal::Body(BodyError::Incomplete)))?;
        self.is_done = self.body.is_end_stream();
        Ok(true)
    }

    async fn send(&mut self, head: ReplyHead, content: &[u8]) -> Result<(), ClientGone> {
        let has_length = !is_bodiless(head.status());
        let length = head.announced_length.unwrap_or(content.len() as u64);
        let is_empty = self.is_head || content.is_empty() || !has_length;
        self.start(head, has_length.then_some(length), is_empty)?;
        if !is_empty {
            self.write(Bytes::copy_from_slice(content), true).await?;
        }
        Ok(())
    }

    async fn send_head(&mut self, head: ReplyHead, length: Option<u64>) -> Result<(), ClientGone> {
        let is_bodiless = is_bodiless(head.status());
        let length = head.announced_length.or(length).filter(|_| !is_bodiless);
        self.is_ended = self.is_head || is_bodiless;
        self.start(head, length, self.is_ended)
    }

    async fn send_piece(&mut self, piece: &[u8]) -> Result<(), ClientGone> {
        if self.is_ended || piece.is_empty() {
            return Ok(());
        }
        self.write(Bytes::copy_from_slice(piece), false).await
    }

    async fn finish(&mut self) -> Result<(), ClientGone> {
        if let Some(sending) = &mut self.sending
            && !self.is_ended
        {
            sending.send_data(Bytes::new(), true).map_err(|_error| ClientGone)?;
        }
        Ok(())
    }

    fn abort(&mut self) {
        if let Some(sending) = &mut self.sending {
            sending.send_reset(Reason::INTERNAL_ERROR);
        }
    }
}
