//! Calls that are made as the caller, `arn:aws:iam::*:user/*`: the caller's own policies say what they may be.

use std::sync::Arc;

use stagegate_plan::FunctionArn;
use stagegate_policy::{PolicySet, Request, Verdict, evaluate};
use stagegate_sigv4::Credentials;

use super::caller::IamCaller;
use super::policy_context::{Surroundings, request_context};
use crate::observe::Notes;
use crate::route::Routed;

/// What a caller signs with, for a service that verifies signatures itself; none of a request that is not signed.
pub(crate) fn caller_credentials(notes: &Notes) -> Option<Arc<Credentials>> {
    notes.caller()?.iam.as_ref().map(|caller| Arc::new(caller.credentials()))
}

/// Whether the caller's own policies let it invoke a function of its account. A function of another account would have to say so
/// itself, and is not asked.
pub(crate) fn may_invoke(routed: &Routed<'_>, function: &FunctionArn, notes: &Notes) -> bool {
    let Some(caller) = notes.caller().and_then(|caller| caller.iam.as_ref()) else {
        notes.explain("integrate", format_args!("nobody signed: there is no caller to invoke the function as"));
        return false;
    };
    let principal = &caller.credential.principal;
    let policies = principal.policy_set(None);
    let PolicySet { identity, session, boundary, .. } = policies;
    let all = identity.iter().chain(session).map(|policy| &**policy).chain(boundary);
    let mut context = request_context(&Surroundings::of(routed), all.flat_map(stagegate_policy::Policy::keys));
    principal.fill(&mut context);
    let request = Request {
        principal: principal.in_policies(),
        action: "lambda:invokefunction",
        resource: &function.to_string(),
        resource_account: &function.account,
        context: &context,
    };
    let decision = evaluate(&policies, &request);
    notes.explain("integrate", format_args!("lambda:InvokeFunction as {}: {decision}", caller.arn));
    decision.verdict == Verdict::Allow
}

impl IamCaller {
    fn credentials(&self) -> Credentials {
        Credentials {
            access_key_id: self.access_key_id.to_string(),
            secret: self.credential.secret.clone(),
            session_token: self.session_token.as_ref().map(ToString::to_string),
        }
    }
}
