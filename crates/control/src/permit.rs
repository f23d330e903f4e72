//! The permission check: may this principal perform this action on this resource?

use stagegate_plan::identity::Principal;
use stagegate_policy::{Context, Policy, PolicyKind, Request, Verdict, evaluate};

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
    /// The policy of what the call is about, where it has one.
    pub resource_policy: Option<&'a Policy>,
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

/// The principal's own policies decide (identity policies, permissions boundary, session policies), with that of what the
/// call is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnPolicies;

impl Permit for OwnPolicies {
    fn is_unlimited(&self, principal: &Principal) -> bool {
        principal.is_unlimited()
    }

    fn judge(&self, question: &Question<'_>) -> Ruling {
        let Question { principal, action, resource, resource_account, resource_policy, context } = *question;
        let request = Request { principal: principal.in_policies(), action, resource, resource_account, context };
        let decision = evaluate(&principal.policy_set(resource_policy), &request);
        match decision.verdict {
            Verdict::Allow => Ruling::Allowed,
            Verdict::ExplicitDeny => Ruling::Denied(decision.by.map_or(PolicyKind::Identity, |by| by.kind)),
            Verdict::ImplicitDeny => Ruling::NotAllowed(decision.silent.unwrap_or(PolicyKind::Identity)),
        }
    }
}
