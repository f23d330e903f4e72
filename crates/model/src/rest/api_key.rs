//! `ApiKey`: a secret that identifies a caller to usage plans.

use serde::{Deserialize, Serialize};

use super::{StringMap, Timestamp};

/// An API key of an account in a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Ten characters, or 20 to 128 where the key's value is its id.
    pub id: String,
    /// What callers send: 20 to 128 characters, unique within the account and region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// At most 1,024 characters; need not be unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The customer's identifier on AWS Marketplace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether callers can use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_date: Option<Timestamp>,
    /// `{api id}/{stage}`, from before there were usage plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage_keys: Option<Vec<String>>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
}
