//! Content that a client has compressed, as it was before (AWS: "Call an API Method with a Compressed Payload").

use stagegate_http1::{BodyLength, Known};
use stagegate_plan::GatewayResponseType;
use tokio::task::yield_now;

use crate::accept::{Exchange, Payload, Permit, stopped};
use crate::coding::{self, InflateError, Inflater};
use crate::core::Core;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// How much is inflated before other requests of the core have their turn.
const TURN_BYTES: usize = 256 * 1024;

/// The inflated content of a request that names a coding, where the API compresses. For any other nothing is read, and what an
/// earlier room `held` passes as it came.
///
/// # Errors
/// 415 for a coding that is not served and for content that is not in its coding; 413 for content that is over the payload limit
/// once it is inflated, which is found before any of it is held.
pub(super) async fn inflated<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
) -> Result<Option<Payload>, Refusal> {
    let arrival = routed.addressed.arrival;
    let is_on = routed.addressed.stage.deployment.compression.is_some();
    if !is_on || exchange.body_length() == BodyLength::None || arrival.is_simulated {
        return Ok(held);
    }
    let codings = arrival.head.fields().filter(|field| field.known == Known::ContentEncoding);
    let coding = coding::named(codings.map(|field| field.value)).map_err(|_unsupported| unsupported())?;
    let Some(coding) = coding else { return Ok(held) };
    let mut inflater = Inflater::new(coding, core.config.limits.payload_bytes);
    let (mut content, mut permit) = (core.buffers.take(), core.budgets.held());
    let (mut piece, mut is_empty) = (core.buffers.take(), true);
    if let Some(held) = held {
        is_empty = held.bytes.is_empty();
        inflate(&mut inflater, &held.bytes, &mut content, &mut permit).await?;
        core.buffers.give(held.bytes);
    }
    while !exchange.body_is_done() && exchange.read_body(&mut piece).await.map_err(stopped)? {
        is_empty &= piece.is_empty();
        inflate(&mut inflater, &piece, &mut content, &mut permit).await?;
        piece.clear();
    }
    core.buffers.give(piece);
    if !is_empty {
        inflater.end().map_err(refusal)?;
    }
    Ok(Some(Payload::whole(content, permit)))
}

/// Inflates a piece; a bomb of one piece takes many turns.
async fn inflate(
    inflater: &mut Inflater,
    mut piece: &[u8],
    content: &mut Vec<u8>,
    permit: &mut Permit,
) -> Result<(), Refusal> {
    let mut turn = content.len() + TURN_BYTES;
    while inflater.step(&mut piece, content).map_err(refusal)? {
        if !permit.hold(content.len()) {
            return Err(Refusal::OverBudget);
        }
        if content.len() > turn {
            yield_now().await;
            turn = content.len() + TURN_BYTES;
        }
    }
    if permit.hold(content.len()) { Ok(()) } else { Err(Refusal::OverBudget) }
}

fn refusal(error: InflateError) -> Refusal {
    match error {
        InflateError::Malformed => unsupported(),
        InflateError::TooLong => Refusal::payload_too_large(),
    }
}

fn unsupported() -> Refusal {
    Refusal::Gateway(GatewayResponseType::UnsupportedMediaType, Cause::MediaType)
}
