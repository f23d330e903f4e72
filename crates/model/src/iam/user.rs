//! A user and its access keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Tag;
use crate::closed::closed;
use crate::rest::Timestamp;

closed! {
    /// Whether an access key signs.
    AccessKeyStatus {
        /// It does.
        Active = "Active",
        /// It does not, until it is active again.
        Inactive = "Inactive",
    }
}

/// An access key; its secret is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKeyRow {
    /// `AKIA…`
    pub id: String,
    /// Whether it signs.
    pub status: AccessKeyStatus,
    /// When it was made.
    pub create_date: Timestamp,
    /// Base64 of the sealed secret; the key's id is the context.
    pub sealed_secret: String,
}

/// The last use of an access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKeyUse {
    /// When, in seconds since the epoch.
    pub at_s: i64,
    /// The service that was called, as `GetAccessKeyLastUsed` names it.
    pub service: String,
    /// The region of the call.
    pub region: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserRow {
    /// The friendly name, as it was given.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `AIDA…`
    pub id: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// The ARN of the policy that is its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// Its tags, in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Its access keys, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_keys: Vec<AccessKeyRow>,
    /// Inline policies by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, String>,
    /// ARNs of the managed policies that are attached, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<String>,
    /// Names of its groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
}
