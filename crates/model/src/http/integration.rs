//! `Integration`: what a route's requests are sent to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::IntegrationBeyond;
use crate::closed::closed;
use crate::rest::{ConnectionType, ContentHandling, IntegrationType, StringMap};

closed! {
    /// What becomes of a content type without a template; of WebSocket APIs only.
    PassthroughBehavior {
        WhenNoMatch = "WHEN_NO_MATCH",
        Never = "NEVER",
        WhenNoTemplates = "WHEN_NO_TEMPLATES",
    }
}

/// How the certificate of a private back end is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsConfig {
    /// The name that it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name_to_verify: Option<String>,
}

/// An integration of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Whether quick create made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// The VPC link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// By which way the back end is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<ConnectionType>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling_strategy: Option<ContentHandling>,
    /// The role with which it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_arn: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Seven characters.
    pub integration_id: String,
    /// The back end's method; `ANY` keeps the request's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_method: Option<String>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_response_selection_expression: Option<String>,
    /// Which operation of an AWS service, such as `SQS-SendMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_subtype: Option<String>,
    /// What kind it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_type: Option<IntegrationType>,
    /// Where it goes: a URL, a function's ARN, or a listener's or a Cloud Map service's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_uri: Option<String>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough_behavior: Option<PassthroughBehavior>,
    /// `1.0` or `2.0`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format_version: Option<String>,
    /// Parameter mappings, or the parameters of a subtype.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<StringMap>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_templates: Option<StringMap>,
    /// Status to the mappings of answers with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_parameters: Option<BTreeMap<String, StringMap>>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_selection_expression: Option<String>,
    /// 50 to 30,000 milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_in_millis: Option<i32>,
    /// How a private back end's certificate is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
    /// What it has beyond AWS; no answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<IntegrationBeyond>,
}
