//! Import of OpenAPI 3.0 and Swagger 2.0 definitions, with API Gateway's extensions, into the REST nouns of the model,
//! and their export.
//!
//! The source is hostile until proven otherwise: its size, its depth, what its aliases and references expand to and the
//! number of reported warnings are bounded, and nothing is ever fetched. What no noun has a place for stays in
//! [`ApiDefinition::unserved`].
//!
//! ```
//! let source = br#"
//! openapi: 3.0.1
//! info: {title: pets, version: 1.0}
//! paths:
//!   /pets:
//!     get:
//!       responses: {200: {description: all pets}}
//!       x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://backend.example/pets"}
//! "#;
//! let imported = stagegate_openapi::import(source, &stagegate_openapi::ImportOptions::default())?;
//! assert_eq!(imported.api.name, "pets");
//! assert_eq!(imported.api.paths[0].path, "/pets");
//! # Ok::<(), stagegate_openapi::ImportError>(())
//! ```

mod definition;
mod document;
mod error;
mod export;
mod http_definition;
mod import;
mod options;

pub use definition::{
    ApiDefinition, DocumentationPartDefinition, Imported, ImportedDocumentation, NounDefinitions, PathDefinition,
};
pub use error::{ImportError, ImportErrorKind, Warning, WarningKind, fatal};
pub use export::{
    DocumentLanguage, ExportFormat, ExportOptions, ExportServer, Extension, HttpExportOptions, PublishedDocumentation,
    UnknownExport, export, export_http,
};
pub use http_definition::{HttpApiDefinition, ImportedHttpApi, Placed, RouteDefinition};
pub use import::{import, import_documentation, import_http, unsupported_keywords};
pub use options::{AwsVariables, BasePathMode, ImportLimits, ImportOptions, UnknownBasePathMode};
