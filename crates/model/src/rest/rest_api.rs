//! `RestApi`: the root of a REST API.

use serde::{Deserialize, Serialize};

use super::{EndpointAccessMode, EndpointConfiguration, SecurityPolicy, StringMap, Timestamp};
use crate::closed::closed;

closed! {
    /// Where a metered request carries its API key.
    ApiKeySource {
        Header = "HEADER",
        Authorizer = "AUTHORIZER",
    }
}

closed! {
    /// The progress of a change to the API's endpoint.
    ApiStatus {
        Updating = "UPDATING",
        Available = "AVAILABLE",
        Pending = "PENDING",
        Failed = "FAILED",
    }
}

/// A REST API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestApi {
    /// Ten lower-case letters and digits, unique across accounts and regions.
    pub id: String,
    /// The API's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When the API was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Timestamp>,
    /// A version of the user's choosing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What an import had to say; part of its answer, never stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
    /// Media types treated as binary; `*/*` means everything (fact 65).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_media_types: Option<Vec<String>>,
    /// Smallest payload, in bytes, that is compressed (0 to 10,485,760); absent: compression is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_compression_size: Option<i32>,
    /// Where API keys are read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_source: Option<ApiKeySource>,
    /// How the API is exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_configuration: Option<EndpointConfiguration>,
    /// A resource policy: an IAM policy document as a JSON string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
    /// True: the execute-api endpoint answers Forbidden, only custom domains serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_execute_api_endpoint: Option<bool>,
    /// The id of the resource `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_resource_id: Option<String>,
    /// TLS versions and suites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_policy: Option<SecurityPolicy>,
    /// How strictly Host and SNI are held to the endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_access_mode: Option<EndpointAccessMode>,
    /// The progress of an endpoint change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_status: Option<ApiStatus>,
    /// Words to `api_status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_status_message: Option<String>,
}
