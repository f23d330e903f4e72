//! Signing in the header form, for clients of ours and for tests.

use aws_lc_rs::hmac;
use time::OffsetDateTime;

use crate::key::{Secret, signing_key};
use crate::scope::CredentialScope;
use crate::{ALGORITHM, Payload, RequestParts, canonical, timestamp};

/// The header with the hash of the payload, which S3 asks for.
const CONTENT_HASH: &str = "x-amz-content-sha256";

/// Headers that proxies and HTTP libraries change on the way, and that no SDK signs.
const NEVER_SIGNED: [&str; 8] =
    ["authorization", "connection", "expect", "te", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"];

/// An access key with its secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
}

/// Signs a request and returns the headers to add to it: `x-amz-date`, `authorization` and, with temporary
/// credentials, `x-amz-security-token`.
///
/// The headers of `parts` are those the request will be sent with, `host` among them.
pub fn sign(
    parts: &RequestParts<'_>,
    credentials: &Credentials,
    region: &str,
    service: &str,
    at: OffsetDateTime,
) -> Vec<(&'static str, String)> {
    sign_path(parts, &canonical::path(parts.path), credentials, region, service, at)
}

/// Signs a request to S3, whose paths are neither resolved nor encoded twice, and whose payload's hash is a header, too. The path
/// is to be sent as [`crate::object_path`] writes it.
pub fn sign_for_s3(
    parts: &RequestParts<'_>,
    credentials: &Credentials,
    region: &str,
    at: OffsetDateTime,
) -> Vec<(&'static str, String)> {
    let hash = parts.payload.hash();
    let mut headers = parts.headers.to_vec();
    headers.push((CONTENT_HASH, hash.as_bytes()));
    let parts = RequestParts { headers: &headers, payload: Payload::Sha256Hex(&hash), ..*parts };
    let mut added = sign_path(&parts, &canonical::object_path(parts.path), credentials, region, "s3", at);
    added.push((CONTENT_HASH, hash.clone()));
    added
}

fn sign_path(
    parts: &RequestParts<'_>,
    path: &str,
    credentials: &Credentials,
    region: &str,
    service: &str,
    at: OffsetDateTime,
) -> Vec<(&'static str, String)> {
    let timestamp = timestamp::format(at);
    let scope = CredentialScope {
        access_key_id: credentials.access_key_id.clone(),
        date: timestamp[..8].to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    };
    let mut added = vec![("x-amz-date", timestamp.clone())];
    if let Some(token) = &credentials.session_token {
        added.push(("x-amz-security-token", token.clone()));
    }
    let mut headers = parts.headers.to_vec();
    headers.extend(added.iter().map(|(name, value)| (*name, value.as_bytes())));
    let lower: Vec<String> = headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let mut signed: Vec<&str> = lower.iter().map(String::as_str).filter(|name| !NEVER_SIGNED.contains(name)).collect();
    signed.sort_unstable();
    signed.dedup();
    let parts = RequestParts { headers: &headers, ..*parts };
    let query = canonical::query(parts.query, None);
    let request = canonical::request(&parts, path, &query, &signed, &parts.payload.hash());
    let text = canonical::string_to_sign(crate::Algorithm::Hmac, &timestamp, &scope, &request);
    let tag = hmac::sign(&signing_key(&credentials.secret, &scope), text.as_bytes());
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={}",
        scope.access_key_id,
        scope.scope(),
        signed.join(";"),
        hex::encode(tag)
    );
    added.push(("authorization", authorization));
    added
}
