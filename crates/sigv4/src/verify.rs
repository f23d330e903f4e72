//! Verification in one go: which form, whose key, what time, and then the signature itself.

use time::{Duration, OffsetDateTime};

use crate::claim::{Claim, ClaimedPayload};
use crate::error::VerifyError;
use crate::key::Secret;
use crate::{Algorithm, RequestParts, UNSIGNED_PAYLOAD};

/// What a verifier accepts.
#[derive(Debug, Clone, Copy)]
pub struct VerifyOptions {
    /// The present.
    pub now: OffsetDateTime,
    /// How far a client's clock may be off, in either direction. AWS: 5 minutes (fact A9).
    pub skew: Duration,
    /// Whether `x-amz-content-sha256: UNSIGNED-PAYLOAD` is honoured. Off, a body is always covered.
    pub accept_unsigned_payload: bool,
}

impl VerifyOptions {
    /// AWS's: 5 minutes of skew, payloads always signed.
    pub fn at(now: OffsetDateTime) -> Self {
        Self { now, skew: Duration::minutes(5), accept_unsigned_payload: false }
    }
}

/// Who signed a request, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key that signed.
    pub access_key_id: String,
    /// The region of the credential scope. Whether it exists is for the caller to say.
    pub region: String,
    /// The service of the credential scope. Whether it is served is for the caller to say.
    pub service: String,
    /// When the request was signed.
    pub signed_at: OffsetDateTime,
    /// Whether the signature was in the query.
    pub presigned: bool,
    /// The session token that came along (`X-Amz-Security-Token`), covered by the signature.
    pub session_token: Option<String>,
}

/// Verifies the signature of a request; only `AWS4-HMAC-SHA256`, whose scope has a region, is taken.
///
/// `secrets` finds the secret of an access key, if there is such a key.
///
/// # Errors
/// Every [`VerifyError`]; they are found in AWS's order: presence, form, key, time, signature.
pub fn verify(
    parts: &RequestParts<'_>,
    secrets: &dyn Fn(&str) -> Option<Secret>,
    options: &VerifyOptions,
) -> Result<Verified, VerifyError> {
    let claim = Claim::read(parts)?;
    if claim.algorithm() != Algorithm::Hmac {
        return Err(VerifyError::unsupported_algorithm(claim.algorithm().name()));
    }
    let secret = secrets(claim.access_key_id()).ok_or(VerifyError::UnrecognizedClient)?;
    claim.check_time(options)?;
    claim.check_signature(parts, &secret, &payload_hash(parts, &claim, options)?)?;
    Ok(Verified {
        signed_at: claim.signed_at(),
        presigned: claim.is_presigned(),
        session_token: claim.session_token().map(str::to_owned),
        access_key_id: claim.scope.access_key_id,
        region: claim.scope.region,
        service: claim.scope.service,
    })
}

/// The payload hash the client signed: its `x-amz-content-sha256` if there is one, and true.
fn payload_hash(parts: &RequestParts<'_>, claim: &Claim, options: &VerifyOptions) -> Result<String, VerifyError> {
    let actual = parts.payload.hash();
    match claim.payload(parts) {
        ClaimedPayload::Unstated => Ok(actual),
        ClaimedPayload::Unsigned if options.accept_unsigned_payload => Ok(UNSIGNED_PAYLOAD.to_owned()),
        ClaimedPayload::Hash(claimed) if claimed.eq_ignore_ascii_case(&actual) => Ok(claimed),
        ClaimedPayload::Hash(_) | ClaimedPayload::Unsigned => Err(VerifyError::payload_mismatch()),
    }
}
