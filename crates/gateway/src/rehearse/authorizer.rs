//! An authorizer tried out: a request that nobody sent, and what the function decides of it (facts A14 to A20).

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_mapping::Body;
use stagegate_plan::{
    AuthorizationPlan, FunctionTarget, IntegrationPlan, LambdaAuthorizerPlan, MethodKey, RoutePlan, StagePlan, Verb,
};

use super::{RehearsalError, request};
use crate::accept::Arrival;
use crate::address::Addressed;
use crate::authorize::{Asking, try_out};
use crate::core::Core;
use crate::integrate::Lookup;
use crate::observe::{ExecutionLog, Notes, micros};
use crate::route::Routed;

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
    notes.api_key.get_or_init(|| "test-invoke-api-key".into());
    notes.api_key_id.get_or_init(|| "test-invoke-api-key-id".into());
    let stage = notes.enter_stage(Arc::clone(&rehearsal.stage));
    let route = pretended();
    let addressed = Addressed {
        arrival: &arrival,
        stage,
        path: arrival.head.path(),
        base_path: b"",
        vpc_endpoint: None,
        private_domain: None,
    };
    let routed = Routed::pretended(addressed, Verb::Get, &route);
    let body = Body::default();
    let lookup = Lookup { core, routed: &routed, notes: &notes, body: &body };
    let AuthorizerRehearsal { authorizer, target, context, .. } = &rehearsal;
    let decided = try_out(Asking { lookup, plan: authorizer, target, given: Some(context) }).await;
    let mut rehearsed = AuthorizerRehearsed::default();
    match decided {
        Ok(decided) => {
            let text = |(name, value): &(Box<str>, Box<str>)| (name.to_string(), value.to_string());
            rehearsed.context = decided.answer.context.iter().map(text).collect();
            rehearsed.principal_id = decided.answer.principal_id.map(String::from);
            rehearsed.policy = Some(decided.document);
        }
        Err(status) => rehearsed.client_status = status,
    }
    rehearsed.latency_ms = micros(arrival.started.elapsed()) / 1000;
    let log = notes.execution_log().map(|log| log.take().text).unwrap_or_default();
    rehearsed.log = String::from_utf8_lossy(&log).into_owned();
    Ok(rehearsed)
}

/// The method that a test pretends.
fn pretended() -> RoutePlan {
    RoutePlan {
        resource_id: "test-invoke-resource-id".into(),
        resource_path: "/".into(),
        key: None,
        method: MethodKey::Verb(Verb::Get),
        parameters: Box::default(),
        authorization: AuthorizationPlan::Open,
        key_required: false,
        validation: None,
        cache_key: None,
        integration: IntegrationPlan::Misconfigured { why: "it is never called".into() },
        edits: None,
    }
}
