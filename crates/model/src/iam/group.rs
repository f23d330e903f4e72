//! A group; who is in it is a row of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rest::Timestamp;

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupRow {
    /// The friendly name, as it was given.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `AGPA…`
    pub id: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// Inline policies by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, String>,
    /// ARNs of the managed policies that are attached, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<String>,
}
