//! The call of an authorizer's function, and what its answer is worth (facts A14, A16, A20 and L9).

use std::sync::Arc;

use bytes::Bytes;
use stagegate_plan::{DecisionForm, FunctionTarget, StagePlan};
use tokio::time::{Instant, timeout_at};

use super::answer::{self, Decided, Unusable};
use super::outcome::Denied;
use crate::invoker::{
    Invocation, InvocationSource, InvocationType, InvokeError, InvokeFault, Invoked, InvokedPayload, Invoker,
};
use crate::observe::{AuthorizerCall, micros};

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The call.
    pub(crate) call: AuthorizerCall,
    /// What the function answered, if it did.
    pub(crate) payload: Option<Bytes>,
    /// What it means.
    pub(crate) decided: Result<Decided, Denied>,
}

/// The call that asks an authorizer of this id with this event. The source is the authorizer (fact A20).
pub(crate) fn invocation(
    stage: &StagePlan,
    authorizer_id: &str,
    target: &FunctionTarget,
    event: Vec<u8>,
    (trace, deadline): (&[u8], Instant),
) -> Invocation {
    let api = &stage.api;
    let partition = &target.function.partition;
    let arn =
        format!("arn:{partition}:execute-api:{}:{}:{}/authorizers/{authorizer_id}", api.region, api.account, api.id);
    Invocation {
        function: Arc::clone(&target.function),
        payload: Bytes::from(event),
        kind: InvocationType::RequestResponse,
        is_streamed: false,
        client_context: None,
        trace: String::from_utf8_lossy(trace).into(),
        deadline,
        source: InvocationSource::Api { arn: arn.into(), account: api.account.clone(), region: api.region.clone() },
        credentials: target.credentials.clone(),
        signer: None,
    }
}

/// Asks, and waits no longer than the call's deadline.
pub(crate) async fn ask(invoker: &dyn Invoker, invocation: Invocation, form: DecisionForm) -> Asked {
    let started = Instant::now();
    let answered = timeout_at(invocation.deadline, invoker.invoke(invocation)).await;
    let answered = answered.unwrap_or_else(|_late| Err(InvokeError::new(InvokeFault::Timeout, "no answer in time")));
    let latency_us = micros(started.elapsed());
    match answered {
        Ok(Invoked { status, function_error, request_id, payload, .. }) => {
            let request_id = Some(request_id).filter(|id| !id.is_empty());
            let call = AuthorizerCall { status: Some(status), latency_us, request_id };
            let (payload, decided) = judged(payload, function_error.is_some(), form);
            Asked { call, payload, decided }
        }
        Err(error) => {
            let call =
                AuthorizerCall { status: error.fault.status(), latency_us, request_id: error.request_id.clone() };
            Asked { call, payload: None, decided: Err(Denied::Unusable(not_invoked(&error))) }
        }
    }
}

/// What a function's answer means.
fn judged(payload: InvokedPayload, is_error: bool, form: DecisionForm) -> (Option<Bytes>, Result<Decided, Denied>) {
    // Nobody asked for pieces.
    let InvokedPayload::Whole(payload) = payload else { return (None, Err(Denied::Unusable(Unusable::NotJson))) };
    // Where the function did not fail, REST APIs read such an answer as a policy, and HTTP APIs as the error that it looks like.
    let may_say_so = is_error || form != DecisionForm::Policy;
    let decided = if may_say_so && answer::is_unauthorized(&payload) {
        Err(Denied::Unauthorized)
    } else if !is_error {
        answer::read(&payload, form).map_err(Denied::Unusable)
    } else {
        Err(Denied::Unusable(answer::function_error(&payload)))
    };
    (Some(payload), decided)
}

fn not_invoked(error: &InvokeError) -> Unusable {
    match error.fault {
        InvokeFault::AccessDenied | InvokeFault::ResourceNotFound => Unusable::Permission,
        InvokeFault::TooManyRequests => Unusable::Throttled,
        InvokeFault::Timeout => Unusable::Timeout,
        _ => Unusable::NotInvoked(error.to_string()),
    }
}
