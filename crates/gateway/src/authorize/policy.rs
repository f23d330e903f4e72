//! The API's resource policy, with the policies of the caller, as each type of authorization combines them (facts A23, A24).

use std::sync::Arc;

use stagegate_plan::PrivateDomain;
use stagegate_policy::{Context, Policy, PolicyKind, PolicySet, Principal, Request, evaluate, evaluate_alone, explain};

use super::policy_context::{Surroundings, request_context};
use super::verdict::{Denial, Voice, refuse};
use crate::network::VpcEndpoint;
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::route::Routed;

/// What callers want to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Action {
    /// `execute-api:Invoke`
    #[default]
    Invoke,
    /// `execute-api:InvalidateCache` (fact C4)
    InvalidateCache,
}

impl Action {
    /// The action as AWS writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invoke => "execute-api:Invoke",
            Self::InvalidateCache => "execute-api:InvalidateCache",
        }
    }

    /// The same in lower case, in which policies are matched.
    fn folded(self) -> &'static str {
        match self {
            Self::Invoke => "execute-api:invoke",
            Self::InvalidateCache => "execute-api:invalidatecache",
        }
    }
}

/// Statements that an explanation accounts for.
const STATEMENTS_EXPLAINED: usize = 12;

/// A caller, and what is known of them beside the API's resource policy.
pub(super) struct Judged<'p> {
    /// What they want to do.
    pub(super) action: Action,
    /// Who calls, as policies name them.
    pub(super) principal: Principal<'p>,
    /// The caller's own policies; `resource` is the API's, whatever is in it.
    pub(super) policies: PolicySet<'p>,
    /// How a refusal calls them.
    pub(super) voice: Voice<'p>,
    /// Adds the condition keys of the caller.
    pub(super) fill: &'p dyn Fn(&mut Context),
}

impl<'p> Judged<'p> {
    /// A caller without policies of their own.
    pub(super) fn plain(principal: Principal<'p>) -> Self {
        Self {
            action: Action::Invoke,
            principal,
            policies: PolicySet::default(),
            voice: Voice::Caller { arn: "anonymous" },
            fill: &|_context| {},
        }
    }
}

/// A caller whom nobody knows: where there is a policy, it must allow the call.
pub(super) fn anonymous(routed: &Routed<'_>, notes: &Notes) -> Result<(), Refusal> {
    if is_open(routed) {
        return Ok(());
    }
    judge(routed, &Judged::plain(Principal::Anonymous), notes)
}

/// Somebody whom a token names: where there is a policy, it alone must allow the call (fact A24).
pub(super) fn alone(routed: &Routed<'_>, notes: &Notes) -> Result<(), Refusal> {
    if is_open(routed) {
        return Ok(());
    }
    let account = &*routed.addressed.stage.api.account;
    judge(routed, &Judged::plain(Principal::Authorized { account }), notes)
}

/// Refuses what the policy denies to everybody, before an authorizer is asked.
pub(super) fn explicit_deny(routed: &Routed<'_>, notes: &Notes) -> Result<(), Refusal> {
    if is_open(routed) {
        return Ok(());
    }
    let account = &*routed.addressed.stage.api.account;
    let judged = Judged::plain(Principal::Authorized { account });
    match Scene::new(routed, &judged)?.denial(notes) {
        Some(denial @ (Denial::Explicit(_) | Denial::NoPolicy)) => {
            Err(refuse(notes, judged.voice, routed, (judged.action, denial)))
        }
        _ => Ok(()),
    }
}

/// Somebody whom a function has decided about: its policies and the API's together (fact A23).
pub(super) fn authorized(routed: &Routed<'_>, identity: &[Arc<Policy>], notes: &Notes) -> Result<(), Refusal> {
    let account = &*routed.addressed.stage.api.account;
    let judged = Judged {
        policies: PolicySet { identity, ..PolicySet::default() },
        voice: Voice::Authorizer,
        ..Judged::plain(Principal::Authorized { account })
    };
    judge(routed, &judged, notes)
}

/// Decides by all policies together (fact A23).
pub(super) fn judge(routed: &Routed<'_>, judged: &Judged<'_>, notes: &Notes) -> Result<(), Refusal> {
    let denial = denial(routed, judged, notes)?;
    denial.map_or(Ok(()), |denial| Err(refuse(notes, judged.voice, routed, (judged.action, denial))))
}

/// Why all policies together do not allow it, if they do not.
pub(super) fn denial(routed: &Routed<'_>, judged: &Judged<'_>, notes: &Notes) -> Result<Option<Denial>, Refusal> {
    let scene = Scene::new(routed, judged)?;
    Ok(scene.denial(notes).or_else(|| scene.endpoint_denial(notes)).or_else(|| scene.domain_denial(notes)))
}

/// Whether nothing stands before the API for everybody. What is only tried out has been let in.
fn is_open(routed: &Routed<'_>) -> bool {
    let deployment = &routed.addressed.stage.deployment;
    (deployment.policy.is_none() && deployment.private.is_none()) || routed.addressed.arrival.is_simulated
}

/// A request before its policies.
struct Scene<'s> {
    policies: PolicySet<'s>,
    request: Asked<'s>,
    endpoint: Option<&'s VpcEndpoint>,
    /// The private domain name that the request came by.
    domain: Option<&'s PrivateDomain>,
    /// A private API without a policy: nobody may call it (fact D11).
    lacks_policy: bool,
}

/// What is asked; the owned form of a [`Request`].
struct Asked<'s> {
    action: Action,
    principal: Principal<'s>,
    arn: crate::route::MethodArn,
    account: &'s str,
    context: Context,
}

impl Asked<'_> {
    fn request(&self) -> Request<'_> {
        Request {
            principal: self.principal,
            action: self.action.folded(),
            resource: self.arn.as_str(),
            resource_account: self.account,
            context: &self.context,
        }
    }
}

impl<'s> Scene<'s> {
    fn new(routed: &'s Routed<'_>, judged: &Judged<'s>) -> Result<Self, Refusal> {
        let stage = routed.addressed.stage;
        let surroundings = Surroundings::of(routed);
        let resource = stage.deployment.policy.as_deref();
        let policies = PolicySet { resource, ..judged.policies };
        let many = policies.identity.iter().chain(policies.session).map(|policy| &**policy);
        let of_endpoint = surroundings.endpoint.and_then(|endpoint| endpoint.policy.as_deref());
        let domain = routed.addressed.private_domain.as_deref();
        let of_domain = domain.and_then(|domain| domain.policy.as_deref());
        let all = many.chain(resource).chain(policies.boundary).chain(of_endpoint).chain(of_domain);
        let mut context = request_context(&surroundings, all.flat_map(Policy::keys));
        (judged.fill)(&mut context);
        Ok(Self {
            policies,
            request: Asked {
                action: judged.action,
                principal: judged.principal,
                arn: routed.method_arn()?,
                account: &stage.api.account,
                context,
            },
            endpoint: surroundings.endpoint,
            domain,
            lacks_policy: stage.deployment.private.is_some() && resource.is_none(),
        })
    }

    /// Why the API's and the caller's policies do not let the request in, if they do not.
    fn denial(&self, notes: &Notes) -> Option<Denial> {
        if self.lacks_policy {
            notes.explain("authorize", format_args!("a private API without a resource policy lets nobody in"));
            return Some(Denial::NoPolicy);
        }
        let request = self.request.request();
        let decision = evaluate(&self.policies, &request);
        self.explain(notes);
        Denial::of(&decision)
    }

    /// Why the policy of the VPC endpoint does not let the request through (fact A13).
    fn endpoint_denial(&self, notes: &Notes) -> Option<Denial> {
        let endpoint = self.endpoint?;
        let decision = evaluate_alone(endpoint.policy.as_deref()?, &self.request.request());
        notes.explain("authorize", format_args!("the policy of {}: {decision}", endpoint.id));
        Denial::of(&decision).map(|denial| match denial {
            Denial::Explicit(_) => Denial::EndpointExplicit,
            _ => Denial::EndpointSilent,
        })
    }

    /// Why the policy of the private domain name does not let the request through; without one it lets nobody.
    fn domain_denial(&self, notes: &Notes) -> Option<Denial> {
        let domain = self.domain?;
        let Some(policy) = domain.policy.as_deref() else {
            notes.explain("authorize", format_args!("a private domain name without a policy lets nobody in"));
            return Some(Denial::NoPolicy);
        };
        // The short form `execute-api:/*` of a policy's author stands for what is below the domain name.
        let below = format!("{}/", domain.arn);
        let ask = |resource| {
            let request = Request { resource, resource_account: &domain.account, ..self.request.request() };
            evaluate_alone(policy, &request)
        };
        let decisions = [ask(&domain.arn), ask(&below)];
        notes.explain("authorize", format_args!("the policy of {}: {}, {}", domain.arn, decisions[0], decisions[1]));
        let denials = decisions.iter().map(Denial::of);
        let explicit = denials.clone().flatten().find(|denial| matches!(denial, Denial::Explicit(_)));
        explicit
            .or_else(|| if denials.clone().any(|denial| denial.is_none()) { None } else { denials.flatten().next() })
    }

    /// Accounts for the decision, statement by statement, where the caller may ask.
    fn explain(&self, notes: &Notes) {
        if notes.explanation().is_none() {
            return;
        }
        let explanation = explain(&self.policies, &self.request.request());
        notes.explain("authorize", format_args!("{} on {}", explanation.decision, self.request.arn.as_str()));
        for line in explanation.to_string().lines().skip(1).take(STATEMENTS_EXPLAINED) {
            notes.explain("authorize", format_args!("{line}"));
        }
    }
}

/// The kinds of policies as refusals call them.
pub(super) fn kind_name(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "identity-based policy",
        PolicyKind::Resource => "resource-based policy",
        PolicyKind::Boundary => "permissions boundary",
        PolicyKind::Session => "session policy",
    }
}
