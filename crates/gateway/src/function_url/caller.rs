//! Who calls a function URL: with `AWS_IAM` whoever signed the request, for Lambda in the URL's region.

use std::sync::Arc;

use stagegate_plan::identity::Credential;
use stagegate_plan::{FunctionUrlAuth, FunctionUrlPlan};
use stagegate_sigv4::VerifyError;

use super::UrlFault;
use crate::accept::{Arrival, Exchange, Payload};
use crate::address::headers_to_cover;
use crate::authorize::{Scope, SignatureFault, Signed, authenticate, shown_signer};
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::Refusal;

/// The signing name of Lambda.
const SERVICE: &str = "lambda";

/// A caller, and the content if it was read to find out who it is.
#[derive(Debug, Default)]
pub(super) struct UrlCaller {
    /// Who signed; nobody at a URL of the type `NONE`.
    pub(super) credential: Option<Arc<Credential>>,
    /// The content, if it was read on the way.
    pub(super) payload: Option<Payload>,
}

/// Finds out who calls. What the policies say of them is asked with the invocation.
pub(super) async fn identify<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    (arrival, url): (&Arrival<'_>, &FunctionUrlPlan),
    notes: &Notes,
) -> Result<UrlCaller, Refusal> {
    if url.auth == FunctionUrlAuth::None {
        return Ok(UrlCaller::default());
    }
    let scope = Scope { service: SERVICE, region: &url.region, covers: headers_to_cover(core, arrival) };
    let signed = authenticate(core, exchange, arrival, scope).await;
    let Signed { credential, payload, .. } = signed.map_err(|fault| refused(&fault, notes))?;
    notes.explain("authorize", format_args!("AWS_IAM; signed by {}", credential.principal.arn));
    Ok(UrlCaller { credential: Some(credential), payload })
}

fn refused(fault: &SignatureFault, notes: &Notes) -> Refusal {
    let url_fault = match fault {
        SignatureFault::Payload(refusal) => return UrlFault::reworded(*refusal),
        SignatureFault::Signature(VerifyError::MissingAuthenticationToken) => {
            notes.explain("authorize", format_args!("AWS_IAM: the request is not signed"));
            return Refusal::FunctionUrl(UrlFault::Forbidden);
        }
        SignatureFault::Expired => UrlFault::Expired,
        SignatureFault::Signature(_) | SignatureFault::Scope(_) => UrlFault::Signature,
    };
    let message = fault.message();
    notes.explain("authorize", format_args!("{}", message.lines().next().unwrap_or_default()));
    notes.message.get_or_init(|| message.into());
    Refusal::FunctionUrl(url_fault)
}

/// `requestContext.authorizer` of the event (Developer Guide, "Invoking Lambda function URLs").
pub(super) fn authorizer(credential: &Credential) -> Vec<u8> {
    shown_signer(&credential.access_key_id, &credential.principal)
}
