//! `Authorizer`: who decides whether a caller may call (facts 94 and 95).

use serde::{Deserialize, Serialize};

use super::AuthorizerBeyond;
use crate::closed::closed;

closed! {
    /// How an authorizer decides.
    AuthorizerType {
        Request = "REQUEST",
        Jwt = "JWT",
    }
}

/// Whose tokens a `JWT` authorizer takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtConfiguration {
    /// The audiences of which a token must have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<String>>,
    /// The issuer, compared exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// An authorizer of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorizer {
    /// The role with which the function is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_credentials_arn: Option<String>,
    /// Six characters.
    pub authorizer_id: String,
    /// `1.0` or `2.0`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_payload_format_version: Option<String>,
    /// Seconds a decision is kept, 0 to 3,600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_result_ttl_in_seconds: Option<i32>,
    /// How it decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_type: Option<AuthorizerType>,
    /// The function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_uri: Option<String>,
    /// Whether the function answers with yes or no instead of a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_simple_responses: Option<bool>,
    /// Where the caller's identity is, such as `$request.header.Authorization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_source: Option<Vec<String>>,
    /// Of no effect on an HTTP API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_validation_expression: Option<String>,
    /// Whose tokens are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_configuration: Option<JwtConfiguration>,
    /// A name, unique within the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it has beyond AWS; no answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<AuthorizerBeyond>,
}
