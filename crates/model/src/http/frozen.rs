//! What a deployment of an HTTP API freezes, as canonical bytes.

use serde::{Deserialize, Serialize};

use super::{Api, ApiBeyond, Authorizer, Cors, Integration, Route};

/// The documents that a deployment serves, each list ascending by its ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenHttpApi {
    /// The API's id.
    pub api_id: String,
    /// The routes.
    pub routes: Vec<Route>,
    /// The integrations.
    pub integrations: Vec<Integration>,
    /// The authorizers.
    pub authorizers: Vec<Authorizer>,
    /// What browsers are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_configuration: Option<Cors>,
    /// What the API has beyond AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<ApiBeyond>,
}

impl FrozenHttpApi {
    /// Freezes documents that were listed by their ids. Whether the default endpoint is on, is the API's own business: it counts at once.
    pub fn new(api: &Api, routes: Vec<Route>, integrations: Vec<Integration>, authorizers: Vec<Authorizer>) -> Self {
        let (api_id, cors_configuration) = (api.api_id.clone(), api.cors_configuration.clone());
        Self { api_id, routes, integrations, authorizers, cors_configuration, beyond: api.beyond.clone() }
    }

    /// The canonical JSON: equal APIs give equal bytes, so the blob's SHA-256 names the content.
    ///
    /// # Panics
    /// Never: the documents have string keys and no fallible parts.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("frozen documents have string keys and no fallible parts")
    }

    /// Reads what [`Self::canonical_bytes`] wrote.
    ///
    /// # Errors
    /// What is no frozen HTTP API.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
