//! `Model`: a named JSON schema of an API (fact section 1.8).

use serde::{Deserialize, Serialize};

/// A schema that methods and other models refer to by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Six characters, unique within the API.
    pub id: String,
    /// Letters and digits, unique within the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema draft 4 as JSON text, for `application/json`; any text for other content types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The content type that the schema describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}
