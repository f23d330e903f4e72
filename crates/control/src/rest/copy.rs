//! Copying an API's resources and methods into a new API (`cloneFrom`).

use std::collections::BTreeMap;

use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope, is_segment};
use stagegate_model::rest::{DocumentationPart, Method, Model, Resource, RestApi};

use super::documentation_part;
use super::model_schema;
use super::resource;
use super::tree::Tree;
use crate::call::Call;
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::row_at;

/// Copies everything below `source` except its deployments and stages. Resources get ids of their own.
///
/// Settings that the call left open are taken from the source as well.
pub(crate) async fn clone(
    source: &str,
    rest_api: &mut RestApi,
    target: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    if !is_segment(source) {
        return Err(call.no_such_api(source));
    }
    let from = call.scope.api(source);
    let (_, original) = row_at::<RestApi>(transaction, from.rest_api(), || call.no_such_api(source)).await?;
    take_settings(rest_api, original, source, &target.api_id);
    copy_tree(&from, rest_api, target, call, transaction).await?;
    for part in documentation_part::all(&from, transaction).await? {
        let copy = DocumentationPart { id: call.new_noun_id(), ..part };
        transaction.put(&target.noun(ApiNoun::DocumentationPart, &copy.id).to_string(), &copy)?;
    }
    copy_nouns(&from, target, transaction).await?;
    if let Some(unserved) = transaction.get::<Value>(&from.unserved().to_string()).await? {
        transaction.put(&target.unserved().to_string(), &unserved)?;
    }
    Ok(())
}

/// The policy names the API in its ARNs, which are rewritten.
fn take_settings(rest_api: &mut RestApi, original: RestApi, source: &str, target: &str) {
    rest_api.description = rest_api.description.take().or(original.description);
    rest_api.version = rest_api.version.take().or(original.version);
    rest_api.binary_media_types = rest_api.binary_media_types.take().or(original.binary_media_types);
    rest_api.minimum_compression_size = rest_api.minimum_compression_size.or(original.minimum_compression_size);
    rest_api.policy = rest_api.policy.take().or_else(|| {
        let policy = original.policy?;
        Some(policy.replace(&format!(":{source}/"), &format!(":{target}/")))
    });
}

/// Resources and methods, below a root of the new API's own.
async fn copy_tree(
    from: &ApiScope,
    rest_api: &mut RestApi,
    target: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let tree = Tree::whole(from, transaction).await?;
    let new_id = |resource: &Resource| match resource.parent_id {
        None => resource::new_root_id(call),
        Some(_) => call.new_noun_id(),
    };
    let ids: BTreeMap<&str, String> = tree.resources.iter().map(|(id, one)| (id.as_str(), new_id(one))).collect();
    let renamed = |id: &str| ids.get(id).cloned().unwrap_or_else(|| id.to_owned());
    for resource in tree.resources.values() {
        let parent_id = resource.parent_id.as_deref().map(renamed);
        let copy = Resource { id: renamed(&resource.id), parent_id, ..resource.clone() };
        if copy.parent_id.is_none() {
            rest_api.root_resource_id = Some(copy.id.clone());
        }
        transaction.put(&target.resource(&copy.id).to_string(), &copy)?;
    }
    for (resource_id, method) in &tree.methods {
        let Some(verb) = method.http_method else { continue };
        let id = renamed(resource_id);
        transaction.put(&target.method(&id, verb).to_string(), &with_namespace(method, resource_id, &id))?;
    }
    Ok(())
}

/// Validators, models, gateway responses and authorizers keep their ids and names, which are those of one API.
async fn copy_nouns(from: &ApiScope, target: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    let (old, new) = (model_schema::uri(from, ""), model_schema::uri(target, ""));
    for noun in [ApiNoun::RequestValidator, ApiNoun::GatewayResponse, ApiNoun::Authorizer] {
        for (name, row) in transaction.list::<Value>(&from.nouns_prefix(noun)).await? {
            transaction.put(&target.noun(noun, &name).to_string(), &row)?;
        }
    }
    for (name, mut model) in transaction.list::<Model>(&from.nouns_prefix(ApiNoun::Model)).await? {
        model.schema = model.schema.map(|schema| schema.replace(&old, &new));
        transaction.put(&target.noun(ApiNoun::Model, &name).to_string(), &model)?;
    }
    Ok(())
}

/// A cache namespace that was the old resource's id becomes the new one's.
fn with_namespace(method: &Method, old: &str, new: &str) -> Method {
    let mut copy = method.clone();
    if let Some(integration) = &mut copy.method_integration
        && integration.cache_namespace.as_deref() == Some(old)
    {
        integration.cache_namespace = Some(new.to_owned());
    }
    copy
}
