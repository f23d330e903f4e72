//! `DocumentationPart` and `DocumentationVersion`: what an API says of itself, entity by entity.

use serde::{Deserialize, Serialize};

use super::{DocumentationPartLocation, Timestamp};
use crate::closed::closed;

closed! {
    /// Whether the parts wanted by a list have content.
    LocationStatusType {
        Documented = "DOCUMENTED",
        Undocumented = "UNDOCUMENTED",
    }
}

/// Documentation of one entity of an API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentationPart {
    /// Six lower-case letters and digits.
    pub id: String,
    /// What is documented.
    pub location: DocumentationPartLocation,
    /// A JSON object, as text.
    pub properties: String,
}

/// A published state of an API's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentationVersion {
    /// The name that the version was given.
    pub version: String,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Timestamp>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The stored form of a version: the parts as they were when it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentationVersionRow {
    /// The version.
    pub version: DocumentationVersion,
    /// Its parts, ascending by id.
    pub parts: Vec<DocumentationPart>,
}
