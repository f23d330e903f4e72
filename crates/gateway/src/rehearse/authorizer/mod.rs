//! An authorizer tried out: its identity sources, its function, and what the function's answer is worth (facts A14 to A20).

mod answer;
mod event;
mod identity;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stagegate_plan::{FunctionTarget, LambdaAuthorizerPlan, StagePlan, Verb};
use tokio::time::{Instant, timeout_at};

use self::answer::{Policy, Unusable};
pub(crate) use self::identity::Identity;
use super::{RehearsalError, request};
use crate::accept::Arrival;
use crate::core::Core;
use crate::invoker::{Invocation, InvocationSource, InvocationType, InvokeError, InvokeFault, Invoked, InvokedPayload};
use crate::observe::{
    ExecutionLog, Notes, log_authorized, log_authorizer_result, log_authorizer_start, log_authorizer_unusable,
    log_invocation, log_unauthorized, micros,
};

/// How long a function may take to decide: as long as AWS's default integration timeout, since no other is written down
/// (fact A17).
const DEADLINE: Duration = Duration::from_secs(29);

/// An authorizer to try out.
#[derive(Debug)]
pub struct AuthorizerRehearsal {
    /// The stage that the test pretends.
    pub stage: Arc<StagePlan>,
    /// The authorizer.
    pub authorizer: LambdaAuthorizerPlan,
    /// Its function.
    pub target: FunctionTarget,
    /// Path and query as they were written.
    pub path_with_query: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Further variables of the context, by name without `context.`.
    pub context: BTreeMap<String, String>,
}

/// What an authorizer said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizerRehearsed {
    /// The status that a client would have been answered; 0 where the authorizer gave a policy.
    pub client_status: u16,
    /// The execution log (facts L3, L7 and L9).
    pub log: String,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// The principal.
    pub principal_id: Option<String>,
    /// The policy document, as JSON.
    pub policy: Option<String>,
    /// `context`: its values as text.
    pub context: BTreeMap<String, String>,
}

/// Why there is no policy.
enum Refused {
    /// 401: an identity is missing or does not look like one, or the function said so.
    Unauthorized,
    /// 500: the authorizer cannot be used.
    Unusable,
}

/// Tries an authorizer out.
pub(super) async fn perform(
    core: &Core,
    rehearsal: AuthorizerRehearsal,
) -> Result<AuthorizerRehearsed, RehearsalError> {
    let head = request::head(Verb::Get, &rehearsal.path_with_query, &rehearsal.headers, &core.head_limits());
    let head = head.map_err(|error| RehearsalError::Request(error.to_string()))?;
    let arrival = Arrival::simulated(core, &head);
    let notes = Notes::default();
    notes.open_log(ExecutionLog::rehearsal(arrival.ids.request()));
    notes.enter_stage(Arc::clone(&rehearsal.stage));
    let scene = Scene { core, arrival: &arrival, notes: &notes, rehearsal: &rehearsal };
    let decided = scene.decide().await;
    let mut rehearsed = match decided {
        Ok(policy) => AuthorizerRehearsed {
            principal_id: Some(policy.principal_id),
            policy: Some(policy.document),
            context: policy.context,
            ..AuthorizerRehearsed::default()
        },
        Err(Refused::Unauthorized) => {
            log_unauthorized(&notes, arrival.ids.request());
            AuthorizerRehearsed { client_status: 401, ..AuthorizerRehearsed::default() }
        }
        Err(Refused::Unusable) => AuthorizerRehearsed { client_status: 500, ..AuthorizerRehearsed::default() },
    };
    rehearsed.latency_ms = micros(arrival.started.elapsed()) / 1000;
    let log = notes.execution_log().map(|log| log.take().0).unwrap_or_default();
    rehearsed.log = String::from_utf8_lossy(&log).into_owned();
    Ok(rehearsed)
}

/// What everything is looked up in.
#[derive(Clone, Copy)]
struct Scene<'s> {
    core: &'s Core,
    arrival: &'s Arrival<'s>,
    notes: &'s Notes,
    rehearsal: &'s AuthorizerRehearsal,
}

impl Scene<'_> {
    async fn decide(self) -> Result<Policy, Refused> {
        let Self { arrival, notes, rehearsal, .. } = self;
        let identity = Identity::of(self);
        log_authorizer_start(notes, &rehearsal.authorizer.id, arrival.ids.request(), identity.as_ref().ok());
        let identity = identity.map_err(|_missing| Refused::Unauthorized)?;
        let payload = self.ask(event::event(self, &identity)).await?;
        log_authorizer_result(notes, &payload);
        let policy = answer::read(&payload).map_err(|unusable| self.unusable(&unusable))?;
        log_authorized(notes, &policy.principal_id);
        Ok(policy)
    }

    /// Notes why the authorizer cannot be used (fact L9).
    fn unusable(self, why: &Unusable) -> Refused {
        log_authorizer_unusable(self.notes, &why.to_string());
        Refused::Unusable
    }

    /// The function's answer.
    async fn ask(self, event: Vec<u8>) -> Result<Bytes, Refused> {
        let invocation = self.invocation(event);
        let deadline = invocation.deadline;
        let Some(invoker) = &self.core.config.invoker else { return Err(self.unusable(&Unusable::Permission)) };
        log_invocation(self.notes, &invocation);
        let answered = timeout_at(deadline, invoker.invoke(invocation)).await;
        let answered =
            answered.unwrap_or_else(|_late| Err(InvokeError::new(InvokeFault::Timeout, "no answer in time")));
        match answered {
            Ok(Invoked { function_error: None, payload: InvokedPayload::Whole(payload), .. }) => Ok(payload),
            Ok(Invoked { payload: InvokedPayload::Whole(payload), .. }) => {
                if answer::is_unauthorized(&payload) {
                    return Err(Refused::Unauthorized);
                }
                log_authorizer_result(self.notes, &payload);
                Err(self.unusable(&answer::function_error(&payload)))
            }
            // Nobody asked for pieces.
            Ok(Invoked { payload: InvokedPayload::Stream(_), .. }) => Err(self.unusable(&Unusable::NotJson)),
            Err(error) => Err(self.unusable(&match error.fault {
                InvokeFault::AccessDenied | InvokeFault::ResourceNotFound => Unusable::Permission,
                InvokeFault::TooManyRequests => Unusable::Throttled,
                InvokeFault::Timeout => Unusable::Timeout,
                _ => Unusable::NotInvoked(error.to_string()),
            })),
        }
    }

    /// Fact A20: the source is the authorizer.
    fn invocation(self, event: Vec<u8>) -> Invocation {
        let api = &self.rehearsal.stage.api;
        let AuthorizerRehearsal { authorizer: LambdaAuthorizerPlan { id, .. }, target, .. } = self.rehearsal;
        let partition = &target.function.partition;
        let arn = format!("arn:{partition}:execute-api:{}:{}:{}/authorizers/{id}", api.region, api.account, api.id);
        let mut trace = Vec::new();
        self.core.ids.trace(None, self.arrival.wall.epoch_s(), &mut trace);
        Invocation {
            function: Arc::clone(&target.function),
            payload: Bytes::from(event),
            kind: InvocationType::RequestResponse,
            is_streamed: false,
            client_context: None,
            trace: String::from_utf8_lossy(&trace).into(),
            deadline: Instant::now() + DEADLINE,
            source: InvocationSource::Api { arn: arn.into(), account: api.account.clone(), region: api.region.clone() },
            credentials: target.credentials.clone(),
        }
    }
}
