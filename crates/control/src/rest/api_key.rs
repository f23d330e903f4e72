//! `ApiKey`: made, listed, patched and deleted here; many at once are imported next door.

use serde_json::Value;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ApiKey, UsagePlanKey};
use stagegate_sigv4::sha256_hex;
use stagegate_store::BoxFuture;

use super::tags;
use crate::account_verbs::{Owned, admit, load, rows};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::patch::{ITEM, PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::document;

/// AWS's page "Patch Operations", `UpdateApiKey`.
pub(crate) const PATCH: &[PatchRow<ApiKey>] = &[
    row("/customerId", SET, |key, edit| {
        key.customer_id = edit.optional_text();
        Ok(())
    }),
    row("/description", SET, |key, edit| {
        key.description = edit.optional_text();
        Ok(())
    }),
    row("/enabled", SET, |key, edit| {
        key.enabled = Some(edit.flag()?);
        Ok(())
    }),
    // A label is taken as on AWS, and like there no answer shows it: no shape of the service model has a place for it.
    row("/labels", ITEM, |_, edit| edit.text().map(drop)),
    row("/name", SET, |key, edit| {
        key.name = edit.optional_text();
        Ok(())
    }),
    row("/stages", ITEM, |key, edit| edit.member(&mut key.stage_keys, edit.text()?)),
];

/// Characters of a key's id.
const ID_LENGTH: usize = 10;
/// Characters of a generated value.
const VALUE_LENGTH: usize = 40;
/// Characters of a given value (fact 129).
const VALUE_CHARS: std::ops::RangeInclusive<usize> = 20..=128;
/// Characters of a key's name (fact section 1.4).
const MOST_NAME_CHARS: usize = 1_024;

/// The fault that a key does not exist.
pub(crate) fn missing() -> Fault {
    Fault::not_found("Invalid API Key identifier specified")
}

impl Owned for ApiKey {
    type Row = Self;
    const KIND: AccountNoun = AccountNoun::ApiKey;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn id(call: &Call) -> String {
        call.parameter("api_Key").to_owned()
    }

    fn missing(_call: &Call) -> Fault {
        missing()
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            check_name(row.name.as_deref()).map_err(Fault::bad_request)?;
            let old = before.stage_keys.as_deref().unwrap_or_default();
            for stage in row.stage_keys.iter().flatten().filter(|stage| !old.contains(stage)) {
                check_stage(stage, call, transaction).await?;
            }
            row.last_updated_date = Some(call.now());
            Ok(())
        })
    }

    fn release<'c>(
        row: &'c Self,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let scope = &call.scope;
            transaction.delete(&value_key(row.value.as_deref().unwrap_or_default(), call).to_string());
            for (name, _) in transaction.list::<UsagePlanKey>(&scope.all_plan_keys_prefix()).await? {
                if let Some((plan, _)) = name.split_once('/').filter(|(_, key)| *key == row.id) {
                    let (plan, key) = (plan.to_owned(), row.id.clone());
                    transaction.delete(&Key::UsagePlanKey(scope.clone(), plan.clone(), key.clone()).to_string());
                    transaction.delete(&Key::Usage(scope.clone(), plan, key).to_string());
                }
            }
            Ok(())
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(&Self { value: None, stage_keys: Some(self.stage_keys.clone().unwrap_or_default()), ..self.clone() })
    }
}

/// The row that says which key has a value.
fn value_key(value: &str, call: &Call) -> Key {
    call.scope.noun(AccountNoun::ApiKeyValue, &sha256_hex(value.as_bytes()))
}

/// The id of the key that has a value.
pub(crate) async fn find_value(
    value: &str,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Option<String>, Fault> {
    transaction.get(&value_key(value, call).to_string()).await
}

/// A name that is not too long.
pub(crate) fn check_name(name: Option<&str>) -> Result<(), String> {
    match name {
        Some(name) if name.chars().count() > MOST_NAME_CHARS => {
            Err(format!("API Key name exceeds maximum size of {MOST_NAME_CHARS} characters"))
        }
        _ => Ok(()),
    }
}

/// A value that a header can carry, and that nobody guesses.
pub(crate) fn check_value(value: &str) -> Result<(), String> {
    let (least, most) = (VALUE_CHARS.start(), VALUE_CHARS.end());
    let chars = value.chars().count();
    if chars < *least {
        Err(format!("API Key value should be at least {least} characters"))
    } else if chars > *most {
        Err(format!("API Key value exceeds maximum size of {most} characters"))
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err("API Key value must consist of printable ASCII characters".to_owned())
    } else {
        Ok(())
    }
}

/// `{api id}/{stage}` must name a stage.
async fn check_stage(stage: &str, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    let (api_id, name) = stage.split_once('/').unwrap_or((stage, ""));
    let key = call.scope.api(api_id).stage(name).to_string();
    if transaction.exists(&key).await? {
        return Ok(());
    }
    Err(Fault::bad_request(format!("Invalid stage identifier specified: {stage}")))
}

/// A key with what AWS fills in.
pub(crate) fn fresh(call: &Call) -> ApiKey {
    ApiKey {
        id: call.new_id(ID_LENGTH),
        enabled: Some(false),
        created_date: Some(call.now()),
        last_updated_date: Some(call.now()),
        ..ApiKey::default()
    }
}

/// Writes a new key and the row of its value.
pub(crate) fn put_new(key: &ApiKey, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    let value = key.value.as_deref().unwrap_or_default();
    transaction.put(&value_key(value, call).to_string(), &key.id)?;
    transaction.put(&call.scope.noun(AccountNoun::ApiKey, &key.id).to_string(), key)
}

/// `CreateApiKey`. Only its answer shows the value without being asked.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut key = read(call)?;
    for stage in key.stage_keys.iter().flatten() {
        check_stage(stage, call, transaction).await?;
    }
    key.tags = tags::settle(key.tags.take())?;
    if find_value(key.value.as_deref().unwrap_or_default(), call, transaction).await?.is_some() {
        return Err(Fault::conflict("API Key already exists"));
    }
    let message = "Maximum number of API keys for this account has been reached.";
    admit::<ApiKey>("rest_api_keys_count", message, call, transaction).await?;
    put_new(&key, call, transaction)?;
    Ok(Reply::Document(show_whole(&key)?))
}

fn show_whole(key: &ApiKey) -> Result<Value, Fault> {
    let mut shown = key.show()?;
    shown["value"] = Value::from(key.value.as_deref().unwrap_or_default());
    Ok(shown)
}

fn read(call: &Call) -> Result<ApiKey, Fault> {
    let mut input = Input::of(call)?;
    let distinct = input.flag("generateDistinctId")?;
    let mut stages = Vec::new();
    for mut item in input.structures("stageKeys")? {
        let api_id = item.text("restApiId")?.unwrap_or_default();
        stages.push(format!("{api_id}/{}", item.text("stageName")?.unwrap_or_default()));
        input.absorb(item);
    }
    let value = input.text("value")?.filter(|value| !value.is_empty());
    let key = ApiKey {
        name: input.text("name")?.filter(|name| !name.is_empty()),
        description: input.text("description")?,
        enabled: Some(input.flag("enabled")?.unwrap_or(false)),
        customer_id: input.text("customerId")?.filter(|id| !id.is_empty()),
        tags: input.text_map("tags")?,
        stage_keys: Some(stages),
        ..fresh(call)
    };
    input.finish()?;
    check_name(key.name.as_deref()).map_err(Fault::bad_request)?;
    if let Some(value) = &value {
        check_value(value).map_err(Fault::bad_request)?;
    }
    let value = value.unwrap_or_else(|| call.new_token(VALUE_LENGTH));
    // Deprecated, and only a caller who says so gets the value as the id (service model, `generateDistinctId`).
    let id = if distinct == Some(false) && !value.contains('/') { value.clone() } else { key.id.clone() };
    Ok(ApiKey { id, value: Some(value), ..key })
}

fn asks(call: &Call, name: &str) -> bool {
    call.query(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// `GetApiKey`, with `includeValue=true`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, key) = load::<ApiKey>(call, transaction).await?;
    let shown = if asks(call, "includeValue") { show_whole(&key)? } else { key.show()? };
    Ok(Reply::Document(shown))
}

/// `GetApiKeys`, with `name` (a prefix, fact 129), `customerId` and `includeValues=true`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let prefix = call.query("name").unwrap_or_default();
    let customer = call.query("customerId").filter(|id| !id.is_empty());
    let whole = asks(call, "includeValues");
    let all = rows::<ApiKey>(&call.scope, transaction).await?;
    let named = |key: &ApiKey| key.name.as_deref().unwrap_or_default().starts_with(prefix);
    let of_customer = |key: &ApiKey| customer.is_none() || key.customer_id.as_deref() == customer;
    let matching = all.into_iter().filter(|(_, key)| named(key) && of_customer(key));
    let items = matching.map(|(id, key)| Ok((id, if whole { show_whole(&key)? } else { key.show()? })));
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}
