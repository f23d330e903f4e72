//! `ImportApi` and `ReimportApi`: an `OpenAPI` definition becomes an HTTP API, or takes the place of one's routes.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use stagegate_model::http::Api;
use stagegate_openapi::{HttpApiDefinition, ImportedHttpApi, Warning, WarningKind, fatal};

use super::edit::Place;
use super::members::{self, Form, Member, required};
use super::verbs::{members_of, parse};
use super::{api, plant};
use crate::call::{Call, Reply};
use crate::definition;
use crate::fault::Fault;
use crate::rest::{gateway_response, tags};
use crate::transaction::Transaction;

const MEMBERS: &[Member] = &[required("body", Form::Text(1, usize::MAX))];

/// `ImportApi`: `PUT /v2/apis`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let imported = read(call).await?;
    let id = api::free_id(call, transaction).await?;
    let made = described(&imported.api, api::defaults(call, &id), call)?;
    let mut place = Place::new(call, call.scope.api(&id), made, transaction);
    place.count().await?;
    finish(imported, place).await
}

/// `ReimportApi`: `PUT /v2/apis/{apiId}`. What the definition does not have goes, but for stages, deployments and tags.
pub(crate) async fn replace(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let imported = read(call).await?;
    let mut place = Place::edit(call, transaction).await?;
    let mut before = members_of(&place.api)?;
    for name in ["beyond", "corsConfiguration", "description", "version"] {
        before.shift_remove(name);
    }
    place.api = described(&imported.api, before, call)?;
    finish(imported, place).await
}

/// The definition that a call carries.
async fn read(call: &Call) -> Result<ImportedHttpApi, Fault> {
    let Some(Value::String(body)) = members::made(call, MEMBERS)?.shift_remove("body") else {
        return Err(Fault::bad_request("Body is a required parameter"));
    };
    let options = definition::options(call, call.query("basepath"), "http_integration_timeout_max_ms")?;
    definition::read(Bytes::from(body), options, stagegate_openapi::import_http).await
}

/// The API itself as the definition describes it, on top of what it is already.
fn described(definition: &HttpApiDefinition, before: Map<String, Value>, call: &Call) -> Result<Api, Fault> {
    let cors = definition.cors.as_ref().map(|cors| json!(cors)).unwrap_or_default();
    let said = json!({
        "name": definition.name,
        "protocolType": "HTTP",
        "description": definition.description,
        "version": definition.version,
        "corsConfiguration": cors,
        "disableExecuteApiEndpoint": definition.disable_execute_api_endpoint,
        "ipAddressType": definition.ip_address_type,
    });
    let said = said.as_object().cloned().unwrap_or_default();
    let describe = || {
        let given = members::given(said, api::MEMBERS)?;
        let mut document = before;
        members::merge(&mut document, given, api::MEMBERS);
        let mut api: Api = parse(document)?;
        api::settle(&mut api)?;
        let mut all = api.tags.take().unwrap_or_default();
        all.extend(definition.tags.clone());
        api.tags = Some(tags::settle(Some(all))?.unwrap_or_default());
        api.beyond.clone_from(&definition.beyond);
        for response in api.beyond.iter_mut().flat_map(|beyond| &mut beyond.gateway_responses) {
            gateway_response::settle(&mut response.clone(), call)?;
        }
        Ok(api)
    };
    describe().map_err(|fault: Fault| refused(&fault))
}

fn refused(fault: &Fault) -> Fault {
    Fault { message: format!("Errors found during import:\n\t{}", fault.message), ..fault.clone() }
}

fn fails_on_warnings(call: &Call) -> Result<bool, Fault> {
    let said = call.query("failOnWarnings").unwrap_or_default();
    match said.to_ascii_lowercase().as_str() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        _ => Err(Fault::bad_request(format!("Invalid failOnWarnings {said}: it must be true or false"))),
    }
}

/// Writes everything, unless there are warnings and the call asks to fail on them.
async fn finish(imported: ImportedHttpApi, mut place: Place<'_>) -> Result<Reply, Fault> {
    let ImportedHttpApi { api, mut warnings } = imported;
    warnings.extend(plant::plant(api, &mut place).await?);
    let is_fatal = fails_on_warnings(place.call)?;
    if let Some(listing) = fatal(&warnings).filter(|_| is_fatal) {
        return Err(Fault::bad_request(listing));
    }
    place.put_api()?;
    place.deploy().await?;
    let texts = |kind: WarningKind| {
        let texts = warnings.iter().filter(|warning| warning.kind == kind).map(Warning::to_string);
        Some(texts.collect::<Vec<_>>()).filter(|texts| !texts.is_empty())
    };
    let (mut shown, info) = (place.api, texts(WarningKind::LeftOut));
    (shown.warnings, shown.import_info) = (texts(WarningKind::Definition), info);
    Place::reply(&shown)
}
