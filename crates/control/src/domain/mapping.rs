//! `BasePathMapping`: a base path of a domain name, and the stage behind it.

use serde_json::Value;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, ApiScope, DomainScope, HttpNoun, Key, is_segment};
use stagegate_model::rest::{BasePathMapping, DomainName, EndpointType, RestApi};

use super::base_path::{NONE, parse};
use super::domain_name::key_id_of;
use super::exposure::is_private;
use crate::account_verbs;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::patch::{self, PatchRow, SET, row};
use crate::rest::endpoint;
use crate::transaction::Transaction;
use crate::verbs::{bump, document, row_at};

/// AWS's page "Patch Operations", `UpdateBasePathMapping`; clients also write `/basePath`.
pub(crate) const PATCH: &[PatchRow<BasePathMapping>] = &[
    row("/basepath", SET, |mapping, edit| {
        mapping.base_path = parse(&edit.optional_text().unwrap_or_default())?;
        Ok(())
    }),
    row("/basePath", SET, |mapping, edit| {
        mapping.base_path = parse(&edit.optional_text().unwrap_or_default())?;
        Ok(())
    }),
    row("/restapiId", SET, |mapping, edit| {
        mapping.rest_api_id = Some(edit.text()?);
        Ok(())
    }),
    row("/stage", SET, |mapping, edit| {
        mapping.stage = edit.optional_text().filter(|stage| stage != NONE);
        Ok(())
    }),
];

/// The prefix of a domain name's mappings.
pub(super) fn prefix_of(domain: &DomainName, scope: &Scope) -> String {
    scope_of(domain, scope).mappings_prefix()
}

fn scope_of(domain: &DomainName, scope: &Scope) -> DomainScope {
    DomainScope { scope: scope.clone(), id: key_id_of(domain) }
}

fn key_of(domain: &DomainName, base_path: &str, scope: &Scope) -> Key {
    scope_of(domain, scope).mapping(base_path)
}

async fn load(call: &Call, transaction: &mut Transaction) -> Result<(DomainName, Key, BasePathMapping), Fault> {
    let (_, domain) = account_verbs::load::<DomainName>(call, transaction).await?;
    let missing = || Fault::not_found("Invalid base path mapping identifier specified");
    let key = key_of(&domain, call.parameter("base_path"), &call.scope);
    let (key, mapping) = row_at(transaction, key, missing).await?;
    Ok((domain, key, mapping))
}

/// `CreateBasePathMapping`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let base_path = input.text("basePath")?;
    let rest_api_id = input.required_text("restApiId")?;
    let stage = input.text("stage")?.filter(|stage| !stage.is_empty() && stage != NONE);
    input.finish()?;
    let (_, domain) = account_verbs::load::<DomainName>(call, transaction).await?;
    let base_path = parse(&base_path.unwrap_or_default())?;
    let mapping = BasePathMapping { base_path, rest_api_id: Some(rest_api_id), stage };
    admit(&domain, call, transaction).await?;
    let key = free_key(&mapping, &domain, call, transaction).await?;
    check_target(&mapping, &domain, call, transaction).await?;
    transaction.put(&key.to_string(), &mapping)?;
    Ok(Reply::Document(document(&mapping)?))
}

/// Refuses one mapping more than a domain name may have.
async fn admit(domain: &DomainName, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    let quota = "rest_mappings_per_domain_count";
    if call.world.quotas.enforced(quota).is_none() {
        return Ok(());
    }
    account_verbs::count_write(call, transaction).await?;
    let have = transaction.list::<Value>(&prefix_of(domain, &call.scope)).await?.len();
    let message = "Maximum number of base path mappings for this domain name has been reached.";
    call.world.quotas.admit(quota, have, message)
}

/// The key of a new base path, which nobody has.
async fn free_key(
    mapping: &BasePathMapping,
    domain: &DomainName,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Key, Fault> {
    let key = key_of(domain, &mapping.base_path, &call.scope);
    match transaction.exists(&key.to_string()).await? {
        false => Ok(key),
        true if mapping.base_path == NONE => {
            Err(Fault::conflict("Only one base path mapping is allowed if the base path is empty."))
        }
        true => Err(Fault::conflict("Base path already exists for this domain name")),
    }
}

/// The API and the stage must exist, and the API must be as private as the domain name.
async fn check_target(
    mapping: &BasePathMapping,
    domain: &DomainName,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let missing = || Fault::bad_request("Invalid REST API identifier specified");
    let id = mapping.rest_api_id.as_deref().filter(|id| is_segment(id)).ok_or_else(missing)?;
    let api = call.scope.api(id);
    let is_http = transaction.exists(&api.http_api().to_string()).await?;
    let is_private_api = if is_http {
        false
    } else {
        let (_, rest_api): (_, RestApi) = row_at(transaction, api.rest_api(), missing).await?;
        endpoint::type_of(&rest_api) == EndpointType::Private
    };
    if is_private_api != is_private(domain) {
        return Err(Fault::bad_request(
            "Private APIs can only be mapped to private domain names, and public to public.",
        ));
    }
    if let Some(stage) = &mapping.stage {
        let is_there = is_stage_name(stage) && transaction.exists(&stage_key(&api, is_http, stage).to_string()).await?;
        if !is_there {
            return Err(Fault::bad_request("Invalid stage identifier specified"));
        }
    }
    // Whoever deletes the API or the stage at the same time looks for mappings by a list.
    if is_http {
        let key = api.http_generation().to_string();
        let seen: u64 = transaction.get(&key).await?.unwrap_or_default();
        return transaction.put(&key, &seen.wrapping_add(1));
    }
    bump(&api, transaction).await
}

fn stage_key(api: &ApiScope, is_http: bool, stage: &str) -> Key {
    if is_http { api.http_noun(HttpNoun::Stage, stage) } else { api.stage(stage) }
}

/// Whether a key can have a stage of this name; `$default` is one of HTTP APIs.
fn is_stage_name(stage: &str) -> bool {
    is_segment(stage) || stage == "$default"
}

/// `GetBasePathMapping`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, _, mapping) = load(call, transaction).await?;
    Ok(Reply::Document(document(&mapping)?))
}

/// `GetBasePathMappings`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (_, domain) = account_verbs::load::<DomainName>(call, transaction).await?;
    let rows = transaction.list::<BasePathMapping>(&prefix_of(&domain, &call.scope)).await?;
    let items = rows.into_iter().map(|(name, mapping)| Ok((name, document(&mapping)?)));
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}

/// `UpdateBasePathMapping`, which may give the mapping another base path.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let operations = patch::operations(call)?;
    let (domain, old_key, before) = load(call, transaction).await?;
    let mut mapping = before.clone();
    patch::apply(PATCH, &mut mapping, &operations, |_| None)?;
    let key = if mapping.base_path == before.base_path {
        old_key
    } else {
        transaction.delete(&old_key.to_string());
        free_key(&mapping, &domain, call, transaction).await?
    };
    check_target(&mapping, &domain, call, transaction).await?;
    transaction.put(&key.to_string(), &mapping)?;
    Ok(Reply::Document(document(&mapping)?))
}

/// `DeleteBasePathMapping`.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, key, _) = load(call, transaction).await?;
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}

/// The domain names that lead to an API, or to one stage of it.
async fn domains_of(api: &ApiScope, stage: Option<&str>, transaction: &Transaction) -> Result<Vec<String>, Fault> {
    let rows = transaction.list::<BasePathMapping>(&api.scope.nouns_prefix(AccountNoun::BasePathMapping)).await?;
    let leads = |mapping: &BasePathMapping| {
        mapping.rest_api_id.as_ref() == Some(&api.api_id) && (stage.is_none() || mapping.stage.as_deref() == stage)
    };
    let leading = rows.iter().filter(|(_, mapping)| leads(mapping));
    let mut names: Vec<String> =
        leading.map(|(key, _)| key.split(['|', '+']).next().unwrap_or_default().to_owned()).collect();
    names.dedup();
    Ok(names)
}

/// Refuses to delete an API that a domain name leads to.
pub(crate) async fn refuse_mapped_api(api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let domains = domains_of(api, None, transaction).await?;
    if domains.is_empty() {
        return Ok(());
    }
    Err(Fault::bad_request(format!(
        "Deleting RestApi {} failed. Please remove all base path mappings related to the RestApi in your domains: {}",
        api.api_id,
        domains.join(", ")
    )))
}

/// Refuses to delete a stage that a domain name leads to.
pub(crate) async fn refuse_mapped_stage(stage: &str, api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let domains = domains_of(api, Some(stage), transaction).await?;
    if domains.is_empty() {
        return Ok(());
    }
    Err(Fault::bad_request(format!(
        "Deleting stage {stage} failed. Please remove all base path mappings related to the stage in your domains: {}",
        domains.join(", ")
    )))
}
