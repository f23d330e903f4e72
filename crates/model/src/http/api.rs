//! `Api`: an HTTP API, and its CORS configuration.

use serde::{Deserialize, Serialize};

use super::{ApiBeyond, DateTime};
use crate::closed::closed;
use crate::rest::{IpAddressType, StringMap};

closed! {
    /// What an API speaks to its clients.
    ProtocolType {
        WebSocket = "WEBSOCKET",
        Http = "HTTP",
    }
}

/// What the gateway answers to browsers that ask across origins (fact 100).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// Whether credentials may be sent; not with `*` as an origin (fact H49).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// Headers that may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    /// Methods that may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    /// Origins that may ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    /// Headers of answers that scripts may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// Seconds that a browser may keep a preflight, -1 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i32>,
}

/// An API of version 2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// Its URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_endpoint: Option<String>,
    /// Whether another service manages it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// Ten characters.
    pub api_id: String,
    /// Where a WebSocket API has its keys; of no effect on an HTTP API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_selection_expression: Option<String>,
    /// What browsers are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_configuration: Option<Cors>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<DateTime>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_schema_validation: Option<bool>,
    /// True: the default endpoint answers 403.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_execute_api_endpoint: Option<bool>,
    /// What an import had to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_info: Option<Vec<String>>,
    /// Which addresses the endpoint has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<IpAddressType>,
    /// A name; need not be unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol_type: Option<ProtocolType>,
    /// `$request.method $request.path` of every HTTP API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_selection_expression: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
    /// A version of the owner's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What an import warned of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
    /// What it has beyond AWS; no answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<ApiBeyond>,
}
