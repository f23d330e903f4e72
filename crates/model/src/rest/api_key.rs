//! `ApiKey`: a secret that identifies a caller to usage plans.

use serde::{Deserialize, Serialize};

use super::{StringMap, Timestamp};
use crate::domain::Scope;
use crate::keys::AccountNoun;

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

/// A key as it is stored. Its value is in no other row in clear text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyRow {
    /// The key; without its value but in rows that were written by earlier versions.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The value, sealed for [`ApiKeyRow::seal_context`], in Base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sealed: String,
    /// The digest of the value, for its account and region and under the key that sealed it, in lower-case hexadecimal:
    /// it names the row that says which key has a value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// The usage plans that the key is in, by id; those that are gone may still be here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<String>,
}

impl ApiKeyRow {
    /// What a value is sealed for: one key of one account and region.
    pub fn seal_context(scope: &Scope, id: &str) -> String {
        scope.noun(AccountNoun::ApiKey, id).to_string()
    }
}
