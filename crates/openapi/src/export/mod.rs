//! Export: an API's definition becomes an OpenAPI 3.0 or a Swagger 2.0 document, the inverse of an import.

mod describe;
mod http;
mod integration;
mod operation;
mod options;
mod parameters;
mod responses;
mod schemas;
mod security;
mod settings;

pub use http::{HttpExportOptions, export_http};
pub use options::{
    DocumentLanguage, ExportFormat, ExportOptions, ExportServer, Extension, PublishedDocumentation, UnknownExport,
};

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::definition::ApiDefinition;
pub(crate) use describe::Descriptions;
use security::Schemes;
use stagegate_model::rest::{DocumentationPartType, HttpMethod};

/// A JSON object in the making.
type Object = Map<String, Value>;

/// What every part of an export needs to know.
struct Plan<'a> {
    api: &'a ApiDefinition,
    options: &'a ExportOptions,
    schemes: Schemes<'a>,
    descriptions: Descriptions,
    /// The names of the models.
    models: BTreeSet<&'a str>,
}

impl Plan<'_> {
    fn shows(&self, extension: Extension) -> bool {
        self.options.shows(extension)
    }

    fn is_swagger(&self) -> bool {
        self.options.format == ExportFormat::Swagger
    }
}

/// Exports a definition.
///
/// What is imported again is the same API, as far as the extensions asked for carry it: the endpoint configuration is
/// never exported (fact 1.13), and Swagger 2.0 has one schema for all content types of a request or response. Names of
/// authorizers and validators stand in `authorizer_id` and `request_validator_id`, as an import leaves them.
pub fn export(api: &ApiDefinition, options: &ExportOptions) -> Value {
    let plan = Plan {
        api,
        options,
        schemes: Schemes::of(api),
        descriptions: Descriptions::of(&api.documentation),
        models: api.nouns.models.iter().filter_map(|model| model.name.as_deref()).collect(),
    };
    let mut document = Object::new();
    let (key, version) = if plan.is_swagger() { ("swagger", "2.0") } else { ("openapi", "3.0.1") };
    document.insert(key.to_owned(), version.into());
    document.insert("info".to_owned(), info(&plan));
    server(&plan, &mut document);
    settings::write_tags(&plan, &mut document);
    document.insert("paths".to_owned(), paths(&plan));
    components(&plan, &mut document);
    settings::write(&plan, &mut document);
    Value::Object(document)
}

fn info(plan: &Plan<'_>) -> Value {
    let mut info = Object::new();
    info.insert("title".to_owned(), plan.api.name.as_str().into());
    for (key, text) in [("description", &plan.api.description), ("version", &plan.api.version)] {
        if let Some(text) = text {
            info.insert(key.to_owned(), text.as_str().into());
        }
    }
    if !plan.shows(Extension::Documentation) {
        plan.descriptions.describe_api(&mut info);
    }
    Value::Object(info)
}

/// Where the API is: `servers` with the variable `basePath`, or `host`, `basePath` and `schemes`.
fn server(plan: &Plan<'_>, document: &mut Object) {
    let Some(server) = &plan.options.server else { return };
    if plan.is_swagger() {
        document.insert("host".to_owned(), server.host.as_str().into());
        document.insert("basePath".to_owned(), server.base_path.as_str().into());
        document.insert("schemes".to_owned(), json!([server.scheme]));
        return;
    }
    let url = format!("{}://{}/{{basePath}}", server.scheme, server.host);
    let variables = json!({"basePath": {"default": server.base_path}});
    document.insert("servers".to_owned(), json!([{"url": url, "variables": variables}]));
}

fn paths(plan: &Plan<'_>) -> Value {
    let mut paths = Object::new();
    for definition in &plan.api.paths {
        let mut item = Object::new();
        if !plan.is_swagger() {
            let place = (definition.path.as_str(), "*", "*", "");
            plan.descriptions.describe(DocumentationPartType::Resource, place, &mut item);
        }
        for method in &definition.methods {
            let verb = method.http_method.unwrap_or(HttpMethod::Any);
            let key = match verb {
                HttpMethod::Any => "x-amazon-apigateway-any-method".to_owned(),
                verb => verb.as_str().to_ascii_lowercase(),
            };
            item.insert(key, operation::write(plan, &definition.path, verb, method));
        }
        paths.insert(definition.path.clone(), Value::Object(item));
    }
    Value::Object(paths)
}

fn components(plan: &Plan<'_>, document: &mut Object) {
    let names = if plan.is_swagger() { ["definitions", "securityDefinitions"] } else { ["schemas", "securitySchemes"] };
    let mut parts = Object::new();
    for (name, part) in names.into_iter().zip([schemas::write(plan), plan.schemes.write(plan)]) {
        if !part.is_empty() {
            parts.insert(name.to_owned(), Value::Object(part));
        }
    }
    if plan.is_swagger() {
        document.extend(parts);
    } else if !parts.is_empty() {
        document.insert("components".to_owned(), Value::Object(parts));
    }
}
