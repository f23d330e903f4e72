//! `Api`: made, also by quick create, changed, listed and deleted.

use serde_json::{Map, Value, json};
use stagegate_model::http::{Api, Cors, DeploymentRow, Integration, ProtocolType, Route, Stage};
use stagegate_model::keys::{HttpNoun, Key};
use stagegate_model::rest::IpAddressType;

use super::edit::Place;
use super::members::{self, Form, Member, at_first, member, required};
use super::stage::DEFAULT;
use super::verbs::{Noun as _, make, members_of, parse};
use super::{deployment, now, page};
use crate::call::{Call, Reply};
use crate::fault::{Fault, FaultKind};
use crate::rest::tags;
use crate::transaction::Transaction;

/// Characters of an API's id.
const ID_LENGTH: usize = 10;
/// What selects the route of every HTTP API, as answers and Terraform write it, and as the service model does.
const SELECTIONS: [&str; 2] = ["$request.method $request.path", "${request.method} ${request.path}"];

const CORS: &[Member] = &[
    member("allowCredentials", Form::Flag),
    member("allowHeaders", Form::Texts),
    member("allowMethods", Form::Texts),
    member("allowOrigins", Form::Texts),
    member("exposeHeaders", Form::Texts),
    member("maxAge", Form::Integer(-1, 86_400)),
];

pub(super) const MEMBERS: &[Member] = &[
    member("apiKeySelectionExpression", Form::Text(0, 128)),
    member("corsConfiguration", Form::Structure(CORS)),
    member("credentialsArn", Form::Text(0, 2048)),
    member("description", Form::Text(0, 1024)),
    member("disableExecuteApiEndpoint", Form::Flag),
    member("disableSchemaValidation", Form::Flag),
    member("ipAddressType", Form::Choice(IpAddressType::NAMES)),
    required("name", Form::Text(1, 128)),
    required("protocolType", Form::Choice(ProtocolType::NAMES)),
    member("routeKey", Form::Text(0, 4096)),
    member("routeSelectionExpression", Form::Text(0, 128)),
    at_first("tags", Form::TextMap),
    member("target", Form::Text(0, 2048)),
    member("version", Form::Text(0, 64)),
];

/// What quick create is told: where all requests go, by which route, with which role.
#[derive(Debug, Default)]
struct Quick {
    target: Option<String>,
    route_key: Option<String>,
    credentials: Option<String>,
}

impl Quick {
    /// Takes its members out of a call's.
    fn take(members: &mut Map<String, Value>) -> Self {
        let mut take = |name: &str| {
            let value = members.shift_remove(name)?;
            value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self { target: take("target"), route_key: take("routeKey"), credentials: take("credentialsArn") }
    }

    /// The integration of the target: a function by its ARN, everything else by its URL.
    fn integration(&self, target: &str) -> Map<String, Value> {
        let mut integration = if target.starts_with("arn:") {
            json!({ "integrationType": "AWS_PROXY", "payloadFormatVersion": "2.0" })
        } else {
            json!({ "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "payloadFormatVersion": "1.0" })
        };
        integration["integrationUri"] = Value::from(target);
        if let Some(role) = &self.credentials {
            integration["credentialsArn"] = Value::from(role.as_str());
        }
        integration.as_object().cloned().unwrap_or_default()
    }
}

/// `CreateApi`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut made = members::made(call, MEMBERS)?;
    let quick = Quick::take(&mut made);
    let id = free_id(call, transaction).await?;
    let mut document = defaults(call, &id);
    members::merge(&mut document, made, MEMBERS);
    let mut api: Api = parse(document)?;
    settle(&mut api)?;
    api.tags = Some(tags::settle(api.tags.take())?.unwrap_or_default());
    let mut place = Place::new(call, call.scope.api(&id), api, transaction);
    place.count().await?;
    place.put_api()?;
    if quick.target.is_some() {
        create_quickly(&quick, &mut place).await?;
    } else if quick.route_key.is_some() || quick.credentials.is_some() {
        return Err(Fault::bad_request("RouteKey and CredentialsArn need a Target"));
    }
    Place::reply(&place.api)
}

/// An API id that nobody has, in any account or region, whatever the API speaks.
pub(super) async fn free_id(call: &Call, transaction: &mut Transaction) -> Result<String, Fault> {
    loop {
        let id = call.new_id(ID_LENGTH);
        let key = Key::ApiId(id.clone()).to_string();
        if !transaction.exists(&key).await? {
            transaction.put(&key, &call.scope)?;
            return Ok(id);
        }
    }
}

/// What an API has without being asked.
pub(super) fn defaults(call: &Call, id: &str) -> Map<String, Value> {
    let endpoint = call.world.api_url.replace("{id}", id).replace("{region}", &call.scope.region);
    let defaults = json!({
        "apiEndpoint": endpoint.trim_end_matches('/'),
        "apiId": id,
        "apiKeySelectionExpression": "$request.header.x-api-key",
        "createdDate": now(call),
        "disableExecuteApiEndpoint": false,
        "ipAddressType": "ipv4",
        "routeSelectionExpression": SELECTIONS[0],
        "tags": {},
    });
    defaults.as_object().cloned().unwrap_or_default()
}

/// Checks an API.
pub(super) fn settle(api: &mut Api) -> Result<(), Fault> {
    if api.protocol_type == Some(ProtocolType::WebSocket) {
        return Err(Fault::new(
            FaultKind::UnknownOperation,
            "ProtocolType WEBSOCKET is not served by this version of Stagegate",
        ));
    }
    if api.route_selection_expression.as_deref().is_none_or(|expression| !SELECTIONS.contains(&expression)) {
        let message = format!("RouteSelectionExpression of an HTTP API must be {}", SELECTIONS[1]);
        return Err(Fault::bad_request(message));
    }
    if api.disable_schema_validation == Some(true) {
        return Err(Fault::bad_request("DisableSchemaValidation is not currently supported for HTTP APIs"));
    }
    api.cors_configuration.as_ref().map_or(Ok(()), check_cors)
}

fn check_cors(cors: &Cors) -> Result<(), Fault> {
    let has = |list: &Option<Vec<String>>, value: &str| list.iter().flatten().any(|item| item == value);
    if cors.allow_credentials == Some(true) && has(&cors.allow_origins, "*") {
        // Fact H49.
        return Err(Fault::bad_request("allow-credentials is not supported if 'allow-origin' is *"));
    }
    check_names("AllowHeaders", cors.allow_headers.as_deref())?;
    check_names("AllowMethods", cors.allow_methods.as_deref())?;
    check_names("ExposeHeaders", cors.expose_headers.as_deref())?;
    for origin in cors.allow_origins.iter().flatten() {
        if !origin.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Fault::bad_request(format!(
                "Invalid format for origin {origin:?}: it has characters of no origin"
            )));
        }
        if origin != "*" && !origin.contains("://") {
            return Err(Fault::bad_request(format!(
                "Invalid format for origin {origin}. Origin should start with a scheme"
            )));
        }
    }
    Ok(())
}

/// Refuses what can be no name of a header or a method: it would end up in headers that browsers are sent.
fn check_names(list: &str, names: Option<&[String]>) -> Result<(), Fault> {
    let is_token = |name: &str| name.parse::<http::Method>().is_ok();
    match names.into_iter().flatten().find(|name| !is_token(name)) {
        Some(name) => {
            Err(Fault::bad_request(format!("Invalid value for CorsConfiguration.{list}: {name:?} is no name")))
        }
        None => Ok(()),
    }
}

/// Quick create: an integration, a route and the stage `$default`, which deploys itself.
async fn create_quickly(quick: &Quick, place: &mut Place<'_>) -> Result<(), Fault> {
    let target = quick.target.as_deref().unwrap_or_default();
    let mut integration: Integration = make(quick.integration(target), place).await?;
    integration.api_gateway_managed = Some(true);
    place.put(HttpNoun::Integration, &integration.integration_id.clone(), &integration)?;
    let key = quick.route_key.as_deref().unwrap_or(DEFAULT);
    let route = json!({ "routeKey": key, "target": format!("integrations/{}", integration.integration_id) });
    let mut route: Route = make(route.as_object().cloned().unwrap_or_default(), place).await?;
    route.api_gateway_managed = Some(true);
    place.put(HttpNoun::Route, &route.route_id.clone(), &route)?;
    let stage = json!({ "stageName": DEFAULT, "autoDeploy": true });
    let mut stage: Stage = make(stage.as_object().cloned().unwrap_or_default(), place).await?;
    stage.api_gateway_managed = Some(true);
    place.put(HttpNoun::Stage, DEFAULT, &stage)
}

/// `GetApi`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    Place::reply(&Place::read(call, transaction).await?.api)
}

/// `GetApis`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let apis: Vec<Value> = transaction.list_direct(&call.scope.http_apis_prefix(), None, usize::MAX).await?;
    page::cut(call, apis.into_iter().map(|api| (api["apiId"].as_str().unwrap_or_default().to_owned(), api)))
}

/// `UpdateApi`. What quick create made is changed with it.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut change = members::changed(call, MEMBERS)?;
    change.shift_remove("protocolType");
    let quick = Quick::take(&mut change);
    let mut place = Place::edit(call, transaction).await?;
    let mut document = members_of(&place.api)?;
    members::merge(&mut document, change, MEMBERS);
    let before = std::mem::replace(&mut place.api, parse(document)?);
    settle(&mut place.api)?;
    place.put_api()?;
    let is_requick = quick.target.is_some() || quick.route_key.is_some() || quick.credentials.is_some();
    if is_requick {
        update_quickly(&quick, &mut place).await?;
    }
    if is_requick || before.cors_configuration != place.api.cors_configuration {
        place.deploy().await?;
    }
    Place::reply(&place.api)
}

/// Changes what quick create made.
async fn update_quickly(quick: &Quick, place: &mut Place<'_>) -> Result<(), Fault> {
    fn managed<T>(rows: Vec<(String, T)>, is_managed: impl Fn(&T) -> bool) -> Result<T, Fault> {
        let found = rows.into_iter().map(|(_, row)| row).find(is_managed);
        found
            .ok_or_else(|| Fault::bad_request("Target, RouteKey and CredentialsArn need an API that quick create made"))
    }
    if quick.target.is_some() || quick.credentials.is_some() {
        let rows = place.nouns::<Integration>(HttpNoun::Integration).await?;
        let before = managed(rows, |it| it.api_gateway_managed == Some(true))?;
        let target = quick.target.clone().or(before.integration_uri).unwrap_or_default();
        let credentials = quick.credentials.clone().or(before.credentials_arn);
        let quick = Quick { target: None, route_key: None, credentials };
        let mut integration: Integration = make(quick.integration(&target), place).await?;
        integration.integration_id = before.integration_id;
        integration.api_gateway_managed = Some(true);
        place.put(HttpNoun::Integration, &integration.integration_id.clone(), &integration)?;
    }
    if let Some(key) = &quick.route_key {
        let rows = place.nouns::<Route>(HttpNoun::Route).await?;
        let before = managed(rows, |it| it.api_gateway_managed == Some(true))?;
        let mut route = Route { route_key: Some(key.clone()), ..before.clone() };
        // Its key is this call's to change.
        route.settle(Some(&Route { api_gateway_managed: None, ..before }), place).await?;
        place.put(HttpNoun::Route, &route.route_id.clone(), &route)?;
    }
    Ok(())
}

/// `DeleteCorsConfiguration`.
pub(crate) async fn delete_cors(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut place = Place::edit(call, transaction).await?;
    place.api.cors_configuration = None;
    place.put_api()?;
    place.deploy().await?;
    Ok(Reply::Empty)
}

/// `DeleteApi`: the API with everything below it, and its id.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let place = Place::edit(call, transaction).await?;
    let scope = place.scope;
    crate::domain::mapping::refuse_mapped_api(&scope, transaction).await?;
    let deployments: Vec<(String, DeploymentRow)> =
        transaction.list(&scope.http_nouns_prefix(HttpNoun::Deployment)).await?;
    transaction.delete_below(&scope.http_prefix());
    deployment::drop_frozen(deployments.iter().map(|(_, row)| row.frozen.as_str()), &scope, transaction);
    transaction.delete(&scope.http_api().to_string());
    transaction.delete(&Key::ApiId(scope.api_id.clone()).to_string());
    Ok(Reply::Empty)
}
