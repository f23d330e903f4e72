//! `Resource`: a node of a REST API's path tree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{HttpMethod, Method};

/// A node of the path tree.
///
/// A stored row carries no `resource_methods`: methods are rows of their own and are embedded when an answer asks for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The resource's id, unique within its API.
    pub id: String,
    /// The parent's id; absent on the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The last path segment: static, `{param}` or `{proxy+}`; absent on the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_part: Option<String>,
    /// The full path, `/` for the root.
    pub path: String,
    /// Methods by verb; each is empty unless the caller embeds `methods`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_methods: Option<BTreeMap<HttpMethod, Method>>,
}
