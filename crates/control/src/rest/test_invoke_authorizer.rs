//! `TestInvokeAuthorizer`: an authorizer tried out with a request that nobody sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stagegate_model::rest::{Authorizer, StringMap};

use super::test_invoke::{merged, refused};
use super::{rest_api, variables};
use crate::call::{Call, Reply};
use crate::fault::Fault;
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
    if !rehearsed.claims.is_empty() {
        let claims: Map<String, Value> =
            rehearsed.claims.into_iter().map(|(name, value)| (name, value.into())).collect();
        shown.insert("claims".to_owned(), claims.into());
    }
    Value::Object(shown)
}
