//! The spine: one request, room by room. The order of the rooms is written here and nowhere else.

use std::sync::Arc;
use std::time::SystemTime;

use stagegate_plan::{RouteId, StagePlan, Verb};

use crate::accept::{Arrival, Exchange};
use crate::address::{Addressed, Destination};
use crate::cache::Sought;
use crate::core::Core;
use crate::observe::{Notes, Room, asks_why, begin_trace, log_start, observe};
use crate::refusal::Refusal;
use crate::respond::{Answer, healthy, respond, respond_refusal};
use crate::route::Routed;
use crate::{address, authorize, cache, function_url, integrate, route, screen, throttle, validate};

/// Takes a request from its arrival to the end of its response. Every way out passes `respond` and `observe`.
pub(crate) async fn journey<E: Exchange>(core: &Core, exchange: &mut E, arrival: &Arrival<'_>) {
    let notes = Notes::default();
    if may_ask_why(core, arrival) {
        notes.open_explanation();
    }
    let answer = rooms(core, exchange, arrival, &notes).await;
    notes.trace.enter(Room::Respond);
    match answer {
        Ok(answer) => respond(core, exchange, arrival, answer, &notes).await,
        Err(refusal) => respond_refusal(core, exchange, arrival, refusal, &notes).await,
    }
    observe(core, arrival, &notes);
}

/// Whether a request bears a good token for the reasons of its answer.
fn may_ask_why(core: &Core, arrival: &Arrival<'_>) -> bool {
    let Some(key) = &core.config.explain else { return false };
    let mut fields = arrival.head.fields();
    let token = fields.find(|field| asks_why(field.name));
    token.is_some_and(|field| key.accepts(field.value, SystemTime::now()))
}

/// Answers what never became a journey: a head that breaks HTTP, or a request over a budget.
pub(crate) async fn refuse<E: Exchange>(core: &Core, exchange: &mut E, arrival: &Arrival<'_>, refusal: Refusal) {
    let notes = Notes::default();
    respond_refusal(core, exchange, arrival, refusal, &notes).await;
    observe(core, arrival, &notes);
}

/// A route that is given, with the stage it belongs to and the verb of the request.
#[derive(Debug)]
pub(crate) struct Given {
    /// The stage.
    pub(crate) stage: Arc<StagePlan>,
    /// The route.
    pub(crate) route: RouteId,
    /// The verb.
    pub(crate) verb: Verb,
}

/// Takes a request through the rooms behind the route, which is given, and answers it. Nothing is counted.
pub(crate) async fn rehearse<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    given: Given,
    notes: &Notes,
) {
    let stage = notes.enter_stage(given.stage);
    let addressed = Addressed {
        arrival,
        stage,
        path: arrival.head.path(),
        base_path: b"",
        vpc_endpoint: None,
        private_domain: None,
    };
    let answer = match route::given(addressed, given.route, given.verb, notes) {
        Ok(routed) => {
            log_start(notes, &routed);
            behind_route(core, exchange, routed, notes).await
        }
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(answer) => respond(core, exchange, arrival, answer, notes).await,
        Err(refusal) => respond_refusal(core, exchange, arrival, refusal, notes).await,
    }
}

/// Each room takes what the last one made, so that nothing can be invoked that was not authorized.
async fn rooms<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let addressed = match address::address(core, arrival, notes)? {
        Destination::Stage(addressed) => addressed,
        Destination::FunctionUrl(addressed) => return function_url::serve(core, exchange, addressed, notes).await,
        Destination::HealthCheck => return Ok(healthy(core, arrival)),
    };
    begin_trace(core, arrival, addressed.stage, notes);
    notes.trace.enter(Room::Route);
    let screened = screen::screen(addressed);
    if let Some(answer) = route::preflight(core, &screened) {
        return Ok(answer);
    }
    let routed = route::route(screened, notes)?;
    behind_route(core, exchange, routed, notes).await
}

async fn behind_route<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: Routed<'_>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    notes.trace.enter(Room::Authorize);
    let authorized = authorize::authorize(core, exchange, routed, notes).await?;
    notes.trace.enter(Room::Throttle);
    let admitted = throttle::throttle(core, authorized, notes).await?;
    log_start(notes, &admitted.authorized.routed);
    notes.trace.enter(Room::Validate);
    let validated = validate::validate(core, exchange, admitted, notes).await?;
    notes.trace.enter(Room::Cache);
    match cache::look_up(core, exchange, validated, notes).await? {
        Sought::Found(answer) => Ok(answer),
        Sought::Missed(missed, fetch) => {
            notes.trace.enter(Room::Integrate);
            let outcome = integrate::integrate(core, exchange, missed, notes).await;
            fetch.settle(core, outcome, notes)
        }
    }
}
