//! The decision over all policies that apply to a request.

use std::sync::Arc;

use crate::context::Context;
use crate::document::{Effect, Policy, PolicyKind};
use crate::principal::{Grant, Principal};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who calls.
    pub principal: Principal<'a>,
    /// The action, such as `execute-api:Invoke`; in any case.
    pub action: &'a str,
    /// The ARN of what is called.
    pub resource: &'a str,
    /// The account that owns it; ARNs such as `arn:aws:apigateway:eu-west-1::/restapis` do not say.
    pub resource_account: &'a str,
    /// Values for conditions and policy variables.
    pub context: &'a Context,
}

/// The policies that apply to a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicySet<'a> {
    /// Of the caller, of its groups, or of an authorizer's answer.
    pub identity: &'a [Arc<Policy>],
    /// Of what is called.
    pub resource: Option<&'a Policy>,
    /// The caller's permissions boundary.
    pub boundary: Option<&'a Policy>,
    /// Passed for the session; none means no limit by them.
    pub session: &'a [Arc<Policy>],
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Allowed, and denied by nothing.
    Allow,
    /// A Deny statement applies.
    ExplicitDeny,
    /// Nothing denies, but not everything that must allow does.
    ImplicitDeny,
}

/// A statement, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementRef<'a> {
    /// The kind of its policy.
    pub kind: PolicyKind,
    /// The policy's index among those of its kind.
    pub policy: usize,
    /// The statement's index in the document.
    pub statement: usize,
    /// The statement's Sid.
    pub sid: Option<&'a str>,
}

/// A verdict and what decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'a> {
    /// The answer.
    pub verdict: Verdict,
    /// The statement that denied or allowed; none for an implicit deny, and for the root user's full access.
    pub by: Option<StatementRef<'a>>,
    /// For an implicit deny, the kind of policy that had to allow and did not.
    pub silent: Option<PolicyKind>,
}

impl<'a> PolicySet<'a> {
    /// Every policy with its kind and its index within it.
    pub(crate) fn policies(&self) -> impl Iterator<Item = (PolicyKind, usize, &'a Policy)> + use<'a> {
        let many = |kind, policies: &'a [Arc<Policy>]| {
            policies.iter().enumerate().map(move |(index, policy)| (kind, index, policy.as_ref()))
        };
        let one = |kind, policy: Option<&'a Policy>| policy.into_iter().map(move |policy| (kind, 0, policy));
        many(PolicyKind::Identity, self.identity)
            .chain(one(PolicyKind::Resource, self.resource))
            .chain(one(PolicyKind::Boundary, self.boundary))
            .chain(many(PolicyKind::Session, self.session))
    }

    /// The first statement of an effect that applies, in policies of a kind (all if none is given); among Allows, the
    /// one that names the caller most directly.
    fn applying(&self, effect: Effect, kind: Option<PolicyKind>, request: &Request<'_>) -> Option<Applying<'a>> {
        let mut best: Option<Applying<'a>> = None;
        for (its_kind, index, policy) in
            self.policies().filter(|(its_kind, ..)| kind.is_none_or(|kind| kind == *its_kind))
        {
            for (number, statement) in policy.statements.iter().enumerate().filter(|(_, one)| one.effect == effect) {
                let Ok(grant) = statement.judge(its_kind, request) else { continue };
                if best.as_ref().is_none_or(|best| grant > best.grant) {
                    let sid = statement.sid.as_deref();
                    let by = StatementRef { kind: its_kind, policy: index, statement: number, sid };
                    best = Some(Applying { by, grant });
                }
                if grant == Grant::Direct {
                    return best;
                }
            }
        }
        best
    }
}

/// A statement that applies.
struct Applying<'a> {
    by: StatementRef<'a>,
    grant: Grant,
}

/// Decides a request (IAM User Guide, "Policy evaluation logic"; API Gateway Developer Guide, "How API Gateway resource
/// policies affect authorization workflow").
///
/// An explicit Deny in any policy wins. Callers without an account need the resource policy's Allow. Within one account
/// identity or resource policy must allow, across accounts both; a resource policy that names the caller's account alone leaves
/// the decision to the identity policies in either case. Boundary and session policies, where there are any,
/// must allow too, save where the resource policy of the same account names the caller itself. The root user has full
/// access to its own account, and across accounts whatever the resource policy allows.
pub fn evaluate<'a>(policies: &PolicySet<'a>, request: &Request<'_>) -> Decision<'a> {
    if let Some(deny) = policies.applying(Effect::Deny, None, request) {
        return Decision { verdict: Verdict::ExplicitDeny, by: Some(deny.by), silent: None };
    }
    match granted(policies, request).and_then(|by| within_limits(policies, request, &by)) {
        Ok(by) => Decision { verdict: Verdict::Allow, by, silent: None },
        Err(silent) => Decision { verdict: Verdict::ImplicitDeny, by: None, silent: Some(silent) },
    }
}

/// Decides a request by one policy of what is called, whoever calls from wherever: it must allow, and not deny. That is how
/// the policy of a VPC endpoint is asked (API Gateway Developer Guide, "Use VPC endpoint policies for private APIs").
pub fn evaluate_alone<'a>(policy: &'a Policy, request: &Request<'_>) -> Decision<'a> {
    let policies = PolicySet { resource: Some(policy), ..PolicySet::default() };
    let applying = |effect| policies.applying(effect, Some(PolicyKind::Resource), request);
    if let Some(deny) = applying(Effect::Deny) {
        return Decision { verdict: Verdict::ExplicitDeny, by: Some(deny.by), silent: None };
    }
    match applying(Effect::Allow) {
        Some(allow) => Decision { verdict: Verdict::Allow, by: Some(allow.by), silent: None },
        None => Decision { verdict: Verdict::ImplicitDeny, by: None, silent: Some(PolicyKind::Resource) },
    }
}

/// A grant, and whether boundary and session policies limit it.
struct Granted<'a> {
    by: Option<StatementRef<'a>>,
    limited: bool,
}

fn granted<'a>(policies: &PolicySet<'a>, request: &Request<'_>) -> Result<Granted<'a>, PolicyKind> {
    let resource = policies.applying(Effect::Allow, Some(PolicyKind::Resource), request);
    let Some(account) = request.principal.account() else {
        let by = resource.ok_or(PolicyKind::Resource)?.by;
        return Ok(Granted { by: Some(by), limited: false });
    };
    let same_account = account == request.resource_account;
    if same_account && let Some(Applying { by, grant: Grant::Direct }) = resource {
        return Ok(Granted { by: Some(by), limited: false });
    }
    let identity = if matches!(request.principal, Principal::Root { .. }) {
        Some(None)
    } else {
        policies.applying(Effect::Allow, Some(PolicyKind::Identity), request).map(|allow| Some(allow.by))
    };
    let grants = resource.as_ref().is_some_and(|allow| allow.grant > Grant::Delegated);
    let resource = resource.map(|allow| Some(allow.by));
    let by = if same_account {
        identity.or(resource.filter(|_| grants)).ok_or(PolicyKind::Identity)?
    } else {
        identity.ok_or(PolicyKind::Identity)?;
        resource.ok_or(PolicyKind::Resource)?
    };
    Ok(Granted { by, limited: true })
}

fn within_limits<'a>(
    policies: &PolicySet<'a>,
    request: &Request<'_>,
    granted: &Granted<'a>,
) -> Result<Option<StatementRef<'a>>, PolicyKind> {
    let allows = |kind| policies.applying(Effect::Allow, Some(kind), request).is_some();
    if granted.limited && policies.boundary.is_some() && !allows(PolicyKind::Boundary) {
        return Err(PolicyKind::Boundary);
    }
    if granted.limited && !policies.session.is_empty() && !allows(PolicyKind::Session) {
        return Err(PolicyKind::Session);
    }
    Ok(granted.by)
}
