//! Who signed a request: the form, the key, the scope, the time, the signature and the payload, in this order, so that nothing is
//! read for whom no key is known (facts A4 to A9).

use std::sync::Arc;

use smallvec::SmallVec;
use stagegate_http1::BodyLength;
use stagegate_plan::Envelope;
use stagegate_plan::identity::{Credential, SessionError};
use stagegate_sigv4::{Claim, ClaimedPayload, RequestParts, UNSIGNED_PAYLOAD, VerifyError, VerifyOptions, sha256_hex};
use time::OffsetDateTime;

use crate::accept::{Arrival, Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::refusal::Refusal;

/// Header fields that fit without an allocation.
const FIELDS: usize = 32;

/// What a signature must be for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'s> {
    /// The signing name of the service: `execute-api` or `lambda`.
    pub(crate) service: &'s str,
    /// The region.
    pub(crate) region: &'s str,
    /// Headers besides `host` and `x-amz-…` that must be covered where they are there, in lower case.
    pub(crate) covers: &'static [&'static str],
}

/// A signature that is good.
#[derive(Debug)]
pub(crate) struct Signed {
    /// Whose it is.
    pub(crate) credential: Arc<Credential>,
    /// The session token that came along.
    pub(crate) session_token: Option<Box<str>>,
    /// The payload, if it was read on the way.
    pub(crate) payload: Option<Payload>,
}

/// Why a request has no good signature.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignatureFault {
    /// It is absent, malformed, of an unknown key, wrong, or out of its time.
    Signature(VerifyError),
    /// It is for another region or service (fact A8).
    Scope(String),
    /// The session is over.
    Expired,
    /// The payload could not be read.
    Payload(Refusal),
}

impl From<VerifyError> for SignatureFault {
    fn from(error: VerifyError) -> Self {
        Self::Signature(error)
    }
}

impl SignatureFault {
    /// The sentence for the client.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Signature(error) => error.to_string(),
            Self::Scope(message) => message.clone(),
            Self::Expired => "The security token included in the request is expired".to_owned(),
            Self::Payload(refusal) => refusal.wording(Envelope::Amzn).message.to_owned(),
        }
    }
}

/// Finds out who signed a request. The payload is read where the signature or `x-amz-content-sha256` covers it, and handed on.
///
/// # Errors
/// Every [`SignatureFault`].
pub(crate) async fn authenticate<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    scope: Scope<'_>,
) -> Result<Signed, SignatureFault> {
    let fields = fields(arrival);
    let parts = parts(arrival, &fields)?;
    let claim = Claim::read(&parts)?;
    check_scope(&claim, scope)?;
    scope.covers.iter().try_for_each(|name| claim.check_covers(&parts, name))?;
    let now_s = i64::try_from(arrival.wall.epoch_ms / 1000).unwrap_or(i64::MAX);
    let credential = credential(core, &claim, now_s)?;
    let now = OffsetDateTime::from_unix_timestamp(now_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    claim.check_time(&VerifyOptions::at(now))?;
    let check = |hash: &str| claim.check_signature(&parts, &credential.secret, hash);
    let payload = match claim.payload(&parts) {
        ClaimedPayload::Unsigned => {
            check(UNSIGNED_PAYLOAD)?;
            None
        }
        ClaimedPayload::Hash(hash) => {
            check(&hash)?;
            let (payload, actual) = hashed(core, exchange).await?;
            if !actual.eq_ignore_ascii_case(&hash) {
                return Err(VerifyError::payload_mismatch().into());
            }
            payload
        }
        ClaimedPayload::Unstated => {
            let (payload, actual) = hashed(core, exchange).await?;
            check(&actual)?;
            payload
        }
    };
    let session_token = claim.session_token().map(Into::into);
    Ok(Signed { credential, session_token, payload })
}

/// Whether the signature of a request that no route takes has at least its form (fact A5).
pub(crate) fn check_form(arrival: &Arrival<'_>) -> Result<(), VerifyError> {
    let fields = fields(arrival);
    Claim::read(&parts(arrival, &fields)?).map(|_claim| ())
}

type Fields<'h> = SmallVec<[(&'h str, &'h [u8]); FIELDS]>;

/// The header as it was sent, with the host that the request is for.
fn fields<'h>(arrival: &'h Arrival<'_>) -> Fields<'h> {
    let sent = arrival.head.fields().map(|field| (std::str::from_utf8(field.name).unwrap_or_default(), field.value));
    let mut fields: Fields<'_> = sent.collect();
    if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        fields.push(("host", arrival.head.host()));
    }
    fields
}

fn parts<'h>(arrival: &'h Arrival<'_>, fields: &'h [(&'h str, &'h [u8])]) -> Result<RequestParts<'h>, VerifyError> {
    let text = |bytes: &'h [u8]| {
        let text = std::str::from_utf8(bytes);
        text.map_err(|_| VerifyError::IncompleteSignature("The request line is not UTF-8.".to_owned()))
    };
    let head = arrival.head;
    Ok(RequestParts {
        method: text(head.method())?,
        path: text(head.path())?,
        query: text(head.query().unwrap_or_default())?,
        headers: fields,
        payload: stagegate_sigv4::Payload::Unsigned,
    })
}

/// Fact A8: both problems are named, each ending in a period and a space.
fn check_scope(claim: &Claim, scope: Scope<'_>) -> Result<(), SignatureFault> {
    let mut problems = String::new();
    if !claim.is_for_region(scope.region) {
        problems.push_str("Credential should be scoped to a valid region. ");
    }
    if claim.service() != scope.service {
        problems.push_str("Credential should be scoped to correct service: '");
        problems.push_str(scope.service);
        problems.push_str("'. ");
    }
    if problems.is_empty() { Ok(()) } else { Err(SignatureFault::Scope(problems)) }
}

/// The credential that a claim names. A session's is in its token, which proves nothing without its access key.
fn credential(core: &Core, claim: &Claim, now_s: i64) -> Result<Arc<Credential>, SignatureFault> {
    let identities = core.with_snapshot(|snapshot| Arc::clone(&snapshot.identities));
    let found = match claim.session_token() {
        None => identities.credential(claim.access_key_id()).cloned(),
        Some(token) => match identities.session(token.as_bytes(), now_s) {
            Ok(credential) => Some(Arc::new(credential)),
            Err(SessionError::Expired) => return Err(SignatureFault::Expired),
            Err(SessionError::Invalid | SessionError::HolderGone) => None,
        },
    };
    let found = found.filter(|credential| *credential.access_key_id == *claim.access_key_id());
    found.ok_or(SignatureFault::Signature(VerifyError::UnrecognizedClient))
}

/// The payload, if there is one, and its hash in lower-case hexadecimal.
async fn hashed<E: Exchange>(core: &Core, exchange: &mut E) -> Result<(Option<Payload>, String), SignatureFault> {
    if exchange.body_length() == BodyLength::None {
        return Ok((None, sha256_hex(b"")));
    }
    let payload = gather(core, exchange, None, Want::Whole).await.map_err(SignatureFault::Payload)?;
    let hash = sha256_hex(&payload.bytes);
    Ok((Some(payload), hash))
}
