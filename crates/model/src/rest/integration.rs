//! `Integration`: what a method calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{HttpMethod, IntegrationResponse, StatusCode, StringMap};
use crate::closed::closed;

closed! {
    /// What kind of back end an integration has.
    IntegrationType {
        Http = "HTTP",
        Aws = "AWS",
        Mock = "MOCK",
        HttpProxy = "HTTP_PROXY",
        AwsProxy = "AWS_PROXY",
    }
}

closed! {
    /// The network an integration is reached over.
    ConnectionType {
        Internet = "INTERNET",
        VpcLink = "VPC_LINK",
    }
}

closed! {
    /// How a payload is converted between text and binary.
    ContentHandling {
        ConvertToBinary = "CONVERT_TO_BINARY",
        ConvertToText = "CONVERT_TO_TEXT",
    }
}

closed! {
    /// What happens to a request body that no template matches (fact 78).
    PassthroughBehavior {
        WhenNoMatch = "WHEN_NO_MATCH",
        WhenNoTemplates = "WHEN_NO_TEMPLATES",
        Never = "NEVER",
    }
}

closed! {
    /// Whether a response is held until complete or sent as it arrives.
    ResponseTransferMode {
        Buffered = "BUFFERED",
        Stream = "STREAM",
    }
}

/// TLS towards a back end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsConfig {
    /// True: any issuer is accepted; name and dates are still checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verification: Option<bool>,
}

/// What a method calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// The kind of back end.
    pub r#type: IntegrationType,
    /// The verb towards the back end; `ANY` forwards the client's. Absent for `MOCK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_method: Option<HttpMethod>,
    /// The back end's URI, with `{placeholders}` and `${stageVariables.x}`. Absent for `MOCK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The network; absent means `INTERNET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<ConnectionType>,
    /// The VPC link, for `VPC_LINK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// A role's ARN, or `arn:aws:iam::*:user/*` for the caller's own credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// `integration.request.{header,path,querystring}.{name}` to its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<StringMap>,
    /// Content type to VTL template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_templates: Option<StringMap>,
    /// Bodies that no template matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough_behavior: Option<PassthroughBehavior>,
    /// Conversion of the request payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<ContentHandling>,
    /// Milliseconds until `INTEGRATION_TIMEOUT`; AWS allows 50 to 29,000 and more by request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_in_millis: Option<i32>,
    /// Shares cached responses between resources; absent or the resource's id: shared with nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_namespace: Option<String>,
    /// Parameters that make up a cache key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_key_parameters: Option<Vec<String>>,
    /// Mappings of back-end answers, by status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_responses: Option<BTreeMap<StatusCode, IntegrationResponse>>,
    /// TLS towards the back end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
    /// Buffered or streamed answers; absent means `BUFFERED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_transfer_mode: Option<ResponseTransferMode>,
    /// The load balancer's ARN behind a VPC link of the second kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_target: Option<String>,
}

impl Integration {
    /// An integration of the given kind with nothing else set.
    pub const fn new(r#type: IntegrationType) -> Self {
        Self {
            r#type,
            http_method: None,
            uri: None,
            connection_type: None,
            connection_id: None,
            credentials: None,
            request_parameters: None,
            request_templates: None,
            passthrough_behavior: None,
            content_handling: None,
            timeout_in_millis: None,
            cache_namespace: None,
            cache_key_parameters: None,
            integration_responses: None,
            tls_config: None,
            response_transfer_mode: None,
            integration_target: None,
        }
    }
}
