//! `Route`: which requests go to which integration, and who may make them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RouteBeyond;
use crate::closed::closed;
use crate::rest::StringMap;

closed! {
    /// Who may call a route.
    AuthorizationType {
        None = "NONE",
        AwsIam = "AWS_IAM",
        Custom = "CUSTOM",
        Jwt = "JWT",
    }
}

/// What must hold of a request parameter; of WebSocket APIs only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterConstraints {
    /// Whether it must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// A route of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// Whether quick create made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_required: Option<bool>,
    /// Scopes of which a token must have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_scopes: Option<Vec<String>>,
    /// Who may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<AuthorizationType>,
    /// The authorizer of types `CUSTOM` and `JWT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_selection_expression: Option<String>,
    /// A name for generated clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_models: Option<StringMap>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<BTreeMap<String, ParameterConstraints>>,
    /// Seven characters.
    pub route_id: String,
    /// `{METHOD} {path}`, `ANY {path}` or `$default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_key: Option<String>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_response_selection_expression: Option<String>,
    /// `integrations/{id}`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What it has beyond AWS; no answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<RouteBeyond>,
}
