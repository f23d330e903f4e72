//! The spine: one request, room by room. The order of the rooms is written here and nowhere else.

use crate::accept::{Arrival, Exchange};
use crate::core::Core;
use crate::observe::{Notes, observe};
use crate::refusal::Refusal;
use crate::respond::{Answer, respond, respond_refusal};
use crate::{address, authorize, cache, integrate, route, screen, throttle, validate};

/// Takes a request from its arrival to the end of its response. Every way out passes `respond` and `observe`.
pub(crate) async fn journey<E: Exchange>(core: &Core, exchange: &mut E, arrival: &Arrival<'_>) {
    let notes = Notes::default();
    match rooms(core, exchange, arrival, &notes).await {
        Ok(answer) => respond(core, exchange, arrival, answer, &notes).await,
        Err(refusal) => respond_refusal(core, exchange, arrival, refusal, &notes).await,
    }
    observe(core, arrival, &notes);
}

/// Answers what never became a journey: a head that breaks HTTP, or a request over a budget.
pub(crate) async fn refuse<E: Exchange>(core: &Core, exchange: &mut E, arrival: &Arrival<'_>, refusal: Refusal) {
    let notes = Notes::default();
    respond_refusal(core, exchange, arrival, refusal, &notes).await;
    observe(core, arrival, &notes);
}

/// Each room takes what the last one made, so that nothing can be invoked that was not authorized.
async fn rooms<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let addressed = address::address(core, arrival, notes)?;
    let screened = screen::screen(addressed);
    let routed = route::route(screened, notes)?;
    let authorized = authorize::authorize(routed)?;
    let admitted = throttle::throttle(authorized);
    let validated = validate::validate(admitted);
    let missed = cache::look_up(validated);
    integrate::integrate(core, exchange, &missed, notes).await
}
