//! The permission check: may this principal perform this action on this resource?

use stagegate_policy::{Context, PolicyKind};

/// Who signed a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account the key belongs to; the call sees this account's APIs.
    pub account_id: String,
    /// The principal's ARN, such as `arn:aws:iam::000000000000:root`.
    pub arn: String,
    /// What kind of principal it is.
    pub identity: Identity,
}

/// The kinds of principals that hold access keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The root user of the account.
    Root,
    /// An IAM user.
    User {
        /// The friendly name, `aws:username`.
        name: String,
        /// The unique id, `aws:userid`.
        id: String,
    },
}

/// What a [`Permit`] is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who calls.
    pub principal: &'a Principal,
    /// The action, such as `apigateway:GET`.
    pub action: &'a str,
    /// An ARN, such as `arn:aws:apigateway:us-east-1::/restapis/abc`.
    pub resource: &'a str,
    /// The account whose nouns the call is about.
    pub resource_account: &'a str,
    /// The values of condition keys.
    pub context: &'a Context,
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Allowed.
    Allowed,
    /// No policy of this kind allows it.
    NotAllowed(PolicyKind),
    /// A statement in a policy of this kind denies it.
    Denied(PolicyKind),
}

/// Decides calls, as IAM does on AWS.
pub trait Permit: Send + Sync + 'static {
    /// Whether the principal may do all there is. It is not asked about then, and nothing is read for its sake.
    fn is_unlimited(&self, _principal: &Principal) -> bool {
        false
    }

    /// Decides one action on one resource.
    fn judge(&self, question: &Question<'_>) -> Ruling;
}

/// The rule where there are no users: only an account's root holds keys, and root may do everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct RootAllowsAll;

impl Permit for RootAllowsAll {
    fn is_unlimited(&self, principal: &Principal) -> bool {
        principal.identity == Identity::Root
    }

    fn judge(&self, question: &Question<'_>) -> Ruling {
        if self.is_unlimited(question.principal) { Ruling::Allowed } else { Ruling::NotAllowed(PolicyKind::Identity) }
    }
}
