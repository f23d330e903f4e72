//! What a signature says of a request, before anything of it is believed; and the steps by which it is checked.

use aws_lc_rs::hmac;
use time::{Duration, OffsetDateTime};

use crate::error::VerifyError;
use crate::key::{Secret, signing_key};
use crate::region_set::RegionSet;
use crate::scope::CredentialScope;
use crate::{Algorithm, RequestParts, UNSIGNED_PAYLOAD, VerifyOptions, asymmetric, authorization, canonical};
use crate::{presigned, timestamp};

/// What a request's signature says, in either form. Whoever takes it step by step asks, in this order: the key, the scope,
/// [`Claim::check_time`], and [`Claim::check_signature`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    algorithm: Algorithm,
    pub(crate) scope: CredentialScope,
    /// Of `AWS4-ECDSA-P256-SHA256`, whose scope has no region.
    regions: Option<RegionSet>,
    signed_headers: Vec<String>,
    signature: String,
    timestamp: OffsetDateTime,
    expires: Option<Duration>,
    session_token: Option<String>,
}

/// How the payload takes part in a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimedPayload {
    /// By the hash that `x-amz-content-sha256` states, as it is written there: the payload must have it.
    Hash(String),
    /// By its hash, which nobody states.
    Unstated,
    /// Not at all: `UNSIGNED-PAYLOAD`.
    Unsigned,
}

impl Claim {
    /// Reads the signature of a request; its payload is not looked at.
    ///
    /// # Errors
    /// [`VerifyError::MissingAuthenticationToken`], [`VerifyError::IncompleteSignature`], and
    /// [`VerifyError::InvalidSignature`] where it does not cover what it must: `host` and every `x-amz-…` header.
    pub fn read(parts: &RequestParts<'_>) -> Result<Self, VerifyError> {
        let claim = match (parts.text("authorization"), presigned::is_presigned(parts.query)) {
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
        Ok(claim)
    }

    /// The key that it names.
    pub fn access_key_id(&self) -> &str {
        &self.scope.access_key_id
    }

    /// The signing name of the service that it is for.
    pub fn service(&self) -> &str {
        &self.scope.service
    }

    /// Whether it is for a region: that of the scope, or one of a set with wildcards.
    pub fn is_for_region(&self, region: &str) -> bool {
        self.regions.as_ref().map_or(self.scope.region == region, |regions| regions.contains(region))
    }

    /// By which algorithm it was made.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// When it was made.
    pub fn signed_at(&self) -> OffsetDateTime {
        self.timestamp
    }

    /// Whether it is in the query.
    pub fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// The session token that came along (`X-Amz-Security-Token`), covered by the signature.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// How the payload takes part.
    pub fn payload(&self, parts: &RequestParts<'_>) -> ClaimedPayload {
        match parts.text("x-amz-content-sha256") {
            None => ClaimedPayload::Unstated,
            Some(claimed) if claimed == UNSIGNED_PAYLOAD => ClaimedPayload::Unsigned,
            Some(claimed) => ClaimedPayload::Hash(claimed),
        }
    }

    /// Checks that it covers a header, in lower case, wherever the request has it: one that changes what the request is.
    ///
    /// # Errors
    /// [`VerifyError::InvalidSignature`].
    pub fn check_covers(&self, parts: &RequestParts<'_>, name: &str) -> Result<(), VerifyError> {
        let is_there = parts.values(name).next().is_some();
        let is_signed = self.signed_headers.iter().any(|signed| signed == name);
        if is_there && !is_signed { Err(VerifyError::unsigned_header(name)) } else { Ok(()) }
    }

    /// Checks that it was made within the skew, or that its own time is not over.
    ///
    /// # Errors
    /// [`VerifyError::InvalidSignature`], with AWS's sentences (fact A9).
    pub fn check_time(&self, options: &VerifyOptions) -> Result<(), VerifyError> {
        let Self { timestamp: at, scope, .. } = self;
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
        match self.expires {
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

    /// Checks the signature itself. `payload_hash` ends the canonical request: what `x-amz-content-sha256` states, or
    /// the payload's SHA-256 in lower-case hexadecimal. That the payload has the hash is for the caller to see to.
    ///
    /// # Errors
    /// [`VerifyError::InvalidSignature`], with the canonical request (fact A7).
    pub fn check_signature(
        &self,
        parts: &RequestParts<'_>,
        secret: &Secret,
        payload_hash: &str,
    ) -> Result<(), VerifyError> {
        let signed: Vec<&str> = self.signed_headers.iter().map(String::as_str).collect();
        let query = canonical::query(parts.query, self.expires.map(|_| presigned::SIGNATURE));
        let request = canonical::request(parts, &canonical::path(parts.path), &query, &signed, payload_hash);
        let at = timestamp::format(self.timestamp);
        let text = canonical::string_to_sign(self.algorithm, &at, &self.scope, &request);
        let given = hex::decode(&self.signature).unwrap_or_default();
        let is_right = match self.algorithm {
            // The comparison of `hmac::verify` takes the same time wherever the first difference is.
            Algorithm::Hmac => hmac::verify(&signing_key(secret, &self.scope), text.as_bytes(), &given).is_ok(),
            Algorithm::Ecdsa => asymmetric::is_signed(secret, self.access_key_id(), text.as_bytes(), &given),
        };
        if is_right { Ok(()) } else { Err(VerifyError::mismatch(&request, &text)) }
    }
}

fn header_claim(parts: &RequestParts<'_>, header: &str) -> Result<Claim, VerifyError> {
    let (amz_date, date) = (parts.text("x-amz-date"), parts.text("date"));
    let parsed = authorization::parse(header, amz_date.is_some() || date.is_some())?;
    let scope = CredentialScope::parse(parsed.credential, parsed.algorithm)?;
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
        algorithm: parsed.algorithm,
        regions: regions(parsed.algorithm, parts.text("x-amz-region-set"))?,
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
    let scope = CredentialScope::parse(&parsed.credential, parsed.algorithm)?;
    let timestamp = timestamp::parse_basic(&parsed.date).ok_or_else(|| malformed_date(&parsed.date))?;
    Ok(Claim {
        algorithm: parsed.algorithm,
        regions: regions(parsed.algorithm, parsed.region_set)?,
        scope,
        signed_headers: names(&parsed.signed_headers),
        signature: parsed.signature,
        timestamp,
        expires: Some(Duration::seconds(parsed.expires_seconds)),
        session_token: parsed.session_token,
    })
}

/// The regions of an asymmetric signature, which it must have.
fn regions(algorithm: Algorithm, text: Option<String>) -> Result<Option<RegionSet>, VerifyError> {
    match (algorithm, text) {
        (Algorithm::Hmac, _) => Ok(None),
        (Algorithm::Ecdsa, Some(text)) => Ok(Some(RegionSet::parse(&text)?)),
        (Algorithm::Ecdsa, None) => {
            Err(VerifyError::IncompleteSignature("A region set, 'X-Amz-Region-Set', is required.".to_owned()))
        }
    }
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
