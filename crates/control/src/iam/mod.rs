//! IAM (2010-05-08): users, access keys, groups, roles, inline and managed policies, permissions boundaries, tags.
//!
//! Rows belong to an account and to no region. Whatever a call changes is in force, on both planes, once it is
//! acknowledged: the feed follows the rows.

mod access_key;
mod attachment;
mod authorize;
mod aws_managed;
mod boundary;
mod document;
mod entity;
mod group;
mod ids;
mod inline_policy;
mod last_used;
mod membership;
mod operations;
mod policy;
mod policy_version;
mod role;
mod rules;
mod tag;
mod trust;
mod user;

pub use aws_managed::{AwsManagedPolicy, aws_managed, aws_managed_policies};
pub use entity::{access_key_context, attachments_key};
pub use operations::operations;
pub(crate) use operations::query_table;

pub(crate) use authorize::{About, asked, fill_request};
pub(crate) use document::check_session_policy;
pub(crate) use entity::role_of_arn;
pub(crate) use ids::{new_access_key_id, new_secret};
pub use last_used::AccessKeyUses;
pub(crate) use last_used::LastUsed;
pub(crate) use policy::document_of;
pub(crate) use rules::{ARN, TAG_KEY, TAG_VALUE, characters};
pub(crate) use trust::policy_for;

use crate::query::Wire;

/// IAM on the wire.
pub(crate) const WIRE: Wire = Wire { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" };
