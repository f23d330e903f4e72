//! `Deployment`: a snapshot of an API that stages point at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AuthorizationType, HttpMethod, Timestamp};

/// What a deployment's summary says about one method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodSnapshot {
    /// Who may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<AuthorizationType>,
    /// Whether a call needs an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_required: Option<bool>,
}

/// A snapshot of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The deployment's id, unique within its API.
    pub id: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When the snapshot was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Timestamp>,
    /// Path, then verb, to what the method was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_summary: Option<BTreeMap<String, BTreeMap<HttpMethod, MethodSnapshot>>>,
}

/// A deployment as it is stored: the noun and where its frozen documents are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentRow {
    /// The noun.
    pub deployment: Deployment,
    /// Lower-case hexadecimal SHA-256 of the blob that holds the [`super::frozen::FrozenApi`].
    pub frozen: String,
}
