//! What an import yields: an API's own settings, its paths with their methods, and what is kept but not served.

use stagegate_model::rest::{
    ApiKeySource, Authorizer, DocumentationPartLocation, EndpointAccessMode, EndpointConfiguration, GatewayResponse,
    Method, Model, RequestValidator, SecurityPolicy, StringMap,
};

use crate::error::Warning;

/// An imported definition and the remarks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The API.
    pub api: ApiDefinition,
    /// Remarks, in the order in which they were noticed.
    pub warnings: Vec<Warning>,
}

/// A REST API as a definition describes it; members that it does not mention are absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApiDefinition {
    /// `info.title`.
    pub name: String,
    /// `info.description`.
    pub description: Option<String>,
    /// `info.version`, as it was written.
    pub version: Option<String>,
    /// `x-amazon-apigateway-binary-media-types`.
    pub binary_media_types: Option<Vec<String>>,
    /// `x-amazon-apigateway-policy`, a JSON text.
    pub policy: Option<String>,
    /// `x-amazon-apigateway-endpoint-configuration`, without its switch.
    pub endpoint_configuration: Option<EndpointConfiguration>,
    /// `x-amazon-apigateway-api-key-source`.
    pub api_key_source: Option<ApiKeySource>,
    /// `x-amazon-apigateway-minimum-compression-size`, in bytes.
    pub minimum_compression_size: Option<i32>,
    /// The switch `disableExecuteApiEndpoint` of the endpoint configuration.
    pub disable_execute_api_endpoint: Option<bool>,
    /// `x-amazon-apigateway-security-policy`.
    pub security_policy: Option<SecurityPolicy>,
    /// `x-amazon-apigateway-endpoint-access-mode`.
    pub endpoint_access_mode: Option<EndpointAccessMode>,
    /// The document's `tags` that carry `x-amazon-apigateway-tag-value`.
    pub tags: StringMap,
    /// Declared paths in the order of the document. The resources between them and the root are implied.
    pub paths: Vec<PathDefinition>,
    /// `x-amazon-apigateway-documentation`: each location once, and sound.
    pub documentation: Vec<DocumentationPartDefinition>,
    /// What methods refer to by name, and the gateway responses.
    pub nouns: NounDefinitions,
    /// Parts that no noun has a place for, an object by family: `operations` (by `VERB /path`), `extensions`. Empty where
    /// there are none.
    pub unserved: serde_json::Value,
}

/// The documentation of a definition and the remarks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedDocumentation {
    /// The parts.
    pub parts: Vec<DocumentationPartDefinition>,
    /// Remarks, in the order in which they were noticed.
    pub warnings: Vec<Warning>,
}

/// A documentation part before it has an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentationPartDefinition {
    /// What is documented.
    pub location: DocumentationPartLocation,
    /// A JSON object, as text.
    pub properties: String,
}

/// Nouns before they have ids, in the order of the document. Names are as the document writes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NounDefinitions {
    /// The schemas, inline ones under names made up for them; references within them are those of the document.
    pub models: Vec<Model>,
    /// `x-amazon-apigateway-request-validators`.
    pub request_validators: Vec<RequestValidator>,
    /// The security schemes with `x-amazon-apigateway-authorizer`, by the schemes' names.
    pub authorizers: Vec<Authorizer>,
    /// `x-amazon-apigateway-gateway-responses`.
    pub gateway_responses: Vec<GatewayResponse>,
}

/// A resource and its methods.
#[derive(Debug, Clone, PartialEq)]
pub struct PathDefinition {
    /// The resource's full path, base path applied: `/`, `/pets/{id}`, `/{proxy+}`. No trailing slash.
    pub path: String,
    /// Methods, each with its responses and its integration. A method without integration imports; it is the
    /// deployment that refuses it.
    ///
    /// `authorizer_id` holds the security scheme's name and `request_validator_id` the validator's name: whoever
    /// creates those nouns replaces names by ids. A name that no noun has stays, and such a method must not be served.
    pub methods: Vec<Method>,
}
