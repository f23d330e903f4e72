//! `execute-api:InvalidateCache`: whether a caller who was let in may have a cached answer made anew (fact C4).

use stagegate_policy::{Context, PolicyKind, PolicySet, Principal};

use super::policy::{Action, Judged, denial};
use super::verdict::{Denial, Voice, refuse};
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::route::Routed;

/// A caller who may not.
#[derive(Debug)]
pub(crate) struct Unpermitted(Denial);

impl Unpermitted {
    /// The refusal, in the words of others of policies: AWS's are not known (fact C5).
    pub(crate) fn refuse(&self, routed: &Routed<'_>, notes: &Notes) -> Refusal {
        refuse(notes, voice(notes), routed, (Action::InvalidateCache, self.0))
    }
}

/// Asks the caller's policies and the API's. Where there are none, nobody may; a caller of another account never may.
///
/// # Errors
/// The request cannot be judged at all.
pub(crate) fn may_invalidate(routed: &Routed<'_>, notes: &Notes) -> Result<Result<(), Unpermitted>, Refusal> {
    let account = &*routed.addressed.stage.api.account;
    let caller = notes.caller();
    let found = if let Some(iam) = caller.and_then(|caller| caller.iam.as_ref()) {
        if *iam.account != *account {
            return Ok(Err(Unpermitted(Denial::Silent(PolicyKind::Identity))));
        }
        let principal = &iam.credential.principal;
        let judged = Judged {
            action: Action::InvalidateCache,
            principal: principal.in_policies(),
            policies: principal.policy_set(None),
            voice: voice(notes),
            fill: &|context: &mut Context| principal.fill(context),
        };
        denial(routed, &judged, notes)?
    } else {
        let principal = if caller.is_some() { Principal::Authorized { account } } else { Principal::Anonymous };
        let identity = caller.and_then(|caller| caller.policy.as_ref()).map(std::slice::from_ref).unwrap_or_default();
        let judged = Judged {
            action: Action::InvalidateCache,
            policies: PolicySet { identity, ..PolicySet::default() },
            voice: voice(notes),
            ..Judged::plain(principal)
        };
        denial(routed, &judged, notes)?
    };
    Ok(found.map_or(Ok(()), |denial| Err(Unpermitted(denial))))
}

/// How a refusal speaks of the caller.
fn voice(notes: &Notes) -> Voice<'_> {
    match notes.caller() {
        Some(caller) => caller.iam.as_ref().map_or(Voice::Authorizer, |iam| Voice::Caller { arn: &iam.arn }),
        None => Voice::Caller { arn: "anonymous" },
    }
}
