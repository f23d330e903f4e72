//! `ApiKey`: made, listed, patched and deleted here; many at once are imported next door.
//!
//! Its value is sealed, and found by a keyed hash. Whoever makes a key with `generateDistinctId=false` makes the value its id,
//! too, which is no secret.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ApiKey, ApiKeyRow};
use stagegate_plan::key_digest_context;
use stagegate_seal::Sealer;
use stagegate_store::BoxFuture;

use super::tags;
use crate::account_verbs::{Owned, admit, load};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::patch::{ITEM, PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{Holds, document};

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

impl Holds<ApiKey> for ApiKeyRow {
    fn noun(&mut self, _call: &Call) -> Result<&mut ApiKey, Fault> {
        Ok(&mut self.key)
    }
}

impl Owned for ApiKey {
    type Row = ApiKeyRow;
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
        row: &'c mut ApiKeyRow,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let key = &mut row.key;
            check_name(key.name.as_deref()).map_err(Fault::bad_request)?;
            let old = before.stage_keys.as_deref().unwrap_or_default();
            for stage in key.stage_keys.iter().flatten().filter(|stage| !old.contains(stage)) {
                check_stage(stage, call, transaction).await?;
            }
            key.last_updated_date = Some(call.now());
            Ok(())
        })
    }

    fn release<'c>(
        row: &'c ApiKeyRow,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let scope = &call.scope;
            transaction.delete(&scope.noun(AccountNoun::ApiKeyValue, &row.digest).to_string());
            for plan in &row.plans {
                let key = Key::UsagePlanKey(scope.clone(), plan.clone(), row.key.id.clone());
                transaction.delete(&key.to_string());
            }
            Ok(())
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(&Self { value: None, stage_keys: Some(self.stage_keys.clone().unwrap_or_default()), ..self.clone() })
    }
}

/// The digest of a value, in lower-case hexadecimal.
fn digest(value: &str, scope: &Scope, sealer: &Sealer) -> String {
    let context = key_digest_context(&scope.account, &scope.region);
    let digest = sealer.digest(context.as_bytes(), value.as_bytes());
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Seals the value of a key, of which the row holds nothing in clear text from then on.
pub fn seal_api_key(mut row: ApiKeyRow, value: &str, scope: &Scope, sealer: &Sealer) -> ApiKeyRow {
    row.key.value = None;
    let context = ApiKeyRow::seal_context(scope, &row.key.id);
    row.sealed = STANDARD.encode(sealer.seal(context.as_bytes(), value.as_bytes()));
    row.digest = digest(value, scope, sealer);
    row
}

/// The value of a key.
pub(crate) fn open_value(row: &ApiKeyRow, call: &Call) -> Result<String, Fault> {
    let context = ApiKeyRow::seal_context(&call.scope, &row.key.id);
    let sealed = STANDARD.decode(&row.sealed).ok();
    let opened = sealed.and_then(|sealed| call.world.sealer.open(context.as_bytes(), &sealed).ok());
    opened.and_then(|value| String::from_utf8(value).ok()).ok_or_else(|| {
        tracing::error!(key = row.key.id, "the value of an API key cannot be opened");
        Fault::internal("The value of the API Key cannot be opened")
    })
}

/// The id of the key that has a value.
pub(crate) async fn find_value(
    value: &str,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Option<String>, Fault> {
    let digest = digest(value, &call.scope, &call.world.sealer);
    transaction.get(&call.scope.noun(AccountNoun::ApiKeyValue, &digest).to_string()).await
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

/// Writes a new key and the row of its value, which it holds in clear text so far; answers what was written.
pub(crate) fn put_new(
    row: ApiKeyRow,
    value: &str,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<ApiKeyRow, Fault> {
    let row = seal_api_key(row, value, &call.scope, &call.world.sealer);
    transaction.put(&call.scope.noun(AccountNoun::ApiKeyValue, &row.digest).to_string(), &row.key.id)?;
    transaction.put(&call.scope.noun(AccountNoun::ApiKey, &row.key.id).to_string(), &row)?;
    Ok(row)
}

/// `CreateApiKey`. Only its answer shows the value without being asked.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut key = read(call)?;
    for stage in key.stage_keys.iter().flatten() {
        check_stage(stage, call, transaction).await?;
    }
    key.tags = tags::settle(key.tags.take())?;
    let value = key.value.take().unwrap_or_default();
    if find_value(&value, call, transaction).await?.is_some() {
        return Err(Fault::conflict("API Key already exists"));
    }
    let message = "Maximum number of API keys for this account has been reached.";
    admit::<ApiKey>("rest_api_keys_count", message, call, transaction).await?;
    let row = put_new(ApiKeyRow { key, ..ApiKeyRow::default() }, &value, call, transaction)?;
    Ok(Reply::Document(show_whole(&row.key, value)?))
}

fn show_whole(key: &ApiKey, value: String) -> Result<Value, Fault> {
    let mut shown = key.show()?;
    shown["value"] = Value::from(value);
    Ok(shown)
}

/// A key, with its value where that was asked for.
fn show_row(row: &ApiKeyRow, whole: bool, call: &Call) -> Result<Value, Fault> {
    if whole { show_whole(&row.key, open_value(row, call)?) } else { row.key.show() }
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
    let (_, row) = load::<ApiKey>(call, transaction).await?;
    Ok(Reply::Document(show_row(&row, asks(call, "includeValue"), call)?))
}

/// `GetApiKeys`, with `name` (a prefix, fact 129), `customerId` and `includeValues=true`. Reads no further than the page.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let prefix = call.query("name").unwrap_or_default();
    let customer = call.query("customerId").filter(|id| !id.is_empty());
    let whole = asks(call, "includeValues");
    let keys = call.scope.nouns_prefix(AccountNoun::ApiKey);
    let mut after = page.after.clone();
    let mut items = Vec::new();
    while items.len() <= page.limit {
        let rows = transaction.list_after::<ApiKeyRow>(&keys, after.as_deref()).await?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.clone());
        for (id, row) in rows {
            let is_named = row.key.name.as_deref().unwrap_or_default().starts_with(prefix);
            if is_named
                && (customer.is_none() || row.key.customer_id.as_deref() == customer)
                && items.len() <= page.limit
            {
                items.push((id, show_row(&row, whole, call)?));
            }
        }
    }
    Ok(Reply::Document(page.cut(items)))
}
