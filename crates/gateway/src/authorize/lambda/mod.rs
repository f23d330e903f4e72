//! Authorizers that ask a function, `TOKEN` and `REQUEST`: asked once for each identity, and remembered for a while.

mod answer;
mod ask;
mod canonical;
mod decisions;
mod event;
mod identity;
mod life;
mod outcome;
mod places;
mod test;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use stagegate_mapping::Body;
use stagegate_plan::{
    AuthorizerId, DecisionForm, FunctionTarget, GatewayResponseType, LambdaAuthorizerKind, LambdaAuthorizerPlan,
};
use tokio::time::Instant;

pub(crate) use self::decisions::Decisions;
pub(crate) use self::identity::Identity;
pub(crate) use self::places::Places;
pub(crate) use self::test::try_out;

use self::answer::Unusable;
use self::ask::{Asked, ask, invocation};
use self::decisions::{Found, Key, Term, Waiting};
use self::identity::{Missing, push_part};
use self::life::Life;
use self::outcome::{Decision, Denied, Outcome};
use super::Caller;
use super::policy;
use crate::accept::Exchange;
use crate::core::Core;
use crate::integrate::Lookup;
use crate::invoker::{Invocation, Invoker};
use crate::observe::{
    Notes, log_authorized, log_authorizer_result, log_authorizer_start, log_authorizer_unusable, log_invocation,
    log_unauthorized, micros, noted_trace,
};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// How much longer than the call of a function a request waits for what came of it.
const SLACK: Duration = Duration::from_secs(1);

/// How often a request that waits for others in vain looks again.
const TRIES: usize = 3;

/// Everything that an authorizer's question is put together from.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// The request.
    pub(crate) lookup: Lookup<'a>,
    /// The authorizer.
    pub(crate) plan: &'a LambdaAuthorizerPlan,
    /// Its function.
    pub(crate) target: &'a FunctionTarget,
    /// Variables of the context that a test gives, by name.
    pub(crate) given: Option<&'a BTreeMap<String, String>>,
}

/// Asks the authorizer's function, or remembers what it decided, and asks the policies about this method.
pub(super) async fn authorize<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    (id, plan): (AuthorizerId, &LambdaAuthorizerPlan),
    notes: &Notes,
) -> Result<Caller, Refusal> {
    let body = Body::default();
    let lookup = Lookup { core, routed, notes, body: &body };
    let target = match routed.addressed.stage.authorizer_target(id) {
        Some(Ok(target)) => target,
        Some(Err(unbound)) => {
            return Err(refused(lookup, 0, &Denied::Unusable(Unusable::Unbound(unbound.why.clone()))));
        }
        None => return Err(refused(lookup, 0, &Denied::Unusable(Unusable::Permission))),
    };
    let asking = Asking { lookup, plan, target, given: None };
    let identity = Identity::of(asking);
    log_authorizer_start(notes, &plan.id, routed.addressed.arrival.ids.request(), identity.as_ref().ok());
    let identity = identity.map_err(|missing| unauthorized(lookup, missing))?;
    let decision = asking.decide(exchange, &identity).await?;
    log_authorized(notes, decision.answer.principal_id.as_deref().unwrap_or_default());
    // Asked again for each method: what was remembered is the policy, not its verdict (fact 83).
    policy::authorized(routed, &decision.policies, notes)?;
    let policy = decision.policies.first().cloned();
    Ok(Caller { authorizer: Some(Arc::clone(&decision.answer)), policy, ..Caller::default() })
}

impl Asking<'_> {
    /// What the function decides of an identity, or decided.
    async fn decide<E: Exchange>(self, exchange: &mut E, identity: &Identity<'_>) -> Result<Arc<Decision>, Refusal> {
        let started = Instant::now();
        let outcome = if self.plan.ttl_s > 0 && !identity.is_empty() {
            match self.shared(exchange, identity).await? {
                Shared::Remembered(decision) => {
                    self.lookup.notes.phases.authorizer.passed(0);
                    self.lookup.notes.explain("authorize", format_args!("authorizer {}: remembered", self.plan.id));
                    return Ok(decision);
                }
                Shared::Asked(outcome) => outcome,
            }
        } else {
            let call = self.call(identity)?;
            let (_watchdog, presence) = exchange.watched();
            presence.during(async { Ok(Arc::new(call.made().await)) }).await?
        };
        self.noted(&outcome, micros(started.elapsed()))
    }

    /// What is remembered, or what came of one question for everybody who has it now.
    async fn shared<E: Exchange>(self, exchange: &mut E, identity: &Identity<'_>) -> Result<Shared, Refusal> {
        let key = self.key(identity);
        for _try in 0..TRIES {
            let waiting = match self.lookup.core.decisions.find(key) {
                Found::Known(decision) => return Ok(Shared::Remembered(decision)),
                Found::Asked(waiting) => waiting,
                Found::Unasked(flight, waiting) => {
                    let (call, term) = (self.call(identity)?, self.term());
                    // The task owns the question: it outlives the client that asked first.
                    tokio::spawn(async move { flight.land(Arc::new(call.made().await), term) });
                    waiting
                }
            };
            if let Some(outcome) = self.wait(exchange, waiting).await? {
                return Ok(Shared::Asked(outcome));
            }
            // Whoever was to ask was refused before it could, for a reason of its own, or its core has ended.
        }
        let lost = Denied::Unusable(Unusable::NotInvoked("the call was lost".to_owned()));
        Ok(Shared::Asked(Arc::new(Outcome::unasked(lost))))
    }

    /// Waits for what others asked, for as long as the client is there.
    async fn wait<E: Exchange>(self, exchange: &mut E, waiting: Waiting) -> Result<Option<Arc<Outcome>>, Refusal> {
        let (watchdog, presence) = exchange.watched();
        let deadline = Instant::now() + self.lookup.core.config.authorizers.deadline + SLACK;
        let waited = presence.during(async { Ok(watchdog.within(deadline, waiting.outcome()).await) }).await?;
        Ok(waited.unwrap_or_default())
    }

    /// The call of the function. Whoever makes it needs nothing of the request.
    fn call(self, identity: &Identity<'_>) -> Result<Call, Refusal> {
        let Lookup { core, routed, notes, .. } = self.lookup;
        identity.fits(&self.plan.kind).map_err(|missing| unauthorized(self.lookup, missing))?;
        let own = notes.trace.ask(&self.target.function);
        let trace = own.as_deref().unwrap_or_else(|| noted_trace(core, routed.addressed.arrival, notes));
        let event = event::event(self, identity, routed.method_arn()?.as_str(), trace);
        let deadline = Instant::now() + core.config.authorizers.deadline;
        let stage = routed.addressed.stage;
        let invocation = invocation(stage, &self.plan.id, self.target, event, (trace, deadline));
        let place = core.places.take(&stage.api.id, &stage.name, &self.plan.id);
        let place = place.ok_or_else(|| refused(self.lookup, 0, &Denied::Busy))?;
        let Some(invoker) = core.config.invoker.clone() else {
            return Err(refused(self.lookup, 0, &Denied::Unusable(Unusable::Permission)));
        };
        log_invocation(notes, &invocation);
        Ok(Call { invoker, invocation, place, form: self.plan.answer })
    }

    /// Notes what came of a call, and what it means for this request.
    fn noted(self, outcome: &Outcome, latency_us: u64) -> Result<Arc<Decision>, Refusal> {
        let notes = self.lookup.notes;
        if let Some(call) = &outcome.call {
            notes.trace.asked(call.status, call.request_id.as_deref());
            notes.phases.called.get_or_init(|| call.clone());
        }
        if let Some(payload) = &outcome.payload {
            log_authorizer_result(notes, payload);
        }
        notes.explain("authorize", format_args!("authorizer {}: asked", self.plan.id));
        match &outcome.verdict {
            Ok(decision) => {
                notes.phases.authorizer.passed(latency_us);
                Ok(Arc::clone(decision))
            }
            Err(denied) => Err(refused(self.lookup, latency_us, denied)),
        }
    }

    /// How long a decision is remembered that is made now.
    fn term(self) -> Term {
        let ttl = Duration::from_secs(u64::from(self.plan.ttl_s));
        Term { life: Life::of(self.lookup.routed.addressed.stage), ttl }
    }

    /// By what a decision is found again (fact 83): everything that a function is chosen by and sees, but the method.
    fn key(self, identity: &Identity<'_>) -> Key {
        let core = self.lookup.core;
        let stage = self.lookup.routed.addressed.stage;
        let function = &self.target.function;
        let mut text = core.buffers.take();
        for part in [
            &stage.api.id,
            &stage.name,
            &stage.deployment_id,
            &self.plan.id,
            &function.account,
            &function.region,
            &function.name,
        ] {
            push_part(part.as_bytes(), &mut text);
        }
        push_part(function.qualifier.as_deref().unwrap_or_default().as_bytes(), &mut text);
        text.extend_from_slice(&stage.authorizer_flush.to_le_bytes());
        text.push(u8::from(matches!(self.plan.kind, LambdaAuthorizerKind::Token { .. })));
        identity.write_key(&mut text);
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, &text).as_ref());
        core.buffers.give(text);
        key
    }
}

/// What a question that is shared leads to.
enum Shared {
    /// Nobody had to be asked.
    Remembered(Arc<Decision>),
    /// The function was asked, by this request or another.
    Asked(Arc<Outcome>),
}

/// A call that can be made by any task.
struct Call {
    invoker: Arc<dyn Invoker>,
    invocation: Invocation,
    place: places::Place,
    form: DecisionForm,
}

impl Call {
    async fn made(self) -> Outcome {
        let Asked { call, payload, decided } = ask(self.invoker.as_ref(), self.invocation, self.form).await;
        drop(self.place);
        Outcome { call: Some(call), payload, verdict: decided.map(|decided| Arc::new(decided.into())) }
    }
}

/// A caller without an identity (facts A15 and L7).
fn unauthorized(lookup: Lookup<'_>, _missing: Missing) -> Refusal {
    lookup.notes.explain("authorize", format_args!("an identity source is missing, empty or does not match"));
    refused(lookup, 0, &Denied::Unauthorized)
}

/// Notes why there is no decision, and says so to the client in AWS's words (facts 12, 13 and A16).
fn refused(lookup: Lookup<'_>, latency_us: u64, denied: &Denied) -> Refusal {
    use GatewayResponseType as G;
    let notes = lookup.notes;
    let (response, cause, status, why) = match denied {
        Denied::Unauthorized => {
            log_unauthorized(notes, lookup.routed.addressed.arrival.ids.request());
            (G::Unauthorized, Cause::Unauthorized, 401, "Unauthorized".to_owned())
        }
        Denied::Busy => {
            let why = "as many calls of the authorizer's function run as may at once".to_owned();
            (G::Throttled, Cause::AuthorizerBusy, 429, why)
        }
        Denied::Unusable(unusable) => {
            let why = unusable.to_string();
            log_authorizer_unusable(notes, &why);
            let response = if unusable.is_unasked() { G::AuthorizerConfigurationError } else { G::AuthorizerFailure };
            (response, Cause::Authorizer, 500, why)
        }
    };
    notes.explain("authorize", format_args!("{why}"));
    notes.phases.authorizer.failed(status, latency_us, why);
    Refusal::Gateway(response, cause)
}
