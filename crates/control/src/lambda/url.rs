//! `CreateFunctionUrlConfig`, `GetFunctionUrlConfig`, `UpdateFunctionUrlConfig`, `DeleteFunctionUrlConfig`,
//! `ListFunctionUrlConfigs`.

use serde_json::Value;
use stagegate_model::lambda::{Cors, FunctionUrlAuthType, FunctionUrlConfig, InvokeMode, LATEST};

use super::answer::now;
use super::fault::{conflict, constraint, invalid, not_found};
use super::name::{Named, check_alias};
use super::{page, row};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::{Input, choose};
use crate::transaction::Transaction;
use crate::verbs::document;

/// Characters of a URL's id.
const ID_LENGTH: usize = 32;
/// Seconds that browsers may remember (API reference, `Cors`).
const MAX_AGE: std::ops::RangeInclusive<i32> = 0..=86_400;
/// Values of one list of `Cors`.
const MOST_VALUES: usize = 100;

/// What a call says of a URL.
struct Given {
    auth_type: Option<FunctionUrlAuthType>,
    cors: Option<Cors>,
    invoke_mode: Option<InvokeMode>,
}

impl Given {
    fn read(input: &mut Input) -> Result<Self, Fault> {
        let auth_type = choice(input, "AuthType", "authType", FunctionUrlAuthType::NAMES)?;
        let invoke_mode = choice(input, "InvokeMode", "invokeMode", InvokeMode::NAMES)?;
        let cors = match input.structure("Cors")? {
            Some(mut cors) => Some(read_cors(&mut cors)?),
            None => None,
        };
        Ok(Self { auth_type, cors, invoke_mode })
    }
}

fn choice<E: serde::de::DeserializeOwned>(
    input: &mut Input,
    member: &str,
    shown: &str,
    allowed: &[&str],
) -> Result<Option<E>, Fault> {
    let Some(text) = input.text(member)? else { return Ok(None) };
    let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
    choose(&text).map(Some).ok_or_else(|| constraint(&text, shown, &rule))
}

fn read_cors(input: &mut Input) -> Result<Cors, Fault> {
    let mut texts = |member: &str| {
        let given = input.texts(member)?;
        let fits = given.as_ref().is_none_or(|given| given.len() <= MOST_VALUES);
        let rule = format!("Member must have length less than or equal to {MOST_VALUES}");
        if fits { Ok(given) } else { Err(constraint("…", member, &rule)) }
    };
    let (allow_headers, allow_methods) = (texts("AllowHeaders")?, texts("AllowMethods")?);
    let (allow_origins, expose_headers) = (texts("AllowOrigins")?, texts("ExposeHeaders")?);
    let max_age = input.integer("MaxAge")?;
    if let Some(age) = max_age.filter(|age| !MAX_AGE.contains(age)) {
        let rule = "Member must have value between 0 and 86400";
        return Err(constraint(&age.to_string(), "cors.maxAge", rule));
    }
    let allow_credentials = input.flag("AllowCredentials")?;
    Ok(Cors { allow_credentials, allow_headers, allow_methods, allow_origins, expose_headers, max_age })
}

/// The function or its alias: a version has no URL.
fn target(call: &Call) -> Result<(Named, String), Fault> {
    let named = Named::of(call)?;
    let Some(alias) = named.qualifier.clone() else { return Ok((named, String::new())) };
    if alias == LATEST {
        return Err(invalid("A function URL belongs to a function or to one of its aliases"));
    }
    check_alias(&alias)?;
    Ok((named, alias))
}

fn missing() -> Fault {
    not_found("The resource you requested does not exist.")
}

/// The configuration as it is shown: with its URL, without our id.
fn shown(config: &FunctionUrlConfig, call: &Call) -> Result<Value, Fault> {
    let mut shown = document(config)?;
    if let Some(members) = shown.as_object_mut() {
        members.shift_remove("UrlId");
        let url = call.world.function_url.replace("{id}", &config.url_id).replace("{region}", &call.scope.region);
        members.insert("FunctionUrl".to_owned(), Value::String(url));
    }
    Ok(shown)
}

/// `CreateFunctionUrlConfig`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (named, place) = target(call)?;
    let mut input = Input::of(call)?;
    let given = Given::read(&mut input)?;
    input.finish()?;
    let auth_type = given.auth_type.ok_or_else(|| constraint("null", "authType", "Member must not be null"))?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row::version(&row, &named, call)?;
    if row.urls.contains_key(&place) {
        let arn = named.arn(&call.scope);
        return Err(conflict(format!(
            "Failed to create function url config for [functionArn = {arn}]. Error message:  \
                                     FunctionUrlConfig exists for this Lambda function"
        )));
    }
    let time = now(call);
    let config = FunctionUrlConfig {
        url_id: call.new_id(ID_LENGTH),
        function_arn: named.arn(&call.scope),
        auth_type,
        cors: given.cors,
        creation_time: time.clone(),
        last_modified_time: time,
        invoke_mode: given.invoke_mode.unwrap_or(InvokeMode::Buffered),
    };
    let mut answer = shown(&config, call)?;
    answer.as_object_mut().and_then(|members| members.shift_remove("LastModifiedTime"));
    row.urls.insert(place, config);
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(answer))
}

/// `GetFunctionUrlConfig`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (named, place) = target(call)?;
    let row = row::load(&named, call, transaction).await?;
    Ok(Reply::Document(shown(row.urls.get(&place).ok_or_else(missing)?, call)?))
}

/// `UpdateFunctionUrlConfig`.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (named, place) = target(call)?;
    let mut input = Input::of(call)?;
    let given = Given::read(&mut input)?;
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    let config = row.urls.get_mut(&place).ok_or_else(missing)?;
    config.auth_type = given.auth_type.unwrap_or(config.auth_type);
    config.invoke_mode = given.invoke_mode.unwrap_or(config.invoke_mode);
    if let Some(cors) = given.cors {
        config.cors = Some(cors).filter(|cors| *cors != Cors::default());
    }
    config.last_modified_time = now(call);
    let answer = shown(config, call)?;
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(answer))
}

/// `DeleteFunctionUrlConfig`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (named, place) = target(call)?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row.urls.remove(&place).ok_or_else(missing)?;
    row::store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `ListFunctionUrlConfigs`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = row::load(&Named::of(call)?, call, transaction).await?;
    let mut items = Vec::new();
    for (place, config) in &row.urls {
        items.push((format!("u{place}"), shown(config, call)?));
    }
    Ok(Reply::Document(page::page(call, "FunctionUrlConfigs", items)?))
}
