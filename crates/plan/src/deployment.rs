//! The compiled form of one deployment: content-addressed, shared by every stage that points to it.

use std::sync::Arc;

use stagegate_policy::Policy;

use crate::authorizer::{AuthorizerId, AuthorizerPlan};
use crate::binary::BinaryTypes;
use crate::cache::CacheKeyPlan;
use crate::cors::CorsPlan;
use crate::edits::Edits;
use crate::envelope::Unrouted;
use crate::gateway_response::GatewayResponses;
use crate::integration::IntegrationPlan;
use crate::tree::{Captures, Matched, MethodKey, RouteId, RouteTree};
use crate::validation::ValidationPlan;
use crate::verb::Verb;

/// `minimumCompressionSize`: answers are compressed for clients that ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressionPlan {
    /// Content of fewer bytes is sent as it is.
    pub minimum_bytes: u32,
}

/// A private API: it is reached through VPC endpoints only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivatePlan {
    /// `vpcEndpointIds`: those whose hosts, `{api}-{vpce}.execute-api.…`, lead to the API.
    pub vpc_endpoint_ids: Box<[Box<str>]>,
}

/// A compiled deployment.
#[derive(Debug)]
pub struct DeploymentPlan {
    /// The SHA-256 of the frozen documents, in lower-case hexadecimal.
    pub hash: Box<str>,
    /// `disableExecuteApiEndpoint`: the default endpoint answers 403.
    pub execute_api_disabled: bool,
    /// The media types that are binary.
    pub binary_types: BinaryTypes,
    /// Whether answers are compressed.
    pub compression: Option<CompressionPlan>,
    /// The API's resource policy.
    pub policy: Option<Arc<Policy>>,
    /// That the API is private, if it is.
    pub private: Option<PrivatePlan>,
    /// The authorizers; [`AuthorizerId`]s index them.
    pub authorizers: Box<[AuthorizerPlan]>,
    /// Where callers' API keys come from.
    pub key_source: ApiKeySource,
    /// What callers get when a request is refused.
    pub gateway_responses: Arc<GatewayResponses>,
    /// The route tree; its ids index `routes`.
    pub tree: RouteTree,
    /// `$default`: the route of requests that no other route takes.
    pub fallback: Option<RouteId>,
    /// What a request is told that no route takes.
    pub unrouted: Unrouted,
    /// `X-HTTP-Method-Override` changes the verb (fact 34).
    pub overrides_method: bool,
    /// What browsers are told about requests from other origins; without it, that is the back ends' business.
    pub cors: Option<CorsPlan>,
    /// One plan per method.
    pub routes: Box<[RoutePlan]>,
}

impl DeploymentPlan {
    /// An authorizer of this deployment.
    pub fn authorizer(&self, id: AuthorizerId) -> Option<&AuthorizerPlan> {
        self.authorizers.get(usize::from(id.0))
    }

    /// The route of a path below the stage and a verb: the tree's, or else the fallback.
    pub fn find(&self, path: &[u8], verb: Verb) -> Option<Matched> {
        let of_tree = self.tree.find(path, verb);
        of_tree.or_else(|| self.fallback.map(|route| Matched { route, captures: Captures::default() }))
    }

    /// The plan of a route that this deployment's tree found.
    pub fn route(&self, id: RouteId) -> Option<&RoutePlan> {
        self.routes.get(id.0 as usize)
    }
}

/// Who may call a route. Kinds that are not served compile to [`IntegrationPlan::Misconfigured`], never to an open route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationPlan {
    /// `NONE`: everybody whom the resource policy lets in.
    Open,
    /// `AWS_IAM`: whoever signs and is allowed to.
    Iam,
    /// `CUSTOM`, `COGNITO_USER_POOLS` and `JWT`: an authorizer decides.
    Authorizer {
        /// Which one.
        authorizer: AuthorizerId,
        /// `authorizationScopes`: a token must have one of them, where there are any.
        scopes: Box<[Box<str>]>,
    },
}

/// `apiKeySource`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApiKeySource {
    /// `HEADER`: the header `x-api-key`.
    #[default]
    Header,
    /// `AUTHORIZER`: the authorizer's `usageIdentifierKey`.
    Authorizer,
}

/// One method of one resource.
#[derive(Debug)]
pub struct RoutePlan {
    /// The resource's id.
    pub resource_id: Box<str>,
    /// The configured resource path, such as `/pets/{petId}`.
    pub resource_path: Box<str>,
    /// The route key, such as `GET /pets/{petId}` or `$default`, where routes have one.
    pub key: Option<Box<str>>,
    /// The configured method.
    pub method: MethodKey,
    /// Names of the path's variables from the root down, without braces and `+`.
    pub parameters: Box<[Box<str>]>,
    /// Who may call.
    pub authorization: AuthorizationPlan,
    /// `apiKeyRequired`: calls are metered by their API key.
    pub key_required: bool,
    /// What is checked of a request, if anything.
    pub validation: Option<ValidationPlan>,
    /// What tells its answers apart, where they may be cached.
    pub cache_key: Option<CacheKeyPlan>,
    /// What is done.
    pub integration: IntegrationPlan,
    /// What is changed of requests before they are sent, and of answers.
    pub edits: Option<Box<Edits>>,
}
