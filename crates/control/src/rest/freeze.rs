//! Freezing: what `CreateDeployment` takes of an API, content-addressed, and what a deployment says of it later.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::frozen::{FrozenApi, FrozenMethod, FrozenNouns};
use stagegate_model::rest::{AuthorizationType, HttpMethod, Method, MethodSnapshot, Resource, RestApi};
use stagegate_sigv4::sha256_hex;

use super::tree::Tree;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// Freezes an API as it is now, and answers the hash of what was frozen.
pub(crate) async fn freeze(rest_api: &RestApi, api: &ApiScope, transaction: &mut Transaction) -> Result<String, Fault> {
    let tree = Tree::whole(api, transaction).await?;
    if tree.methods.is_empty() {
        return Err(Fault::bad_request("The REST API doesn't contain any methods"));
    }
    if tree.methods.iter().any(|(_, method)| method.method_integration.is_none()) {
        return Err(Fault::bad_request("No integration defined for method"));
    }
    let unserved: Option<Value> = transaction.get(&api.unserved().to_string()).await?;
    let methods = tree.methods.into_iter().map(|(resource_id, method)| FrozenMethod { resource_id, method }).collect();
    let resources = tree.resources.into_values().collect();
    let frozen = FrozenApi::new(rest_api, resources, methods, unserved.unwrap_or_default());
    let frozen = frozen.with_nouns(nouns(api, transaction).await?);
    let bytes = frozen.canonical_bytes();
    let hash = sha256_hex(&bytes);
    transaction.put_blob(hash.clone(), bytes.into());
    Ok(hash)
}

/// One method of an API as it is now, in the form of a deployment, for a test: authorization, API keys and what else guards
/// the way to a method do not count (fact 122).
pub(crate) async fn working_copy(
    mut rest_api: RestApi,
    resource: Resource,
    mut method: Method,
    api: &ApiScope,
    transaction: &Transaction,
) -> Result<FrozenApi, Fault> {
    rest_api.policy = None;
    rest_api.endpoint_configuration = None;
    method.authorization_type = Some(AuthorizationType::None);
    method.authorizer_id = None;
    method.authorization_scopes = None;
    method.api_key_required = Some(false);
    let methods = vec![FrozenMethod { resource_id: resource.id.clone(), method }];
    let copy = FrozenApi::new(&rest_api, vec![resource], methods, Value::Null);
    Ok(copy.with_nouns(nouns(api, transaction).await?))
}

async fn nouns(api: &ApiScope, transaction: &Transaction) -> Result<FrozenNouns, Fault> {
    Ok(FrozenNouns {
        request_validators: rows(ApiNoun::RequestValidator, api, transaction).await?,
        models: rows(ApiNoun::Model, api, transaction).await?,
        gateway_responses: rows(ApiNoun::GatewayResponse, api, transaction).await?,
        authorizers: rows(ApiNoun::Authorizer, api, transaction).await?,
    })
}

async fn rows<T: DeserializeOwned>(noun: ApiNoun, api: &ApiScope, transaction: &Transaction) -> Result<Vec<T>, Fault> {
    let rows = transaction.list(&api.nouns_prefix(noun)).await?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Reads what a deployment froze.
pub(crate) async fn thaw(hash: &str, transaction: &Transaction) -> Result<FrozenApi, Fault> {
    let bytes = transaction.blob(hash).await?.ok_or_else(|| Fault::internal("A deployment's documents are missing"))?;
    FrozenApi::from_bytes(&bytes).map_err(|error| Fault::internal(format!("A deployment does not parse: {error}")))
}

/// `apiSummary`: path, then verb, to what the method was.
pub(crate) fn summary(frozen: &FrozenApi) -> BTreeMap<String, BTreeMap<HttpMethod, MethodSnapshot>> {
    let paths: BTreeMap<&str, &str> = frozen.resources.iter().map(|one| (one.id.as_str(), one.path.as_str())).collect();
    let mut summary: BTreeMap<String, BTreeMap<HttpMethod, MethodSnapshot>> = BTreeMap::new();
    for FrozenMethod { resource_id, method } in &frozen.methods {
        let (Some(path), Some(verb)) = (paths.get(resource_id.as_str()), method.http_method) else { continue };
        let snapshot = MethodSnapshot {
            authorization_type: method.authorization_type,
            api_key_required: Some(method.api_key_required.unwrap_or(false)),
        };
        summary.entry((*path).to_owned()).or_default().insert(verb, snapshot);
    }
    summary
}
