//! Verification: which form, whose key, what time, and then the signature itself.

use aws_lc_rs::hmac;
use time::{Duration, OffsetDateTime};

use crate::error::VerifyError;
use crate::key::{Secret, signing_key};
use crate::scope::CredentialScope;
use crate::{RequestParts, UNSIGNED_PAYLOAD, authorization, canonical, presigned, timestamp};

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

/// What either form of a signature says, before anything is believed.
struct Claim {
    scope: CredentialScope,
    signed_headers: Vec<String>,
    signature: String,
    timestamp: OffsetDateTime,
    expires: Option<Duration>,
    session_token: Option<String>,
}

/// Verifies the signature of a request.
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
    let is_presigned = presigned::is_presigned(parts.query);
    let claim = match (parts.text("authorization"), is_presigned) {
        (Some(_), true) => {
            return Err(VerifyError::IncompleteSignature(
                "The request must have either an Authorization header or AWS query-string parameters, not both."
                    .to_owned(),
            ));
        }
        (Some(header), false) => header_claim(parts, &header)?,
        (None, true) => query_claim(parts)?,
        (None, false) if parts.values("authorization").next().is_some() => {
            return Err(VerifyError::IncompleteSignature("The Authorization header is not UTF-8.".to_owned()));
        }
        (None, false) => return Err(VerifyError::MissingAuthenticationToken),
    };
    check_signed_headers(parts, &claim.signed_headers)?;
    let secret = secrets(&claim.scope.access_key_id).ok_or(VerifyError::UnrecognizedClient)?;
    check_time(&claim, options)?;
    check_signature(parts, &claim, &secret, options)?;
    Ok(Verified {
        access_key_id: claim.scope.access_key_id,
        region: claim.scope.region,
        service: claim.scope.service,
        signed_at: claim.timestamp,
        presigned: is_presigned,
        session_token: claim.session_token,
    })
}

fn header_claim(parts: &RequestParts<'_>, header: &str) -> Result<Claim, VerifyError> {
    let (amz_date, date) = (parts.text("x-amz-date"), parts.text("date"));
    let parsed = authorization::parse(header, amz_date.is_some() || date.is_some())?;
    let scope = CredentialScope::parse(parsed.credential)?;
    let at = match (&amz_date, &date) {
        (Some(text), _) => timestamp::parse_basic(text),
        (None, Some(text)) => timestamp::parse_date_header(text),
        (None, None) => None,
    };
    let Some(at) = at else {
        return Err(malformed_date(amz_date.or(date).as_deref().unwrap_or_default()));
    };
    let signed_headers = names(parsed.signed_headers);
    let needed = if amz_date.is_some() { "x-amz-date" } else { "date" };
    if !signed_headers.iter().any(|name| name == needed) {
        return Err(VerifyError::unsigned_header(needed));
    }
    Ok(Claim {
        scope,
        signed_headers,
        signature: parsed.signature.to_owned(),
        timestamp: at,
        expires: None,
        session_token: parts.text("x-amz-security-token"),
    })
}

fn query_claim(parts: &RequestParts<'_>) -> Result<Claim, VerifyError> {
    let parsed = presigned::parse(parts.query)?;
    let scope = CredentialScope::parse(&parsed.credential)?;
    let timestamp = timestamp::parse_basic(&parsed.date).ok_or_else(|| malformed_date(&parsed.date))?;
    Ok(Claim {
        scope,
        signed_headers: names(&parsed.signed_headers),
        signature: parsed.signature,
        timestamp,
        expires: Some(Duration::seconds(parsed.expires_seconds)),
        session_token: parsed.session_token,
    })
}

fn malformed_date(text: &str) -> VerifyError {
    VerifyError::IncompleteSignature(format!(
        "Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    ))
}

/// The signed header names, sorted: a client that lists them in another order signs them sorted all the same.
fn names(list: &str) -> Vec<String> {
    let mut names: Vec<String> = list.split(';').map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// `host` and every `x-amz-…` header of the request must be covered, and what is covered must be there.
fn check_signed_headers(parts: &RequestParts<'_>, signed: &[String]) -> Result<(), VerifyError> {
    let is_signed = |name: &str| signed.iter().any(|s| s == name);
    if !is_signed("host") {
        return Err(VerifyError::unsigned_header("host"));
    }
    for (name, _) in parts.headers {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-amz-") && !is_signed(&name) {
            return Err(VerifyError::unsigned_header(&name));
        }
    }
    Ok(())
}

fn check_time(claim: &Claim, options: &VerifyOptions) -> Result<(), VerifyError> {
    let Claim { timestamp: at, scope, .. } = claim;
    let (signed, now) = (timestamp::format(*at), timestamp::format(options.now));
    if signed[..8] != scope.date {
        return Err(VerifyError::InvalidSignature(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{}' != '{}', from '{signed}'.",
            scope.date,
            &signed[..8]
        )));
    }
    let minutes = options.skew.whole_minutes();
    let latest = options.now.saturating_add(options.skew);
    if *at > latest {
        return Err(VerifyError::InvalidSignature(format!(
            "Signature not yet current: {signed} is still later than {} ({now} + {minutes} min.)",
            timestamp::format(latest)
        )));
    }
    match claim.expires {
        Some(expires) if at.saturating_add(expires) < options.now => Err(VerifyError::InvalidSignature(format!(
            "Signature expired: {} is now earlier than {now}",
            timestamp::format(at.saturating_add(expires))
        ))),
        None if *at < options.now.saturating_sub(options.skew) => Err(VerifyError::InvalidSignature(format!(
            "Signature expired: {signed} is now earlier than {} ({now} - {minutes} min.)",
            timestamp::format(options.now.saturating_sub(options.skew))
        ))),
        _ => Ok(()),
    }
}

fn check_signature(
    parts: &RequestParts<'_>,
    claim: &Claim,
    secret: &Secret,
    options: &VerifyOptions,
) -> Result<(), VerifyError> {
    let signed: Vec<&str> = claim.signed_headers.iter().map(String::as_str).collect();
    let query = canonical::query(parts.query, claim.expires.map(|_| presigned::SIGNATURE));
    let payload = payload_hash(parts, options)?;
    let request = canonical::request(parts, &canonical::path(parts.path), &query, &signed, &payload);
    let text = canonical::string_to_sign(&timestamp::format(claim.timestamp), &claim.scope, &request);
    let key = signing_key(secret, &claim.scope);
    let given = hex::decode(&claim.signature).unwrap_or_default();
    // The comparison of `hmac::verify` takes the same time wherever the first difference is.
    hmac::verify(&key, text.as_bytes(), &given).map_err(|_| VerifyError::mismatch(&request, &text))
}

/// The payload hash the client signed: its `x-amz-content-sha256` if there is one, and true.
fn payload_hash(parts: &RequestParts<'_>, options: &VerifyOptions) -> Result<String, VerifyError> {
    let actual = parts.payload.hash();
    match parts.text("x-amz-content-sha256") {
        None => Ok(actual),
        Some(claimed) if claimed == UNSIGNED_PAYLOAD && options.accept_unsigned_payload => Ok(claimed),
        Some(claimed) if claimed.eq_ignore_ascii_case(&actual) => Ok(claimed),
        Some(_) => Err(VerifyError::InvalidSignature(
            "The value passed in as x-amz-content-sha256 does not match the SHA-256 of the payload.".to_owned(),
        )),
    }
}
