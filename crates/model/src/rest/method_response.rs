//! `MethodResponse`: a status a method declares.

use serde::{Deserialize, Serialize};

use super::{FlagMap, StatusCode, StringMap};

/// A status a method declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodResponse {
    /// The status.
    pub status_code: StatusCode,
    /// `method.response.header.{name}` to "is required".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_parameters: Option<FlagMap>,
    /// Content type to model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_models: Option<StringMap>,
}

impl MethodResponse {
    /// A response that declares nothing but its status.
    pub const fn new(status_code: StatusCode) -> Self {
        Self { status_code, response_parameters: None, response_models: None }
    }
}
