//! A principal: who a credential stands for, as policies see it.

use std::sync::Arc;

use stagegate_policy::{Context, Policy, PolicySet};
use stagegate_sigv4::Secret;

/// What an identity's own policies say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PrincipalPolicies {
    /// Inline and managed ones, those of a user's groups included.
    pub identity: Vec<Arc<Policy>>,
    /// The permissions boundary.
    pub boundary: Option<Arc<Policy>>,
}

/// The kinds of principals that sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The root user of an account.
    Root,
    /// An IAM user, or a session that `GetSessionToken` made for one.
    User {
        /// The friendly name, `aws:username`.
        name: Box<str>,
    },
    /// A session of an assumed role.
    RoleSession {
        /// The role's ARN, which is `aws:PrincipalArn`.
        role_arn: Box<str>,
        /// The session's name.
        session_name: Box<str>,
    },
    /// A session that `GetFederationToken` made.
    Federated {
        /// The ARN of the user who made it.
        user_arn: Box<str>,
    },
}

/// Who signed a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Principal {
    /// The account, twelve digits.
    pub account: Box<str>,
    /// Its own ARN: of the user, of the session, of the account's root.
    pub arn: Box<str>,
    /// The unique id, `aws:userid`: `AIDA…`, `AROA…:session`, or the account's id for root.
    pub user_id: Box<str>,
    /// What kind it is.
    pub kind: PrincipalKind,
    /// What its identity's policies say.
    pub policies: Arc<PrincipalPolicies>,
    /// The policies that were passed for the session; none means no limit by them.
    pub session_policies: Vec<Arc<Policy>>,
    /// Tags, `aws:PrincipalTag/…`; a session's own come before its role's.
    pub tags: Arc<[(Box<str>, Box<str>)]>,
    /// When the session began, in seconds since 1970: `aws:TokenIssueTime`. None for long-term credentials.
    pub issued_at_s: Option<i64>,
}

/// An access key with its secret and who holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// The access key id: `AKIA…`, or `ASIA…` for a session.
    pub access_key_id: Box<str>,
    /// The secret access key, in memory only.
    pub secret: Secret,
    /// Who holds it.
    pub principal: Arc<Principal>,
    /// When it stops to work, in seconds since 1970; never for a long-term credential.
    pub expires_at_s: Option<i64>,
}

impl Principal {
    /// The principal as the policy language names it.
    pub fn in_policies(&self) -> stagegate_policy::Principal<'_> {
        use stagegate_policy::Principal as Caller;
        let (account, arn) = (&*self.account, &*self.arn);
        match &self.kind {
            PrincipalKind::Root => Caller::Root { account },
            PrincipalKind::User { .. } => Caller::User { account, arn },
            PrincipalKind::RoleSession { role_arn, .. } => Caller::RoleSession { account, arn, role_arn },
            PrincipalKind::Federated { user_arn } => Caller::FederatedUser { account, arn, user_arn },
        }
    }

    /// The policies that decide what the principal may do, with the one of what it calls.
    pub fn policy_set<'a>(&'a self, resource: Option<&'a Policy>) -> PolicySet<'a> {
        let PrincipalPolicies { identity, boundary } = self.policies.as_ref();
        PolicySet { identity, resource, boundary: boundary.as_deref(), session: &self.session_policies }
    }

    /// Whether no policy limits it in its own account: root, and no session of root's with policies.
    pub fn is_unlimited(&self) -> bool {
        self.kind == PrincipalKind::Root && self.session_policies.is_empty()
    }

    /// The ARN that `aws:PrincipalArn` has: of the role, for a session of a role.
    pub fn principal_arn(&self) -> &str {
        match &self.kind {
            PrincipalKind::RoleSession { role_arn, .. } => role_arn,
            _ => &self.arn,
        }
    }

    /// Sets the condition keys that depend on the principal alone (IAM User Guide, "Properties of the principal").
    pub fn fill(&self, context: &mut Context) {
        let (kind, name) = match &self.kind {
            PrincipalKind::Root => ("Account", None),
            PrincipalKind::User { name } => ("User", Some(name)),
            PrincipalKind::RoleSession { .. } => ("AssumedRole", None),
            PrincipalKind::Federated { .. } => ("FederatedUser", None),
        };
        context.set("aws:PrincipalAccount", &*self.account);
        context.set("aws:PrincipalArn", self.principal_arn());
        context.set("aws:PrincipalType", kind);
        context.set("aws:userid", &*self.user_id);
        context.set("aws:PrincipalIsAWSService", "false");
        if let Some(name) = name {
            context.set("aws:username", &**name);
        }
        if let Some(issued_at_s) = self.issued_at_s {
            context.set("aws:TokenIssueTime", issued_at_s.to_string());
        }
        for (key, value) in self.tags.iter() {
            context.set(&format!("aws:PrincipalTag/{key}"), &**value);
        }
    }
}
