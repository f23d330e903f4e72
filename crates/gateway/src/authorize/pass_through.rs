//! Calls that are made as the caller, `arn:aws:iam::*:user/*`: the caller's own policies say what they may be.

use std::sync::Arc;

use stagegate_policy::PolicySet;
use stagegate_sigv4::Credentials;

use super::caller::IamCaller;
use super::policy_context::{Surroundings, request_context};
use crate::invoker::Signer;
use crate::observe::Notes;
use crate::route::Routed;

/// What a caller signs with, for a service that verifies signatures itself; none of a request that is not signed.
pub(crate) fn caller_credentials(notes: &Notes) -> Option<Arc<Credentials>> {
    notes.caller()?.iam.as_ref().map(|caller| Arc::new(caller.credentials()))
}

/// The caller, for an invocation in its own name; none of a request that is not signed. What it may invoke is for whoever knows the
/// function's resource policy to say.
pub(crate) fn signer(routed: &Routed<'_>, notes: &Notes) -> Option<Arc<Signer>> {
    let Some(caller) = notes.caller().and_then(|caller| caller.iam.as_ref()) else {
        notes.explain("integrate", format_args!("nobody signed: there is no caller to invoke the function as"));
        return None;
    };
    notes.explain("integrate", format_args!("lambda:InvokeFunction as {}", caller.arn));
    let principal = Arc::clone(&caller.credential.principal);
    let PolicySet { identity, session, boundary, .. } = principal.policy_set(None);
    let all = identity.iter().chain(session).map(|policy| &**policy).chain(boundary);
    let mut context = request_context(&Surroundings::of(routed), all.flat_map(stagegate_policy::Policy::keys));
    principal.fill(&mut context);
    Some(Arc::new(Signer { credentials: Arc::new(caller.credentials()), principal, context }))
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
