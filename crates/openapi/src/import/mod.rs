//! The import itself, family by family: settings, paths, operations, and what is left over.

mod basepath;
mod descriptions;
mod documentation;
mod extensions;
mod http;
mod integration;
mod integration_response;
mod mapping_expression;
mod models;
mod nouns;
mod operation;
mod parameters;
mod paths;
mod reference;
mod responses;
mod schema;
mod scope;
mod security;
mod settings;
mod shape;
mod tree;
mod unserved;

use crate::{
    definition::{ApiDefinition, Imported, ImportedDocumentation},
    document::Document,
    error::ImportError,
    options::ImportOptions,
};
pub use http::import_http;
pub(crate) use schema::each_mut as each_schema;
pub use schema::unsupported_keywords;
use scope::Scope;

/// Imports a definition: OpenAPI 3.0 or Swagger 2.0, JSON or YAML, in UTF-8.
///
/// # Errors
/// [`ImportError`] with line, column, JSON path and what was expected, for the first thing that cannot be imported.
pub fn import(source: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    let mut document = Document::parse(source, &options.limits)?;
    document.resolve(&options.variables);
    let mut scope = Scope::new(document.root(), options)?;
    let api = define(&mut scope)?;
    let warnings = scope.finish(options)?;
    Ok(Imported { api, warnings })
}

/// Imports the documentation parts of a definition, and nothing else of it.
///
/// # Errors
/// As [`import`].
pub fn import_documentation(source: &[u8], options: &ImportOptions) -> Result<ImportedDocumentation, ImportError> {
    let mut document = Document::parse(source, &options.limits)?;
    document.resolve(&options.variables);
    let mut scope = Scope::new(document.root(), options)?;
    let parts = documentation::read(&mut scope)?;
    let warnings = scope.finish(options)?;
    Ok(ImportedDocumentation { parts, warnings })
}

fn define(scope: &mut Scope<'_>) -> Result<ApiDefinition, ImportError> {
    extensions::check_root(scope)?;
    shape::check(scope);
    let mut api = settings::read(scope)?;
    api.paths = paths::read(scope)?;
    api.documentation = documentation::read(scope)?;
    descriptions::complete(scope, &mut api.documentation)?;
    api.nouns = nouns::read(scope)?;
    api.unserved = unserved::collect(scope)?;
    Ok(api)
}
