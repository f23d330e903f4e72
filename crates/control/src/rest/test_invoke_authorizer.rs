//! `TestInvokeAuthorizer`: an authorizer tried out with a request that nobody sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stagegate_model::rest::{Authorizer, AuthorizerType, StringMap};

use super::test_invoke::{merged, refused};
use super::{rest_api, variables};
use crate::call::{Call, Reply};
use crate::environment::new_request_id;
use crate::fault::{Fault, FaultKind};
use crate::input::Input;
use crate::rehearsal::{AuthorizerRehearsal, AuthorizerRehearsed, SimulatedRequest};
use crate::transaction::Transaction;
use crate::verbs::Noun;

/// What the body of the call says.
#[derive(Debug)]
struct Wish {
    request: SimulatedRequest,
    stage_variables: Option<StringMap>,
    context: BTreeMap<String, String>,
}

/// `POST /restapis/{restapi_id}/authorizers/{authorizer_id}`.
pub(crate) async fn invoke(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let wish = read(call)?;
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, authorizer) = Authorizer::load(call, &api, transaction).await?;
    variables::check(wish.stage_variables.as_ref(), &call.world.quotas)?;
    if !matches!(authorizer.kind, Some(AuthorizerType::Token | AuthorizerType::Request)) {
        return without_function(&authorizer, &wish.request, call);
    }
    let rehearsal = AuthorizerRehearsal {
        api,
        authorizer,
        request: wish.request,
        stage_variables: wish.stage_variables.unwrap_or_default(),
        context: wish.context,
    };
    let rehearsed = call.world.rehearsal.authorizer(rehearsal).await.map_err(|error| refused(&error))?;
    Ok(Reply::Document(shown(rehearsed)))
}

fn read(call: &Call) -> Result<Wish, Fault> {
    let mut input = Input::of(call)?;
    let single = input.text_map("headers")?.unwrap_or_default();
    let several = input.texts_map("multiValueHeaders")?.unwrap_or_default();
    let path = input.text("pathWithQueryString")?.filter(|path| !path.is_empty());
    let request = SimulatedRequest {
        path_with_query: path.unwrap_or_else(|| "/".to_owned()),
        headers: merged(single, several),
        body: input.text("body")?.unwrap_or_default().into_bytes(),
    };
    let wish = Wish {
        request,
        stage_variables: input.text_map("stageVariables")?,
        context: input.text_map("additionalContext")?.unwrap_or_default(),
    };
    input.finish()?;
    Ok(wish)
}

/// An authorizer that checks tokens itself: without one the answer is plain (fact A15), with one nobody can say yet.
fn without_function(authorizer: &Authorizer, request: &SimulatedRequest, call: &Call) -> Result<Reply, Fault> {
    let source = authorizer.identity_source.as_deref().unwrap_or_default();
    let header = source.rsplit('.').next().unwrap_or_default();
    let has_token = request.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case(header) && !value.is_empty());
    if has_token {
        let kind = authorizer.kind.map_or("", AuthorizerType::as_str);
        let message = format!(
            "The operation TestInvokeAuthorizer for authorizers of type {kind} is not served by this version of Stagegate"
        );
        return Err(Fault::new(FaultKind::UnknownOperation, message));
    }
    let id = new_request_id(call.world.random.as_ref());
    let log = format!("Execution log for request {id}\nUnauthorized request: {id}\n");
    Ok(Reply::Document(shown(AuthorizerRehearsed { client_status: 401, log, ..AuthorizerRehearsed::default() })))
}

/// Members that an authorizer did not give are left out. `authorization` is what is left of its answer: the context.
fn shown(rehearsed: AuthorizerRehearsed) -> Value {
    let mut shown = Map::new();
    shown.insert("clientStatus".to_owned(), rehearsed.client_status.into());
    shown.insert("log".to_owned(), rehearsed.log.into());
    shown.insert("latency".to_owned(), rehearsed.latency_ms.into());
    if let Some(principal) = rehearsed.principal_id {
        shown.insert("principalId".to_owned(), principal.into());
    }
    if let Some(policy) = rehearsed.policy {
        shown.insert("policy".to_owned(), policy.into());
        let values: Map<String, Value> =
            rehearsed.context.into_iter().map(|(name, value)| (name, json!([value]))).collect();
        shown.insert("authorization".to_owned(), values.into());
    }
    Value::Object(shown)
}
