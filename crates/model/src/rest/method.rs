//! `Method`: a verb on a resource, with its responses and its integration nested as `GetMethod` answers them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FlagMap, HttpMethod, Integration, MethodResponse, StatusCode, StringMap};
use crate::closed::closed;

closed! {
    /// Who may call a method.
    AuthorizationType {
        None = "NONE",
        AwsIam = "AWS_IAM",
        Custom = "CUSTOM",
        CognitoUserPools = "COGNITO_USER_POOLS",
        Jwt = "JWT",
    }
}

/// A verb on a resource.
///
/// Every member is optional because a resource lists its methods as empty objects unless they are embedded; a stored
/// method always has `http_method` and `authorization_type`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    /// The verb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_method: Option<HttpMethod>,
    /// Who may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<AuthorizationType>,
    /// The authorizer, for every type but `NONE` and `AWS_IAM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    /// True: a call needs an API key of a usage plan of its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_required: Option<bool>,
    /// The validator that checks parameters and body; without one, "required" is not enforced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_validator_id: Option<String>,
    /// A name for SDKs and `$context.operationName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// `method.request.{header,path,querystring}.{name}` to "is required".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<FlagMap>,
    /// Content type to model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_models: Option<StringMap>,
    /// Declared responses by status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_responses: Option<BTreeMap<StatusCode, MethodResponse>>,
    /// The integration, absent until `PutIntegration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_integration: Option<Integration>,
    /// Scopes a token must carry one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_scopes: Option<Vec<String>>,
}

impl Method {
    /// A method with its verb and authorization, the least a stored method has.
    pub fn new(http_method: HttpMethod, authorization_type: AuthorizationType) -> Self {
        Self { http_method: Some(http_method), authorization_type: Some(authorization_type), ..Self::default() }
    }
}
