//! `RequestValidator`: what is checked of a request before its integration runs.

use serde::{Deserialize, Serialize};

/// A set of checks that methods refer to by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestValidator {
    /// Six characters, unique within the API.
    pub id: String,
    /// A name, unique within the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether a body must match the method's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_request_body: Option<bool>,
    /// Whether parameters declared as required must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_request_parameters: Option<bool>,
}
