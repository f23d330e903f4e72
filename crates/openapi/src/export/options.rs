//! What a caller of an export decides: the format, the extensions, where the API is, and the language of the text.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::Value;
use thiserror::Error;

/// How an export is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// The kind of document.
    pub format: ExportFormat,
    /// The extensions asked for.
    pub extensions: BTreeSet<Extension>,
    /// Where the API is reached; left out where nothing is known.
    pub server: Option<ExportServer>,
    /// The version of the documentation that the definition's parts are of.
    pub documentation: Option<PublishedDocumentation>,
}

impl ExportOptions {
    /// A document without extensions and without a server.
    pub const fn new(format: ExportFormat) -> Self {
        Self { format, extensions: BTreeSet::new(), server: None, documentation: None }
    }

    /// Whether an extension is part of the document. `apigateway` brings the integrations and the authorizers with it.
    pub(super) fn shows(&self, extension: Extension) -> bool {
        let implied = matches!(extension, Extension::Integrations | Extension::Authorizers);
        self.extensions.contains(&extension) || (implied && self.extensions.contains(&Extension::Apigateway))
    }
}

/// The kinds of documents (`exportType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// `oas30`: OpenAPI 3.0.1.
    Oas30,
    /// `swagger`: Swagger 2.0.
    Swagger,
}

/// What a document may carry beyond the standard (the query parameter `extensions`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extension {
    /// `integrations`: what methods call.
    Integrations,
    /// `authorizers`: what security schemes ask.
    Authorizers,
    /// `apigateway`: both, and everything else that API Gateway keeps of an API.
    Apigateway,
    /// `documentation`: the documentation parts as they are.
    Documentation,
    /// `postman`: for Postman, which reads the standard document as it is.
    Postman,
}

/// Where an API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportServer {
    /// `https` or `http`.
    pub scheme: String,
    /// The host, with its port where that is not the scheme's own.
    pub host: String,
    /// The stage's path, with a slash before it.
    pub base_path: String,
}

/// A version of an API's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedDocumentation {
    /// Its name.
    pub version: String,
    /// When it was made, in ISO 8601.
    pub created_date: Option<String>,
}

/// A name that is none of those that an export knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} is none of {allowed}")]
pub struct UnknownExport {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub allowed: &'static str,
}

impl FromStr for ExportFormat {
    type Err = UnknownExport;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "oas30" => Ok(Self::Oas30),
            "swagger" => Ok(Self::Swagger),
            _ => Err(UnknownExport { name: text.to_owned(), allowed: "oas30, swagger" }),
        }
    }
}

impl FromStr for Extension {
    type Err = UnknownExport;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "integrations" => Ok(Self::Integrations),
            "authorizers" => Ok(Self::Authorizers),
            "apigateway" => Ok(Self::Apigateway),
            "documentation" => Ok(Self::Documentation),
            "postman" => Ok(Self::Postman),
            _ => Err(UnknownExport {
                name: text.to_owned(),
                allowed: "integrations, authorizers, apigateway, documentation, postman",
            }),
        }
    }
}

/// The language in which a document is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentLanguage {
    /// Indented JSON.
    Json,
    /// YAML.
    Yaml,
}

impl DocumentLanguage {
    /// The document as text, or why it cannot be written.
    ///
    /// # Errors
    /// What the writer says; it does not happen for documents of [`super::export`].
    pub fn write(self, document: &Value) -> Result<String, String> {
        match self {
            Self::Json => Ok(format!("{document:#}")),
            Self::Yaml => serde_saphyr::to_string(document).map_err(|error| error.to_string()),
        }
    }
}
