//! A managed policy of an account, and its versions.

use serde::{Deserialize, Serialize};

use super::Tag;
use crate::rest::Timestamp;

/// A version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyVersionRow {
    /// The number behind the `v`.
    pub number: u32,
    /// The document, as it was given.
    pub document: String,
    /// When it was made.
    pub create_date: Timestamp,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRow {
    /// The friendly name, as it was given.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `ANPA…`
    pub id: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made.
    pub create_date: Timestamp,
    /// When its default version or its versions last changed.
    pub update_date: Timestamp,
    /// Its versions, the oldest first; at most five.
    pub versions: Vec<PolicyVersionRow>,
    /// The number of the version that is in force.
    pub default_version: u32,
    /// The number of the newest version there ever was: numbers are not used again.
    pub last_version: u32,
    /// Its tags, in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl PolicyRow {
    /// The document that is in force.
    pub fn document(&self) -> &str {
        let version = self.versions.iter().find(|version| version.number == self.default_version);
        version.map_or("", |version| &version.document)
    }
}
