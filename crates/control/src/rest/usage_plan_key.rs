//! `UsagePlanKey`: which API keys are in which plans. Name and value are those of the key, now.

use serde_json::Value;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ApiKey, UsagePlan, UsagePlanKey};

use super::{api_key, usage_plan};
use crate::account_verbs::{load, rows};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::transaction::Transaction;
use crate::verbs::document;

/// The only type of keys there is.
const API_KEY: &str = "API_KEY";

fn row_key(plan: &str, key: &str, call: &Call) -> String {
    Key::UsagePlanKey(call.scope.clone(), plan.to_owned(), key.to_owned()).to_string()
}

/// Refuses a key that is not in the plan of the path.
pub(crate) async fn must_be_in(plan: &str, key: &str, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    if transaction.exists(&row_key(plan, key, call)).await? {
        return Ok(());
    }
    Err(Fault::not_found("Invalid Usage Plan Key identifier specified"))
}

/// The API key of an id.
pub(crate) async fn api_key_of(id: &str, call: &Call, transaction: &mut Transaction) -> Result<ApiKey, Fault> {
    let key = call.scope.noun(AccountNoun::ApiKey, id).to_string();
    transaction.get(&key).await?.ok_or_else(api_key::missing)
}

/// The stage to which a key has access through another plan already: it can have it through one only.
pub(crate) async fn clash(
    plan: &UsagePlan,
    key: &str,
    call: &Call,
    transaction: &Transaction,
) -> Result<Option<String>, Fault> {
    let keys = transaction.list::<UsagePlanKey>(&call.scope.all_plan_keys_prefix()).await?;
    let has_key = |other: &str| keys.iter().any(|(name, _)| *name == format!("{other}/{key}"));
    let mine: Vec<String> = plan.api_stages.iter().flatten().map(usage_plan::name).collect();
    let others = rows::<UsagePlan>(&call.scope, transaction).await?;
    let others = others.iter().filter(|(id, _)| *id != plan.id && has_key(id));
    let mut theirs = others.flat_map(|(_, other)| other.api_stages.iter().flatten().map(usage_plan::name));
    Ok(theirs.find(|stage| mine.contains(stage)))
}

fn refuse_clash(key: &str, stage: &str) -> Fault {
    let message = format!("API Key {key} already has access to API Stage {stage} through another Usage Plan");
    Fault::conflict(message)
}

/// Refuses stages of a plan to which one of its keys has access otherwise.
pub(crate) async fn check_new_stages(plan: &UsagePlan, call: &Call, transaction: &Transaction) -> Result<(), Fault> {
    for (key, _) in transaction.list::<UsagePlanKey>(&call.scope.plan_keys_prefix(&plan.id)).await? {
        if let Some(stage) = clash(plan, &key, call, transaction).await? {
            return Err(refuse_clash(&key, &stage));
        }
    }
    Ok(())
}

fn show(key: &ApiKey) -> Result<Value, Fault> {
    document(&UsagePlanKey {
        id: key.id.clone(),
        kind: Some(API_KEY.to_owned()),
        value: key.value.clone(),
        name: key.name.clone(),
    })
}

/// `CreateUsagePlanKey`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let id = input.required_text("keyId")?;
    let kind = input.required_text("keyType")?;
    input.finish()?;
    let (_, plan) = load::<UsagePlan>(call, transaction).await?;
    if kind != API_KEY {
        return Err(Fault::bad_request(format!("Invalid key type specified: {kind}. Must be {API_KEY}")));
    }
    let key = api_key_of(&id, call, transaction).await?;
    let at = row_key(&plan.id, &id, call);
    if transaction.exists(&at).await? {
        return Err(Fault::conflict("Usage Plan Key already exists"));
    }
    if let Some(stage) = clash(&plan, &id, call, transaction).await? {
        return Err(refuse_clash(&id, &stage));
    }
    let all = transaction.list::<UsagePlanKey>(&call.scope.all_plan_keys_prefix()).await?;
    let have = all.iter().filter(|(name, _)| name.ends_with(&format!("/{id}"))).count();
    let message = "Maximum number of usage plans for this API key has been reached.";
    call.world.quotas.admit("rest_usage_plans_per_key_count", have, message)?;
    transaction.put(&at, &UsagePlanKey { id: id.clone(), ..UsagePlanKey::default() })?;
    // Of two calls that put a key into two plans at once, only one commits.
    transaction.put(&call.scope.noun(AccountNoun::ApiKey, &id).to_string(), &key)?;
    Ok(Reply::Document(show(&key)?))
}

/// `GetUsagePlanKey`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, plan) = load::<UsagePlan>(call, transaction).await?;
    let id = call.parameter("keyId");
    must_be_in(&plan.id, id, call, transaction).await?;
    Ok(Reply::Document(show(&api_key_of(id, call, transaction).await?)?))
}

/// `GetUsagePlanKeys`, with `name`, a prefix.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (_, plan) = load::<UsagePlan>(call, transaction).await?;
    let prefix = call.query("name").unwrap_or_default();
    let mut items = Vec::new();
    for (id, _) in transaction.list::<UsagePlanKey>(&call.scope.plan_keys_prefix(&plan.id)).await? {
        let key = api_key_of(&id, call, transaction).await?;
        if key.name.as_deref().unwrap_or_default().starts_with(prefix) {
            items.push((id, show(&key)?));
        }
    }
    Ok(Reply::Document(page.cut(items)))
}

/// `DeleteUsagePlanKey`: the key itself stays.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, plan) = load::<UsagePlan>(call, transaction).await?;
    let id = call.parameter("keyId");
    must_be_in(&plan.id, id, call, transaction).await?;
    transaction.delete(&row_key(&plan.id, id, call));
    transaction.delete(&Key::Usage(call.scope.clone(), plan.id, id.to_owned()).to_string());
    Ok(Reply::Empty)
}
