//! References from methods to nouns that have no operations here yet: authorizers, validators, models.
//!
//! Such a noun can only have come with an imported definition, which names it; API Gateway itself has two models.

use serde_json::Value;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{Method, StringMap};

use crate::fault::Fault;
use crate::transaction::Transaction;

/// The models that every API has (fact section 1.8).
const BUILT_IN_MODELS: [&str; 2] = ["Empty", "Error"];

/// Refuses a method that refers to an authorizer, a validator or a model that its API does not have.
pub(crate) async fn check_method(method: &Method, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    if let Some(authorizer) = &method.authorizer_id {
        let refused = || {
            Fault::bad_request(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires \
                 a valid authorizer.",
            )
        };
        must_be_kept("securitySchemes", authorizer, api, transaction, refused).await?;
    }
    if let Some(validator) = &method.request_validator_id {
        let refused = || Fault::bad_request("Invalid Request Validator identifier specified");
        must_be_kept("requestValidators", validator, api, transaction, refused).await?;
    }
    check_models(method.request_models.as_ref(), api, transaction).await
}

/// Refuses models that the API does not have.
pub(crate) async fn check_models(
    models: Option<&StringMap>,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    for model in models.into_iter().flat_map(StringMap::values) {
        if !BUILT_IN_MODELS.contains(&model.as_str()) {
            let refused = || Fault::bad_request(format!("Invalid model identifier specified: {model}"));
            must_be_kept("models", model, api, transaction, refused).await?;
        }
    }
    Ok(())
}

/// The kept parts are read only when something refers to them: they can be large.
async fn must_be_kept(
    family: &str,
    name: &str,
    api: &ApiScope,
    transaction: &mut Transaction,
    refused: impl FnOnce() -> Fault,
) -> Result<(), Fault> {
    let kept: Option<Value> = transaction.get(&api.unserved().to_string()).await?;
    let members = kept.as_ref().and_then(|kept| kept.get(family));
    members.and_then(|members| members.get(name)).map(drop).ok_or_else(refused)
}
