//! Export of an HTTP API as an `OpenAPI` 3.0 document, the inverse of an import.

mod beyond;
mod integration;
mod route;
mod schemes;

use serde_json::{Value, json};
use stagegate_model::http::Cors;

use super::{ExportServer, Object, operation::PREFIX};
use crate::http_definition::HttpApiDefinition;

/// How an export of an HTTP API is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpExportOptions {
    /// Leave out what only API Gateway reads, and ours.
    pub without_extensions: bool,
    /// Where the API is reached; left out where nothing is known.
    pub server: Option<ExportServer>,
}

/// What every part of an export needs to know.
struct Plan<'a> {
    api: &'a HttpApiDefinition,
    shows_extensions: bool,
    integrations: integration::Shared,
    schemes: schemes::Schemes<'a>,
}

/// Exports an HTTP API. What is imported again, with the extensions, is the same API.
pub fn export_http(api: &HttpApiDefinition, options: &HttpExportOptions) -> Value {
    let plan = Plan {
        api,
        shows_extensions: !options.without_extensions,
        integrations: integration::Shared::of(api),
        schemes: schemes::Schemes::of(api),
    };
    let mut document = Object::new();
    document.insert("openapi".to_owned(), "3.0.1".into());
    document.insert("info".to_owned(), info(api));
    if let Some(ExportServer { scheme, host, base_path }) = &options.server {
        let variables = json!({"basePath": {"default": base_path}});
        let url = format!("{scheme}://{host}/{{basePath}}");
        document.insert("servers".to_owned(), json!([{"url": url, "variables": variables}]));
    }
    write_tags(&plan, &mut document);
    document.insert("paths".to_owned(), route::write_all(&plan));
    write_components(&plan, &mut document);
    if plan.shows_extensions {
        write_extensions(api, &mut document);
    }
    Value::Object(document)
}

fn info(api: &HttpApiDefinition) -> Value {
    let mut info = Object::new();
    info.insert("title".to_owned(), api.name.as_str().into());
    for (key, text) in [("description", &api.description), ("version", &api.version)] {
        info.extend(text.as_ref().map(|text| (key.to_owned(), text.as_str().into())));
    }
    Value::Object(info)
}

fn write_tags(plan: &Plan<'_>, document: &mut Object) {
    if plan.shows_extensions && !plan.api.tags.is_empty() {
        let tag = |(name, value): (&String, &String)| json!({"name": name, "x-amazon-apigateway-tag-value": value});
        document.insert("tags".to_owned(), plan.api.tags.iter().map(tag).collect());
    }
}

fn write_components(plan: &Plan<'_>, document: &mut Object) {
    let models = plan.api.beyond.as_ref().map(beyond::schemas).unwrap_or_default();
    let integrations = if plan.shows_extensions { plan.integrations.write(plan.api) } else { Object::new() };
    let mut components = Object::new();
    for (name, part) in [
        ("schemas", models),
        ("securitySchemes", plan.schemes.write(plan)),
        ("x-amazon-apigateway-integrations", integrations),
    ] {
        if !part.is_empty() {
            components.insert(name.to_owned(), Value::Object(part));
        }
    }
    if !components.is_empty() {
        document.insert("components".to_owned(), Value::Object(components));
    }
}

fn write_extensions(api: &HttpApiDefinition, document: &mut Object) {
    let mut endpoint = Object::new();
    endpoint.extend(api.disable_execute_api_endpoint.map(|flag| ("disableExecuteApiEndpoint".to_owned(), flag.into())));
    endpoint.extend(api.ip_address_type.map(|kind| ("ipAddressType".to_owned(), json!(kind))));
    if !endpoint.is_empty() {
        document.insert(format!("{PREFIX}endpoint-configuration"), Value::Object(endpoint));
    }
    if let Some(cors) = &api.cors {
        document.insert(format!("{PREFIX}cors"), write_cors(cors));
    }
    document.extend(api.beyond.iter().flat_map(beyond::of_api));
    document.insert(format!("{PREFIX}importexport-version"), "1.0".into());
}

/// The members in AWS's order.
fn write_cors(cors: &Cors) -> Value {
    let members = [
        ("allowMethods", cors.allow_methods.as_ref().map(|names| json!(names))),
        ("allowHeaders", cors.allow_headers.as_ref().map(|names| json!(names))),
        ("exposeHeaders", cors.expose_headers.as_ref().map(|names| json!(names))),
        ("maxAge", cors.max_age.map(Value::from)),
        ("allowCredentials", cors.allow_credentials.map(Value::from)),
        ("allowOrigins", cors.allow_origins.as_ref().map(|names| json!(names))),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}
