//! `AWS_IAM`: a signed request, and the policies of who signed it.

use stagegate_plan::{GatewayResponseType, Unrouted};
use stagegate_policy::Context;
use stagegate_sigv4::VerifyError;

use super::Caller;
use super::caller::IamCaller;
use super::policy::{Action, Judged, judge};
use super::signature::{Scope, SignatureFault, Signed, authenticate, check_form};
use super::verdict::Voice;
use crate::accept::{Arrival, Exchange, Payload};
use crate::address::headers_to_cover;
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// The signing name of API Gateway's data plane.
const SERVICE: &str = "execute-api";

/// Authenticates and authorizes a signed request; the payload is handed on if it was read.
pub(super) async fn authorize<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    notes: &Notes,
) -> Result<(Caller, Option<Payload>), Refusal> {
    let arrival = routed.addressed.arrival;
    let region = &routed.addressed.stage.api.region;
    let scope = Scope { service: SERVICE, region, covers: headers_to_cover(core, arrival) };
    let signed = authenticate(core, exchange, arrival, scope).await;
    let Signed { credential, session_token, payload } = signed.map_err(|fault| refuse(notes, &fault))?;
    let principal = &credential.principal;
    notes.explain("authorize", format_args!("AWS_IAM; signed by {}", principal.arn));
    let judged = Judged {
        action: Action::Invoke,
        principal: principal.in_policies(),
        policies: principal.policy_set(None),
        voice: Voice::Caller { arn: &principal.arn },
        fill: &|context: &mut Context| principal.fill(context),
    };
    judge(routed, &judged, notes)?;
    let caller = IamCaller {
        access_key_id: credential.access_key_id.clone(),
        account: principal.account.clone(),
        user_id: principal.user_id.clone(),
        arn: principal.arn.clone(),
        credential,
        session_token,
    };
    Ok((Caller { iam: Some(caller), ..Caller::default() }, payload))
}

/// What a request is answered that no route takes: that there is none (fact H7), or like one whose signature is read and lacks its
/// form (fact A5).
pub(crate) fn unrouted(unrouted: Unrouted, arrival: &Arrival<'_>, notes: &Notes) -> Refusal {
    if unrouted == Unrouted::NotFound {
        return Refusal::Gateway(GatewayResponseType::ResourceNotFound, Cause::NoRoute);
    }
    let has_header = arrival.head.find_name(b"authorization").is_some();
    match check_form(arrival) {
        Err(error @ VerifyError::IncompleteSignature(_)) if has_header => refuse(notes, &error.into()),
        _ => Refusal::Gateway(GatewayResponseType::MissingAuthenticationToken, Cause::NoRoute),
    }
}

/// The refusal of a signature, with its sentence.
fn refuse(notes: &Notes, fault: &SignatureFault) -> Refusal {
    use GatewayResponseType as G;
    let (response, cause) = match fault {
        SignatureFault::Payload(refusal) => return *refusal,
        SignatureFault::Signature(VerifyError::MissingAuthenticationToken) => {
            (G::MissingAuthenticationToken, Cause::NotSigned)
        }
        SignatureFault::Signature(VerifyError::IncompleteSignature(_)) => {
            (G::MissingAuthenticationToken, Cause::IncompleteSignature)
        }
        SignatureFault::Signature(VerifyError::UnrecognizedClient) => (G::InvalidSignature, Cause::UnknownKey),
        SignatureFault::Signature(VerifyError::InvalidSignature(_)) | SignatureFault::Scope(_) => {
            (G::InvalidSignature, Cause::Signature)
        }
        SignatureFault::Expired => (G::ExpiredToken, Cause::Signature),
    };
    notes.explain("authorize", format_args!("{}", fault.message().lines().next().unwrap_or_default()));
    notes.message.get_or_init(|| fault.message().into());
    Refusal::Gateway(response, cause)
}
