//! References from methods to authorizers, validators and models: what may be referred to, and who refers to what.

use std::collections::BTreeMap;

use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::{AuthorizationType, Authorizer, AuthorizerType, Method, Resource, StringMap};

use super::tree::Tree;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// Refuses a method that refers to an authorizer, a validator or a model that its API does not have.
pub(crate) async fn check_method(method: &Method, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    if let Some(authorizer) = &method.authorizer_id {
        check_authorizer(authorizer, method.authorization_type, api, transaction).await?;
    }
    if let Some(validator) = &method.request_validator_id {
        let key = api.noun(ApiNoun::RequestValidator, validator).to_string();
        if !transaction.exists(&key).await? {
            return Err(Fault::bad_request("Invalid Request Validator identifier specified"));
        }
    }
    check_models(method.request_models.as_ref(), api, transaction).await
}

/// Refuses a change that makes a method refer to what its API does not have. References that stay are left alone: an import
/// may have brought names that nothing has.
pub(crate) async fn check_change(
    before: &Method,
    after: &Method,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let mut changed = after.clone();
    if (before.authorization_type, &before.authorizer_id) == (after.authorization_type, &after.authorizer_id) {
        changed.authorizer_id = None;
    }
    if before.request_validator_id == after.request_validator_id {
        changed.request_validator_id = None;
    }
    if before.request_models == after.request_models {
        changed.request_models = None;
    }
    check_method(&changed, api, transaction).await
}

/// The authorizer must be there, and be of the method's authorization type.
async fn check_authorizer(
    id: &str,
    wanted: Option<AuthorizationType>,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let found: Option<Authorizer> = transaction.get(&api.noun(ApiNoun::Authorizer, id).to_string()).await?;
    if found.is_some_and(|authorizer| authorizer.kind.map(authorization_of) == wanted) {
        return Ok(());
    }
    Err(Fault::bad_request(
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires \
         a valid authorizer.",
    ))
}

/// The authorization type of methods that an authorizer serves.
pub(crate) fn authorization_of(kind: AuthorizerType) -> AuthorizationType {
    match kind {
        AuthorizerType::Token | AuthorizerType::Request => AuthorizationType::Custom,
        AuthorizerType::CognitoUserPools => AuthorizationType::CognitoUserPools,
        AuthorizerType::Jwt => AuthorizationType::Jwt,
    }
}

/// Refuses models that the API does not have.
pub(crate) async fn check_models(
    models: Option<&StringMap>,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    for model in models.into_iter().flat_map(StringMap::values) {
        if !transaction.exists(&api.noun(ApiNoun::Model, model).to_string()).await? {
            return Err(Fault::bad_request(format!("Invalid model identifier specified: {model}")));
        }
    }
    Ok(())
}

/// The first method that a question is true of, as AWS names it in refusals: `GET//pets`.
pub(crate) async fn find_method(
    api: &ApiScope,
    transaction: &Transaction,
    uses: impl Fn(&Method) -> bool,
) -> Result<Option<String>, Fault> {
    let tree = Tree::whole(api, transaction).await?;
    let found = tree.methods.iter().find(|(_, method)| uses(method));
    Ok(found.map(|(resource_id, method)| format!("{}/{}", verb(method), path(&tree.resources, resource_id))))
}

/// Where a model is referred to, in AWS's words (fact 130: `method request: //ANY`).
pub(crate) async fn find_model(
    model: &str,
    api: &ApiScope,
    transaction: &Transaction,
) -> Result<Option<String>, Fault> {
    let tree = Tree::whole(api, transaction).await?;
    let names = |models: Option<&StringMap>| models.is_some_and(|models| models.values().any(|name| name == model));
    for (resource_id, method) in &tree.methods {
        let place = format!("{}/{}", path(&tree.resources, resource_id), verb(method));
        if names(method.request_models.as_ref()) {
            return Ok(Some(format!("method request: {place}")));
        }
        let mut responses = method.method_responses.iter().flatten();
        if let Some((status, _)) = responses.find(|(_, response)| names(response.response_models.as_ref())) {
            return Ok(Some(format!("method response: {place}/{status}")));
        }
    }
    Ok(None)
}

fn verb(method: &Method) -> &'static str {
    method.http_method.map_or("", stagegate_model::rest::HttpMethod::as_str)
}

fn path<'t>(resources: &'t BTreeMap<String, Resource>, id: &str) -> &'t str {
    resources.get(id).map_or("", |resource| resource.path.as_str())
}
