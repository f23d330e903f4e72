//! What `CreateDeployment` freezes: the documents of an API at one moment, as canonical bytes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Authorizer, GatewayResponse, Method, Model, RequestValidator, Resource, RestApi};

/// A method and the resource it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenMethod {
    /// The resource's id.
    pub resource_id: String,
    /// The method with its responses and integration.
    pub method: Method,
}

/// The nouns that methods refer to, and the gateway responses, each ascending by its id, name or type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FrozenNouns {
    /// By id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_validators: Vec<RequestValidator>,
    /// By name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Model>,
    /// Those that the API's owner set, by type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gateway_responses: Vec<GatewayResponse>,
    /// By id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorizers: Vec<Authorizer>,
}

/// The documents a deployment serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenApi {
    /// The frozen members of the API.
    pub rest_api: RestApi,
    /// Ascending by id, without embedded methods.
    pub resources: Vec<Resource>,
    /// Ascending by resource id, then verb.
    pub methods: Vec<FrozenMethod>,
    /// What methods refer to.
    #[serde(default)]
    pub nouns: FrozenNouns,
    /// Parts of an imported definition that are kept but not served: any JSON, null when there are none.
    pub unserved: Value,
}

impl FrozenApi {
    /// Freezes the documents: drops what stays live and brings the rest into canonical order.
    pub fn new(
        rest_api: &RestApi,
        mut resources: Vec<Resource>,
        mut methods: Vec<FrozenMethod>,
        mut unserved: Value,
    ) -> Self {
        for resource in &mut resources {
            resource.resource_methods = None;
        }
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        methods.sort_by(|a, b| (&a.resource_id, a.method.http_method).cmp(&(&b.resource_id, b.method.http_method)));
        unserved.sort_all_objects();
        Self { rest_api: frozen_members(rest_api), resources, methods, nouns: FrozenNouns::default(), unserved }
    }

    /// The same with the nouns that methods refer to, brought into canonical order.
    #[must_use]
    pub fn with_nouns(mut self, mut nouns: FrozenNouns) -> Self {
        nouns.request_validators.sort_by(|a, b| a.id.cmp(&b.id));
        nouns.models.sort_by(|a, b| a.name.cmp(&b.name));
        nouns.gateway_responses.sort_by_key(|response| response.response_type);
        nouns.authorizers.sort_by(|a, b| a.id.cmp(&b.id));
        self.nouns = nouns;
        self
    }

    /// The canonical JSON: equal APIs give equal bytes, so the blob's SHA-256 names the content.
    ///
    /// # Panics
    /// Never: the documents have string keys and no fallible parts.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("frozen documents have string keys and no fallible parts")
    }

    /// Reads what [`Self::canonical_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// The members that only a new deployment changes: policy, binary types, compression, key source, endpoint
/// switch, and the endpoint type, which AWS asks to redeploy for.
fn frozen_members(rest_api: &RestApi) -> RestApi {
    RestApi {
        id: rest_api.id.clone(),
        binary_media_types: rest_api.binary_media_types.clone(),
        minimum_compression_size: rest_api.minimum_compression_size,
        api_key_source: rest_api.api_key_source,
        policy: rest_api.policy.clone(),
        disable_execute_api_endpoint: rest_api.disable_execute_api_endpoint,
        endpoint_configuration: rest_api.endpoint_configuration.clone(),
        root_resource_id: rest_api.root_resource_id.clone(),
        ..RestApi::default()
    }
}
