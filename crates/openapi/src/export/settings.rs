//! What API Gateway keeps of an API beyond the standard: extensions at the top of a document.

use serde_json::{Value, json};
use stagegate_model::rest::{DocumentationPartLocation, GatewayResponse, RequestValidator};

use super::{Extension, Object, Plan, operation::PREFIX};
use crate::definition::DocumentationPartDefinition;

/// `tags`, which API Gateway reads where they carry its own value.
pub(super) fn write_tags(plan: &Plan<'_>, document: &mut Object) {
    if plan.shows(Extension::Apigateway) && !plan.api.tags.is_empty() {
        let tag = |(name, value): (&String, &String)| json!({"name": name, "x-amazon-apigateway-tag-value": value});
        document.insert("tags".to_owned(), plan.api.tags.iter().map(tag).collect());
    }
}

pub(super) fn write(plan: &Plan<'_>, document: &mut Object) {
    if plan.shows(Extension::Documentation) {
        document.insert(format!("{PREFIX}documentation"), documentation(plan));
    }
    if plan.shows(Extension::Apigateway) {
        write_own(plan, document);
        if let Some(Value::Object(kept)) = plan.api.unserved.get("extensions") {
            document.extend(kept.clone());
        }
    }
}

fn write_own(plan: &Plan<'_>, document: &mut Object) {
    let api = plan.api;
    let validators: Object = api.nouns.request_validators.iter().map(validator).collect();
    let responses: Object = api.nouns.gateway_responses.iter().map(gateway_response).collect();
    let policy = api.policy.as_ref().map(|policy| serde_json::from_str(policy).unwrap_or_else(|_| json!(policy)));
    let present = |object: Object| (!object.is_empty()).then_some(Value::Object(object));
    for (name, value) in [
        ("api-key-source", api.api_key_source.map(|source| json!(source))),
        ("binary-media-types", api.binary_media_types.as_ref().map(|types| json!(types))),
        ("minimum-compression-size", api.minimum_compression_size.map(Value::from)),
        ("security-policy", api.security_policy.map(|policy| json!(policy))),
        ("endpoint-access-mode", api.endpoint_access_mode.map(|mode| json!(mode))),
        ("policy", policy),
        ("request-validators", present(validators)),
        ("gateway-responses", present(responses)),
    ] {
        if let Some(value) = value {
            document.insert(format!("{PREFIX}{name}"), value);
        }
    }
}

fn validator(validator: &RequestValidator) -> (String, Value) {
    let shown = json!({
        "validateRequestParameters": validator.validate_request_parameters.unwrap_or(false),
        "validateRequestBody": validator.validate_request_body.unwrap_or(false),
    });
    (validator.name.clone().unwrap_or_default(), shown)
}

pub(super) fn gateway_response(response: &GatewayResponse) -> (String, Value) {
    let mut shown = Object::new();
    if let Some(status) = response.status_code {
        shown.insert("statusCode".to_owned(), status.as_u16().into());
    }
    for (key, map) in
        [("responseParameters", &response.response_parameters), ("responseTemplates", &response.response_templates)]
    {
        if let Some(map) = map {
            shown.insert(key.to_owned(), json!(map));
        }
    }
    (response.response_type.to_string(), shown.into())
}

fn documentation(plan: &Plan<'_>) -> Value {
    let mut shown = Object::new();
    if let Some(published) = &plan.options.documentation {
        shown.insert("version".to_owned(), published.version.as_str().into());
        if let Some(date) = &published.created_date {
            shown.insert("createdDate".to_owned(), date.as_str().into());
        }
    }
    let part = |part: &DocumentationPartDefinition| {
        let location: &DocumentationPartLocation = &part.location;
        let properties = serde_json::from_str(&part.properties).unwrap_or_else(|_| json!(part.properties));
        json!({"location": location, "properties": properties})
    };
    shown.insert("documentationParts".to_owned(), plan.api.documentation.iter().map(part).collect());
    shown.into()
}
