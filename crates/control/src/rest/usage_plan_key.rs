//! `UsagePlanKey`: which API keys are in which plans. Name and value are those of the key, now.

use std::collections::BTreeSet;

use serde_json::Value;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ApiKeyRow, UsagePlan, UsagePlanKey, UsagePlanRow};

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
pub(crate) async fn api_key_of(id: &str, call: &Call, transaction: &mut Transaction) -> Result<ApiKeyRow, Fault> {
    let key = call.scope.noun(AccountNoun::ApiKey, id).to_string();
    transaction.get(&key).await?.ok_or_else(api_key::missing)
}

/// The plans that a key is in, and that are there.
async fn plans_of(row: &ApiKeyRow, call: &Call, transaction: &mut Transaction) -> Result<Vec<UsagePlan>, Fault> {
    let mut plans = Vec::new();
    for id in &row.plans {
        let key = call.scope.noun(AccountNoun::UsagePlan, id).to_string();
        plans.extend(transaction.get::<UsagePlanRow>(&key).await?.map(|row| row.plan));
    }
    Ok(plans)
}

/// The stage to which a key has access through another plan already: it can have it through one only (fact T10).
pub(crate) async fn clash(
    plan: &UsagePlan,
    row: &ApiKeyRow,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Option<String>, Fault> {
    let others = plans_of(row, call, transaction).await?;
    Ok(others.iter().filter(|other| other.id != plan.id).find_map(|other| shared_stage(plan, other)))
}

/// A stage that two plans give access to.
fn shared_stage(plan: &UsagePlan, other: &UsagePlan) -> Option<String> {
    let mine: Vec<String> = plan.api_stages.iter().flatten().map(usage_plan::name).collect();
    other.api_stages.iter().flatten().map(usage_plan::name).find(|stage| mine.contains(stage))
}

/// Puts a key into a plan: writes the row that says so, and notes the plan in the key's row, which the caller writes.
pub(crate) fn enter(
    plan: &UsagePlan,
    row: &mut ApiKeyRow,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    if !row.plans.contains(&plan.id) {
        row.plans.push(plan.id.clone());
    }
    let at = row_key(&plan.id, &row.key.id, call);
    transaction.put(&at, &UsagePlanKey { id: row.key.id.clone(), ..UsagePlanKey::default() })
}

fn refuse_clash(key: &str, stage: &str) -> Fault {
    let message = format!("API Key {key} already has access to API Stage {stage} through another Usage Plan");
    Fault::conflict(message)
}

/// Refuses stages of a plan to which one of its keys has access otherwise. Only plans with such a stage have their keys
/// compared.
pub(crate) async fn check_new_stages(plan: &UsagePlan, call: &Call, transaction: &Transaction) -> Result<(), Fault> {
    let all = rows::<UsagePlan>(&call.scope, transaction).await?;
    for (id, other) in all.iter().filter(|(id, _)| *id != plan.id) {
        let Some(stage) = shared_stage(plan, &other.plan) else { continue };
        let theirs = transaction.list::<UsagePlanKey>(&call.scope.plan_keys_prefix(id)).await?;
        let theirs: BTreeSet<String> = theirs.into_iter().map(|(key, _)| key).collect();
        let mine = transaction.list::<UsagePlanKey>(&call.scope.plan_keys_prefix(&plan.id)).await?;
        if let Some((key, _)) = mine.iter().find(|(key, _)| theirs.contains(key)) {
            return Err(refuse_clash(key, &stage));
        }
    }
    Ok(())
}

fn show(row: &ApiKeyRow, call: &Call) -> Result<Value, Fault> {
    document(&UsagePlanKey {
        id: row.key.id.clone(),
        kind: Some(API_KEY.to_owned()),
        value: Some(api_key::open_value(row, call)?),
        name: row.key.name.clone(),
    })
}

/// `CreateUsagePlanKey`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let id = input.required_text("keyId")?;
    let kind = input.required_text("keyType")?;
    input.finish()?;
    let (_, UsagePlanRow { plan, .. }) = load::<UsagePlan>(call, transaction).await?;
    if kind != API_KEY {
        return Err(Fault::bad_request(format!("Invalid key type specified: {kind}. Must be {API_KEY}")));
    }
    let mut row = api_key_of(&id, call, transaction).await?;
    if transaction.exists(&row_key(&plan.id, &id, call)).await? {
        return Err(Fault::conflict("Usage Plan Key already exists"));
    }
    if let Some(stage) = clash(&plan, &row, call, transaction).await? {
        return Err(refuse_clash(&id, &stage));
    }
    // Plans that are gone are forgotten on the way.
    row.plans = plans_of(&row, call, transaction).await?.into_iter().map(|plan| plan.id).collect();
    let message = "Maximum number of usage plans for this API key has been reached.";
    call.world.quotas.admit("rest_usage_plans_per_key_count", row.plans.len(), message)?;
    enter(&plan, &mut row, call, transaction)?;
    // Of two calls that put a key into two plans at once, only one commits.
    transaction.put(&call.scope.noun(AccountNoun::ApiKey, &id).to_string(), &row)?;
    Ok(Reply::Document(show(&row, call)?))
}

/// `GetUsagePlanKey`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, UsagePlanRow { plan, .. }) = load::<UsagePlan>(call, transaction).await?;
    let id = call.parameter("keyId");
    must_be_in(&plan.id, id, call, transaction).await?;
    Ok(Reply::Document(show(&api_key_of(id, call, transaction).await?, call)?))
}

/// `GetUsagePlanKeys`, with `name`, a prefix. Reads no further than the page.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (_, UsagePlanRow { plan, .. }) = load::<UsagePlan>(call, transaction).await?;
    let prefix = call.query("name").unwrap_or_default();
    let keys = call.scope.plan_keys_prefix(&plan.id);
    let mut after = page.after.clone();
    let mut items = Vec::new();
    while items.len() <= page.limit {
        let rows = transaction.list_after::<UsagePlanKey>(&keys, after.as_deref()).await?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.clone());
        for (id, _) in rows {
            if items.len() > page.limit {
                break;
            }
            let row = api_key_of(&id, call, transaction).await?;
            if row.key.name.as_deref().unwrap_or_default().starts_with(prefix) {
                items.push((id, show(&row, call)?));
            }
        }
    }
    Ok(Reply::Document(page.cut(items)))
}

/// `DeleteUsagePlanKey`: the key itself stays.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, UsagePlanRow { plan, .. }) = load::<UsagePlan>(call, transaction).await?;
    let id = call.parameter("keyId");
    must_be_in(&plan.id, id, call, transaction).await?;
    transaction.delete(&row_key(&plan.id, id, call));
    let mut row = api_key_of(id, call, transaction).await?;
    row.plans.retain(|other| *other != plan.id);
    transaction.put(&call.scope.noun(AccountNoun::ApiKey, id).to_string(), &row)?;
    Ok(Reply::Empty)
}
