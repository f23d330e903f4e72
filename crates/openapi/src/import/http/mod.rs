//! The import of an HTTP API: the same document, references and limits as for REST APIs, other nouns.

mod beyond;
mod integration;
mod models;
mod routes;
mod schemes;
mod settings;

use super::scope::{Dialect, Scope};
use super::shape;
use crate::{
    document::{Cursor, Document, excerpt},
    error::ImportError,
    http_definition::{HttpApiDefinition, ImportedHttpApi},
    options::ImportOptions,
};

/// Imports a definition of an HTTP API: `OpenAPI` 3.0, JSON or YAML, in UTF-8.
///
/// # Errors
/// [`ImportError`] with line, column, JSON path and what was expected, for the first thing that cannot be imported; `Swagger` 2.0
/// and `OpenAPI` 3.1 among them.
pub fn import_http(source: &[u8], options: &ImportOptions) -> Result<ImportedHttpApi, ImportError> {
    let mut document = Document::parse(source, &options.limits)?;
    document.resolve(&options.variables);
    let mut scope = Scope::new(document.root(), options)?;
    if scope.dialect != Dialect::OpenApi3 {
        let version = scope.root.get("swagger").unwrap_or(scope.root);
        return Err(version.error("HTTP APIs are imported from OpenAPI 3.0 only", "`openapi: 3.0.x`"));
    }
    let api = define(&mut scope)?;
    let warnings = scope.finish(options)?;
    Ok(ImportedHttpApi { api, warnings })
}

fn define(scope: &mut Scope<'_>) -> Result<HttpApiDefinition, ImportError> {
    check_root(scope)?;
    shape::check(scope);
    let mut api = settings::read(scope)?;
    let (schemes, authorizers) = schemes::read(scope)?;
    api.authorizers = authorizers;
    routes::read(scope, &schemes, &mut api)?;
    let models = scope.root.get("components").and_then(|components| components.get("schemas"));
    if let Some(models) = models.filter(|_| api.beyond.as_ref().is_none_or(|beyond| beyond.models.is_empty())) {
        scope.left_out(models, "schemas are not supported for HTTP APIs; they are ignored");
    }
    Ok(api)
}

/// Extensions of API Gateway that are for REST APIs only, without their prefix (fact 1.13).
const OF_REST: &[&str] = &[
    "api-key-source",
    "auth",
    "binary-media-types",
    "documentation",
    "endpoint-access-mode",
    "gateway-responses",
    "minimum-compression-size",
    "policy",
    "request-validator",
    "request-validators",
    "security-policy",
];
/// Extensions that mean something at the top of a document.
const ROOT: &[&str] = &["cors", "endpoint-configuration", "importexport-version"];
/// Extensions of ours that mean something there.
const ROOT_BEYOND: &[&str] = &["api-key-source", "gateway-responses", "request-validation"];
/// The version of the algorithm, the only one there is.
const VERSION: &str = "1.0";

fn check_root(scope: &mut Scope<'_>) -> Result<(), ImportError> {
    check_extensions(scope, scope.root, ROOT, ROOT_BEYOND)?;
    if let Some(version) = scope.root.get("x-amazon-apigateway-importexport-version") {
        let text = version.text()?;
        if text != VERSION && text != "1" {
            let message = format!("the import version {:?} is not known; {VERSION} is used", excerpt(text));
            scope.warn(version, message);
        }
    }
    let Some(components) = scope.root.get("components") else { return Ok(()) };
    check_extensions(scope, components, &["integrations"], &[])
}

/// Warns of every extension of API Gateway, and of ours, among the members of `place` that is not known there.
fn check_extensions(
    scope: &mut Scope<'_>,
    place: Cursor<'_>,
    known: &[&str],
    beyond: &[&str],
) -> Result<(), ImportError> {
    for (key, member) in place.members()? {
        let aws = key.strip_prefix(super::extensions::PREFIX).filter(|name| !known.contains(name));
        let ours = key.strip_prefix(beyond::PREFIX).filter(|name| !beyond.contains(name));
        if let Some(name) = aws {
            let message = if OF_REST.contains(&name) {
                format!("{key} is for REST APIs; it has no effect here")
            } else {
                format!("the extension {} is not known here; it has no effect", excerpt(key))
            };
            scope.warn(member, message);
        } else if ours.is_some() {
            scope.warn(member, format!("the extension {} is not known here; it has no effect", excerpt(key)));
        }
    }
    Ok(())
}
