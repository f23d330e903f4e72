//! What an HTTP API has beyond AWS: read from `x-stagegate-…` extensions of a definition, kept beside AWS's members in a document of
//! its own, and never part of an answer of AWS's operations (docs/beyond-aws.md has the table).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::closed::closed;
use crate::rest::{ApiKeySource, GatewayResponse, ResponseTransferMode};

closed! {
    /// A signature algorithm of tokens. AWS's HTTP APIs take the first three; `none` and HMAC are not among them.
    TokenAlgorithm {
        Rs256 = "RS256",
        Rs384 = "RS384",
        Rs512 = "RS512",
        Es256 = "ES256",
        Es384 = "ES384",
        Es512 = "ES512",
        EdDsa = "EdDSA",
    }
}

/// What an API has beyond AWS. Deployments freeze it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiBeyond {
    /// `x-stagegate-api-key-source`: where routes that need an API key find it; without it, in the header `X-API-Key`. An API that
    /// has it may stand in usage plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_source: Option<ApiKeySource>,
    /// `x-stagegate-gateway-responses`, each type once: what callers get in place of the gateway's own answers. The same form as
    /// `x-amazon-apigateway-gateway-responses`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateway_responses: Vec<GatewayResponse>,
    /// The schemas that validation refers to by name, in JSON Schema draft 4; they refer to each other by
    /// `#/components/schemas/{name}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, Value>,
}

/// What a route has beyond AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteBeyond {
    /// `x-stagegate-api-key-required`: whether a caller needs an API key of a usage plan that has the stage.
    #[serde(default, skip_serializing_if = "is_false")]
    pub api_key_required: bool,
    /// `x-stagegate-request-validation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_validation: Option<RequestValidation>,
    /// `x-stagegate-cache`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<ResponseCache>,
}

/// What is checked of a request before anything is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestValidation {
    /// Parameters that must be there and not blank, ascending: `$request.header.NAME` or `$request.querystring.NAME`; those of a
    /// path are always there. Absent where parameters are not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_parameters: Option<Vec<String>>,
    /// Content type to the name of one of [`ApiBeyond::models`]. Absent where bodies are not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<BTreeMap<String, String>>,
}

/// How answers to `GET` and `HEAD` are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseCache {
    /// How long, 1 to 3,600 seconds.
    pub ttl_in_seconds: i32,
    /// What tells two requests of the route apart, in the order of the definition: `$request.header.NAME`, `$request.path.NAME` or
    /// `$request.querystring.NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_parameters: Vec<String>,
}

/// What an integration has beyond AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationBeyond {
    /// `x-stagegate-timeout-in-millis`: the timeout in place of AWS's, at least 50 milliseconds, and 30,000 is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_in_millis: Option<i32>,
    /// `x-stagegate-request-transfer-mode`: `STREAM` sends a body as it arrives, whatever its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_transfer_mode: Option<ResponseTransferMode>,
    /// `x-stagegate-response-transfer-mode`: `STREAM` passes an answer on as it arrives, server-sent events included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_transfer_mode: Option<ResponseTransferMode>,
}

/// What a JWT authorizer has beyond AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerBeyond {
    /// `x-stagegate-issuers`: issuers whose tokens are taken beside those of the authorizer's own configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<TokenIssuer>,
    /// `x-stagegate-algorithms`: what tokens may be signed with; empty for AWS's three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<TokenAlgorithm>,
}

/// One more issuer of tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenIssuer {
    /// Its URL, compared exactly.
    pub issuer: String,
    /// The audiences of which a token must have one.
    pub audience: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes members by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A document without anything in it is none.
pub fn some<T: Default + PartialEq>(beyond: T) -> Option<T> {
    (beyond != T::default()).then_some(beyond)
}
