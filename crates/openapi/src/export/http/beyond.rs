//! `x-stagegate-…`: what an API has beyond AWS, as an import reads it.

use serde_json::{Map, Value, json};
use stagegate_model::http::{ApiBeyond, AuthorizerBeyond, IntegrationBeyond, RouteBeyond};

use super::super::settings::gateway_response;
use super::Object;
use crate::http_definition::HttpApiDefinition;

/// The extensions that have a value.
fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Vec<(String, Value)> {
    let present = members.into_iter().filter_map(|(name, value)| Some((format!("x-stagegate-{name}"), value?)));
    present.collect()
}

pub(super) fn of_api(beyond: &ApiBeyond) -> Vec<(String, Value)> {
    let responses: Object = beyond.gateway_responses.iter().map(gateway_response).collect();
    present([
        ("api-key-source", beyond.api_key_source.map(|source| json!(source))),
        ("gateway-responses", (!responses.is_empty()).then_some(Value::Object(responses))),
    ])
}

pub(super) fn of_route(beyond: &RouteBeyond) -> Vec<(String, Value)> {
    let validation = beyond.request_validation.as_ref().map(|validation| {
        json!({"parameters": validation.required_parameters.is_some(), "body": validation.models.is_some()})
    });
    present([
        ("api-key-required", beyond.api_key_required.then_some(Value::Bool(true))),
        ("request-validation", validation),
        ("cache", beyond.cache.as_ref().map(|cache| json!(cache))),
    ])
}

pub(super) fn of_integration(beyond: &IntegrationBeyond) -> Vec<(String, Value)> {
    present([
        ("timeout-in-millis", beyond.timeout_in_millis.map(Value::from)),
        ("request-transfer-mode", beyond.request_transfer_mode.map(|mode| json!(mode))),
        ("response-transfer-mode", beyond.response_transfer_mode.map(|mode| json!(mode))),
    ])
}

pub(super) fn of_authorizer(beyond: &AuthorizerBeyond) -> Vec<(String, Value)> {
    present([
        ("issuers", (!beyond.issuers.is_empty()).then(|| json!(beyond.issuers))),
        ("algorithms", (!beyond.algorithms.is_empty()).then(|| json!(beyond.algorithms))),
    ])
}

/// What a validated route declares of its requests, in the standard's words: `parameters` and `requestBody`.
pub(super) fn request(api: &HttpApiDefinition, beyond: &RouteBeyond) -> Vec<(String, Value)> {
    let Some(validation) = &beyond.request_validation else { return Vec::new() };
    let mut declared = Vec::new();
    let parameters = validation.required_parameters.iter().flatten().filter_map(|name| {
        let (place, name) = name.strip_prefix("$request.")?.split_once('.')?;
        let place = if place == "querystring" { "query" } else { place };
        Some(json!({"name": name, "in": place, "required": true, "schema": {"type": "string"}}))
    });
    let parameters: Vec<Value> = parameters.collect();
    if !parameters.is_empty() {
        declared.push(("parameters".to_owned(), parameters.into()));
    }
    let models = api.beyond.as_ref().map(|beyond| &beyond.models);
    let known = |name: &String| models.is_some_and(|models| models.contains_key(name));
    let content: Object = validation
        .models
        .iter()
        .flatten()
        .filter(|(_, name)| known(name))
        .map(|(content_type, name)| (content_type.clone(), json!({"schema": {"$ref": reference(name)}})))
        .collect();
    if !content.is_empty() {
        declared.push(("requestBody".to_owned(), json!({"content": content})));
    }
    declared
}

/// The reference to a schema (RFC 6901 §6).
fn reference(name: &str) -> String {
    format!("#/components/schemas/{}", name.replace('~', "~0").replace('/', "~1").replace('%', "%25"))
}

/// The models as schemas of OpenAPI 3.0, which has `nullable` where draft 4 has one more type.
pub(super) fn schemas(beyond: &ApiBeyond) -> Object {
    let mut schemas: Object = beyond.models.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for schema in schemas.values_mut() {
        crate::import::each_schema(schema, &mut nullable);
    }
    schemas
}

fn nullable(schema: &mut Map<String, Value>) {
    let Some(Value::Array(kinds)) = schema.get("type") else { return };
    if let [kind, null] = &kinds[..]
        && null == "null"
    {
        let kind = kind.clone();
        schema.insert("type".to_owned(), kind);
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
}
