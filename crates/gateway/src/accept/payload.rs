//! A request's content: held until it is whole, long, or slow.

use stagegate_http1::BodyLength;
use tokio::time::{Instant, timeout_at};

use super::{BodyStop, Exchange, Permit};
use crate::core::Core;
use crate::refusal::Refusal;

/// Content read so far.
#[derive(Debug)]
pub(crate) struct Payload {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether they are all there is.
    pub(crate) is_whole: bool,
    permit: Permit,
}

impl Payload {
    /// Content that was read to its end, with its share of the budget.
    pub(crate) fn whole(bytes: Vec<u8>, permit: Permit) -> Self {
        Self { bytes, is_whole: true, permit }
    }

    /// Puts what whole content was converted to in its place.
    ///
    /// # Errors
    /// It is over the budget of held bytes.
    pub(crate) fn replace(&mut self, core: &Core, bytes: Vec<u8>) -> Result<(), Refusal> {
        if !self.permit.hold(bytes.len()) {
            return Err(Refusal::OverBudget);
        }
        core.buffers.give(std::mem::replace(&mut self.bytes, bytes));
        Ok(())
    }
}

/// How much of the content is read before going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Up to the buffer limit or the hold time; the rest can be streamed.
    Start,
    /// All of it, up to the payload limit.
    Whole,
}

/// What stops the reading of content, as a refusal.
pub(crate) fn stopped(stop: BodyStop) -> Refusal {
    match stop {
        BodyStop::Refused(refusal) => refusal,
        BodyStop::Gone => Refusal::ClientGone,
    }
}

/// Reads content, unless an earlier room `held` it already. Whatever is refused on the way was seen by no back end.
pub(crate) async fn gather<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    held: Option<Payload>,
    want: Want,
) -> Result<Payload, Refusal> {
    if let Some(payload) = held {
        return Ok(payload);
    }
    let mut bytes = core.buffers.take();
    let mut permit = core.budgets.held();
    if exchange.body_length() == BodyLength::None {
        return Ok(Payload::whole(bytes, permit));
    }
    let until = Instant::now() + core.config.timeouts.request_hold;
    let limit = core.config.limits.buffer_bytes;
    while !exchange.body_is_done() {
        if want == Want::Start && bytes.len() >= limit {
            break;
        }
        let more = match want {
            Want::Start => match timeout_at(until, exchange.read_body(&mut bytes)).await {
                Ok(more) => more,
                Err(_held_long_enough) => break,
            },
            Want::Whole => exchange.read_body(&mut bytes).await,
        };
        let more = more.map_err(stopped)?;
        if !permit.hold(bytes.len()) {
            return Err(Refusal::OverBudget);
        }
        if !more {
            break;
        }
    }
    Ok(Payload { bytes, is_whole: exchange.body_is_done(), permit })
}
