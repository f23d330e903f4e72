//! An authorizer tried out: the same question to the same function, of a request that nobody sent.

use tokio::time::Instant;

use super::answer::{Decided, Unusable};
use super::ask::{ask, invocation};
use super::outcome::Denied;
use super::{Asking, Identity, event};
use crate::observe::{
    fresh_trace, log_authorized, log_authorizer_result, log_authorizer_start, log_authorizer_unusable, log_invocation,
    log_unauthorized,
};

/// The stage that the ARN of a test's method names; the event's context names another (captured: fact A18).
const ARN_STAGE: &str = "ESTestInvoke-stage";

/// What the function decides. Nothing is remembered. The error is the status that a client would have been answered.
pub(crate) async fn try_out(asking: Asking<'_>) -> Result<Decided, u16> {
    let notes = asking.lookup.notes;
    let request_id = asking.lookup.routed.addressed.arrival.ids.request();
    let identity = Identity::of(asking).and_then(|identity| identity.fits(&asking.plan.kind).map(|()| identity));
    log_authorizer_start(notes, &asking.plan.id, request_id, identity.as_ref().ok());
    let decided = match &identity {
        Ok(identity) => asked(asking, identity).await,
        Err(_missing) => Err(Denied::Unauthorized),
    };
    match decided {
        Ok(decided) => {
            log_authorized(notes, decided.answer.principal_id.as_deref().unwrap_or_default());
            Ok(decided)
        }
        Err(Denied::Unauthorized) => {
            log_unauthorized(notes, request_id);
            Err(401)
        }
        Err(Denied::Busy) => Err(429),
        Err(Denied::Unusable(unusable)) => {
            log_authorizer_unusable(notes, &unusable.to_string());
            Err(500)
        }
    }
}

async fn asked(asking: Asking<'_>, identity: &Identity<'_>) -> Result<Decided, Denied> {
    let core = asking.lookup.core;
    let stage = asking.lookup.routed.addressed.stage;
    let (api, partition) = (&stage.api, &asking.target.function.partition);
    let arn = format!("arn:{partition}:execute-api:{}:{}:{}/{ARN_STAGE}/GET/", api.region, api.account, api.id);
    let event = event::event(asking, identity, &arn, b"");
    let trace = fresh_trace(core, asking.lookup.routed.addressed.arrival.wall.epoch_s());
    let deadline = Instant::now() + core.config.authorizers.deadline;
    let invocation = invocation(stage, &asking.plan.id, asking.target, event, (&trace, deadline));
    let Some(invoker) = &core.config.invoker else { return Err(Denied::Unusable(Unusable::Permission)) };
    log_invocation(asking.lookup.notes, &invocation);
    let asked = ask(invoker.as_ref(), invocation, asking.plan.answer).await;
    if let Some(payload) = asked.payload.filter(|_| asked.decided != Err(Denied::Unauthorized)) {
        log_authorizer_result(asking.lookup.notes, &payload);
    }
    asked.decided
}
