//! A denial in AWS's words (facts A10 to A14).

use stagegate_plan::GatewayResponseType;
use stagegate_policy::{Decision, PolicyKind, Verdict};

use super::policy::{Action, kind_name};
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// How a refusal speaks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice<'v> {
    /// With a name and what was called.
    Caller {
        /// The caller's ARN, or `anonymous`.
        arn: &'v str,
    },
    /// Of somebody an authorizer has decided about (fact A14).
    Authorizer,
}

/// Why policies do not let a request in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// A Deny applies.
    Explicit(PolicyKind),
    /// A policy that must allow does not.
    Silent(PolicyKind),
    /// A private API has no resource policy.
    NoPolicy,
    /// The policy of the VPC endpoint denies.
    EndpointExplicit,
    /// The policy of the VPC endpoint does not allow.
    EndpointSilent,
}

impl Denial {
    /// The denial of a decision; none where it allows.
    pub(super) fn of(decision: &Decision<'_>) -> Option<Self> {
        match decision.verdict {
            Verdict::Allow => None,
            Verdict::ExplicitDeny => Some(Self::Explicit(decision.by.map_or(PolicyKind::Resource, |by| by.kind))),
            Verdict::ImplicitDeny => Some(Self::Silent(decision.silent.unwrap_or(PolicyKind::Identity))),
        }
    }

    /// How the sentence ends.
    fn reason(self, action: Action) -> String {
        let (is_explicit, kind) = match self {
            Self::Explicit(kind) => (true, kind_name(kind)),
            Self::Silent(kind) => (false, kind_name(kind)),
            Self::NoPolicy => (false, kind_name(PolicyKind::Resource)),
            Self::EndpointExplicit => (true, "VPC endpoint policy"),
            Self::EndpointSilent => (false, "VPC endpoint policy"),
        };
        if is_explicit {
            let article = if kind.starts_with('i') { "an" } else { "a" };
            format!(" with an explicit deny in {article} {kind}")
        } else {
            format!(" because no {kind} allows the {} action", action.name())
        }
    }
}

/// The refusal, with its message for the client.
pub(super) fn refuse(
    notes: &Notes,
    voice: Voice<'_>,
    routed: &Routed<'_>,
    (action, denial): (Action, Denial),
) -> Refusal {
    let arn = match routed.method_arn() {
        Ok(arn) => arn,
        Err(refusal) => return refusal,
    };
    let reason = denial.reason(action);
    let message = match voice {
        Voice::Caller { arn: caller } => format!(
            "User: {caller} is not authorized to perform: {} on resource: {}{reason}",
            action.name(),
            arn.masked()
        ),
        Voice::Authorizer => format!("User is not authorized to access this resource{reason}"),
    };
    notes.message.get_or_init(|| message.into());
    Refusal::Gateway(GatewayResponseType::AccessDenied, Cause::AccessDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_a10_to_a13_name_the_policy() {
        for (denial, expected) in [
            (
                Denial::Silent(PolicyKind::Resource),
                " because no resource-based policy allows the execute-api:Invoke action",
            ),
            (Denial::NoPolicy, " because no resource-based policy allows the execute-api:Invoke action"),
            (Denial::Explicit(PolicyKind::Resource), " with an explicit deny in a resource-based policy"),
            (
                Denial::Silent(PolicyKind::Identity),
                " because no identity-based policy allows the execute-api:Invoke action",
            ),
            (Denial::Explicit(PolicyKind::Identity), " with an explicit deny in an identity-based policy"),
            (Denial::EndpointSilent, " because no VPC endpoint policy allows the execute-api:Invoke action"),
            (Denial::EndpointExplicit, " with an explicit deny in a VPC endpoint policy"),
            (Denial::Silent(PolicyKind::Session), " because no session policy allows the execute-api:Invoke action"),
            (
                Denial::Silent(PolicyKind::Boundary),
                " because no permissions boundary allows the execute-api:Invoke action",
            ),
        ] {
            assert_eq!(denial.reason(Action::Invoke), expected, "{denial:?}");
        }
    }
}
