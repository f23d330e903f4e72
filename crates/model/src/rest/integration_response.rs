//! `IntegrationResponse`: how a back end's answer becomes a method response.

use serde::{Deserialize, Serialize};

use super::{ContentHandling, StatusCode, StringMap};

/// How a back end's answer becomes a method response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationResponse {
    /// The status of the method response it leads to.
    pub status_code: StatusCode,
    /// A regular expression that the back end's status (for Lambda: its error message) must match whole; absent or
    /// empty: the default response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_pattern: Option<String>,
    /// `method.response.header.{name}` to its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_parameters: Option<StringMap>,
    /// Content type to VTL template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_templates: Option<StringMap>,
    /// Conversion of the response payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<ContentHandling>,
}

impl IntegrationResponse {
    /// The default response with the given status and no mappings.
    pub const fn new(status_code: StatusCode) -> Self {
        Self {
            status_code,
            selection_pattern: None,
            response_parameters: None,
            response_templates: None,
            content_handling: None,
        }
    }
}
