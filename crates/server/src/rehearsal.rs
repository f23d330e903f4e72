//! Methods and authorizers tried out: documents as they are now, compiled like a deployment, and played by the gateway.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use stagegate_compile::{
    Surroundings, compile_authorizer, compile_deployment, compile_stage, compile_token_authorizer,
};
use stagegate_control::{
    AuthorizerRehearsal, AuthorizerRehearsed, MethodRehearsal, Rehearsal, RehearsalError, Rehearsed, SimulatedRequest,
};
use stagegate_gateway as gateway;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_model::rest::{AuthorizerType, RestApi, Stage};
use stagegate_plan::{ApiFacts, Envelope, RouteId, StagePlan, Verb};
use stagegate_store::BoxFuture;

/// The stage that a test pretends, as its requests show it to back ends.
const STAGE: &str = "test-invoke-stage";

/// The rehearsals of a running gateway.
pub(crate) struct GatewayRehearsal {
    sender: gateway::RehearsalSender,
}

impl GatewayRehearsal {
    /// Over a gateway.
    pub(crate) fn new(sender: gateway::RehearsalSender) -> Self {
        Self { sender }
    }

    async fn play(&self, rehearsal: MethodRehearsal) -> Result<Rehearsed, RehearsalError> {
        let MethodRehearsal { verb, request, .. } = &rehearsal;
        let verb = Verb::parse(verb.as_str().as_bytes())
            .ok_or_else(|| RehearsalError::Request(format!("A request cannot have the method {verb}")))?;
        let request = request.clone();
        // A method with large models takes long enough to hold up other calls of the same thread.
        let compiled = tokio::task::spawn_blocking(move || compile(&rehearsal)).await;
        let stage = compiled.map_err(|_ended| RehearsalError::Absent)?;
        let job = gateway::Rehearsal {
            stage: Arc::new(stage),
            // The working copy has one method.
            route: RouteId(0),
            verb,
            path_with_query: request.path_with_query,
            headers: request.headers,
            body: request.body,
        };
        let gateway::Rehearsed { status, headers, body, log, latency_ms } =
            self.sender.rehearse(job).await.map_err(|error| refused(&error))?;
        Ok(Rehearsed { status, headers, body, log, latency_ms })
    }
}

impl GatewayRehearsal {
    async fn ask(&self, rehearsal: AuthorizerRehearsal) -> Result<AuthorizerRehearsed, RehearsalError> {
        let AuthorizerRehearsal { api, authorizer, request, stage_variables, context } = rehearsal;
        let (authorizer, target) = compile_authorizer(&authorizer, &stage_variables).map_err(|why| unusable(&why))?;
        let nothing = FrozenApi::new(&RestApi::default(), Vec::new(), Vec::new(), Value::Null);
        let job = gateway::AuthorizerRehearsal {
            stage: Arc::new(stage(facts(&api, ""), &nothing, &stage_variables, None)),
            authorizer,
            target,
            path_with_query: request.path_with_query,
            headers: request.headers,
            context,
        };
        let gateway::AuthorizerRehearsed { client_status, log, latency_ms, principal_id, policy, context } =
            self.sender.rehearse_authorizer(job).await.map_err(|error| refused(&error))?;
        let claims = BTreeMap::new();
        Ok(AuthorizerRehearsed { client_status, log, latency_ms, principal_id, policy, context, claims })
    }

    /// An authorizer that verifies tokens itself.
    async fn verify(&self, rehearsal: AuthorizerRehearsal) -> Result<AuthorizerRehearsed, RehearsalError> {
        let AuthorizerRehearsal { authorizer, request, stage_variables, .. } = rehearsal;
        let authorizer = compile_token_authorizer(&authorizer, &stage_variables).map_err(|why| unusable(&why))?;
        let SimulatedRequest { path_with_query, headers, .. } = request;
        let job = gateway::TokenRehearsal { authorizer, path_with_query, headers };
        let rehearsed = self.sender.rehearse_token(job).await.map_err(|error| refused(&error))?;
        let gateway::TokenRehearsed { client_status, log, latency_ms, claims } = rehearsed;
        let claims = claims.into_iter().collect();
        Ok(AuthorizerRehearsed { client_status, log, latency_ms, claims, ..AuthorizerRehearsed::default() })
    }
}

impl Rehearsal for GatewayRehearsal {
    fn method(&self, rehearsal: MethodRehearsal) -> BoxFuture<'_, Result<Rehearsed, RehearsalError>> {
        Box::pin(self.play(rehearsal))
    }

    fn authorizer(&self, rehearsal: AuthorizerRehearsal) -> BoxFuture<'_, Result<AuthorizerRehearsed, RehearsalError>> {
        match rehearsal.authorizer.kind {
            Some(AuthorizerType::CognitoUserPools | AuthorizerType::Jwt) => Box::pin(self.verify(rehearsal)),
            Some(AuthorizerType::Token | AuthorizerType::Request) | None => Box::pin(self.ask(rehearsal)),
        }
    }
}

/// Compiles the working copy, and a stage that points to it. What cannot be served answers as it would on a stage.
fn compile(rehearsal: &MethodRehearsal) -> StagePlan {
    let MethodRehearsal { api, api_name, working_copy, stage_variables, client_certificate_id, .. } = rehearsal;
    stage(facts(api, api_name), working_copy, stage_variables, client_certificate_id.as_deref())
}

fn facts(api: &ApiScope, name: &str) -> ApiFacts {
    ApiFacts {
        id: api.api_id.as_str().into(),
        account: api.scope.account.as_str().into(),
        region: api.scope.region.as_str().into(),
        name: name.into(),
        envelope: Envelope::Amzn,
    }
}

/// The stage that a test pretends.
fn stage(
    facts: ApiFacts,
    working_copy: &FrozenApi,
    variables: &BTreeMap<String, String>,
    client_certificate_id: Option<&str>,
) -> StagePlan {
    let (deployment, _findings) = compile_deployment(working_copy, "");
    let stage = Stage {
        stage_name: STAGE.to_owned(),
        variables: Some(variables.clone()),
        client_certificate_id: client_certificate_id.map(str::to_owned),
        ..Stage::default()
    };
    compile_stage(&stage, &Arc::new(facts), &Arc::new(deployment), &Arc::default(), &Surroundings::default()).0
}

fn unusable(why: &str) -> RehearsalError {
    RehearsalError::Request(format!("The authorizer cannot be tried out: {why}"))
}

fn refused(error: &gateway::RehearsalError) -> RehearsalError {
    match error {
        gateway::RehearsalError::Request(_) => RehearsalError::Request(error.to_string()),
        gateway::RehearsalError::Busy => RehearsalError::Busy,
        gateway::RehearsalError::Ended => RehearsalError::Absent,
    }
}
