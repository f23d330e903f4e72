//! What holds credentials or is assumed: a root user, a user or a role, as the feed compiles it.

use std::sync::Arc;

use super::principal::{Principal, PrincipalKind, PrincipalPolicies};

/// The kinds of holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// The root user of an account.
    Root,
    /// A user.
    User,
    /// A role: it has no access keys, only sessions.
    Role,
}

/// A root user, a user or a role.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// What it is.
    pub kind: HolderKind,
    /// The account, twelve digits.
    pub account: Box<str>,
    /// `arn:aws:iam::…:root`, `…:user/…`, `…:role/…`.
    pub arn: Box<str>,
    /// The friendly name; empty for root.
    pub name: Box<str>,
    /// The unique id, which no later holder of the name has: `AIDA…`, `AROA…`; the account's id for root.
    pub id: Box<str>,
    /// What it may do.
    pub policies: Arc<PrincipalPolicies>,
    /// Its tags.
    pub tags: Arc<[(Box<str>, Box<str>)]>,
}

impl Holder {
    /// The principal that the holder's own access keys stand for. A role has none; sessions say more of theirs.
    pub fn principal(&self) -> Principal {
        let kind = match self.kind {
            HolderKind::Root => PrincipalKind::Root,
            HolderKind::User => PrincipalKind::User { name: self.name.clone() },
            HolderKind::Role => PrincipalKind::RoleSession { role_arn: self.arn.clone(), session_name: Box::default() },
        };
        Principal {
            account: self.account.clone(),
            arn: self.arn.clone(),
            user_id: self.id.clone(),
            kind,
            policies: Arc::clone(&self.policies),
            session_policies: Vec::new(),
            tags: Arc::clone(&self.tags),
            issued_at_s: None,
        }
    }
}
