//! The keys of IAM's rows: `iam/{account}/{noun}/{name}`, of no region.
//!
//! Names are unique without regard to case (IAM API reference, `CreateUser`), so that keys have them in lower case.

use std::fmt;

use crate::domain::Scope;
use crate::segment::{is_segment, segment_of};

/// The prefix of every row of IAM's.
pub const IAM_PREFIX: &str = "iam/";

/// A noun of IAM's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IamNoun {
    /// `users`: a [`crate::iam::UserRow`].
    User,
    /// `accesskeys`, by id: the name of the user who has it.
    AccessKey,
    /// `accesskeyuses`, by id: a [`crate::iam::AccessKeyUse`].
    AccessKeyUse,
    /// `groups`: a [`crate::iam::GroupRow`].
    Group,
    /// `members`, by group: a [`crate::iam::Members`].
    Members,
    /// `roles`: a [`crate::iam::RoleRow`].
    Role,
    /// `policies`: a [`crate::iam::PolicyRow`].
    Policy,
    /// `attachments`, by the policy's name, one of AWS's with `aws/` before it: a [`crate::iam::Attachments`].
    Attachments,
}

impl IamNoun {
    const ALL: [Self; 8] = [
        Self::User,
        Self::AccessKey,
        Self::AccessKeyUse,
        Self::Group,
        Self::Members,
        Self::Role,
        Self::Policy,
        Self::Attachments,
    ];

    const fn segment(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::AccessKey => "accesskeys",
            Self::AccessKeyUse => "accesskeyuses",
            Self::Group => "groups",
            Self::Members => "members",
            Self::Role => "roles",
            Self::Policy => "policies",
            Self::Attachments => "attachments",
        }
    }
}

/// The key of a row of IAM's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IamKey {
    /// The account, twelve digits.
    pub account: String,
    /// The noun.
    pub noun: IamNoun,
    /// The name as a segment, in lower case.
    pub name: String,
}

impl IamKey {
    /// The key of a noun by its name, in any case.
    pub fn new(account: &str, noun: IamNoun, name: &str) -> Self {
        let name = segment_of(&name.to_ascii_lowercase());
        Self { account: account.to_owned(), noun, name }
    }

    /// The prefix of an account's rows of a noun.
    pub fn prefix(account: &str, noun: IamNoun) -> String {
        format!("{IAM_PREFIX}{account}/{}/", noun.segment())
    }

    /// Reads the segments behind `iam`.
    pub(super) fn parse(account: &str, noun: &str, name: &str) -> Option<Self> {
        // An account is what a scope can have.
        Scope::new(account, "us-east-1")?;
        let noun = IamNoun::ALL.into_iter().find(|known| known.segment() == noun)?;
        is_segment(name).then(|| Self { account: account.to_owned(), noun, name: name.to_owned() })
    }
}

impl fmt::Display for IamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::prefix(&self.account, self.noun), self.name)
    }
}
