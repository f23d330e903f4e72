//! Who is in a group, and who uses a managed policy: rows of their own, so that a new user of a policy does not look like
//! a change of the policy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The names of a group's users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Members {
    /// As the users' rows have them.
    pub users: BTreeSet<String>,
}

/// The names of those a managed policy is attached to, or the boundary of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Attachments {
    /// Users it is attached to.
    pub users: BTreeSet<String>,
    /// Groups it is attached to.
    pub groups: BTreeSet<String>,
    /// Roles it is attached to.
    pub roles: BTreeSet<String>,
    /// Users it is the permissions boundary of.
    pub boundary_users: BTreeSet<String>,
    /// Roles it is the permissions boundary of.
    pub boundary_roles: BTreeSet<String>,
}

impl Attachments {
    /// To how many it is attached.
    pub fn attached(&self) -> usize {
        self.users.len() + self.groups.len() + self.roles.len()
    }

    /// Of how many it is the boundary.
    pub fn boundaries(&self) -> usize {
        self.boundary_users.len() + self.boundary_roles.len()
    }
}
