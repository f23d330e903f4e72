//! The nouns of IAM (version 2010-05-08) as rows: users, groups, roles, managed policies and who uses them.

mod attachments;
mod group;
mod policy;
mod role;
mod user;

pub use attachments::{Attachments, Members};
pub use group::GroupRow;
pub use policy::{PolicyRow, PolicyVersionRow};
pub use role::RoleRow;
pub use user::{AccessKeyRow, AccessKeyStatus, AccessKeyUse, UserRow};

use serde::{Deserialize, Serialize};

/// A tag of a user, a role or a policy. Keys are compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

/// The ARN of a noun of an account: `arn:aws:iam::{account}:{kind}{path}{name}`, the kind one of `user`, `group`, `role`,
/// `policy`.
pub fn iam_arn(account: &str, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{kind}{path}{name}")
}
