//! Who calls: signature verification, and what the credential scope selects.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, Uri, header};
use stagegate_plan::identity::{Credential, Directory, Principal, SessionError};
use stagegate_sigv4::{Payload, RequestParts, VerifyOptions, verify};
use time::OffsetDateTime;

use crate::fault::{Fault, FaultKind};
use crate::route::decode_query;

/// Where a session's token is, in a header or a query.
const TOKEN: &str = "x-amz-security-token";
/// The region that services without one are signed for.
const GLOBAL_REGION: &str = "us-east-1";

/// The credentials that may sign.
pub trait Keyring: Send + Sync + 'static {
    /// The directory as it is now.
    fn directory(&self) -> Arc<Directory>;
}

impl Keyring for Arc<Directory> {
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(self)
    }
}

/// The APIs that a credential scope can select here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// `apigateway`: REST-JSON, v1 and `/v2`.
    ApiGateway,
    /// `lambda`: REST-JSON, for the functions beside the gateway.
    Lambda,
    /// `iam`: Query in, XML out; of no region.
    Iam,
    /// `sts`: Query in, XML out.
    Sts,
    /// `logs`: AWS JSON 1.1, for what was logged.
    Logs,
    /// `monitoring`: CloudWatch in CBOR, JSON and Query, for what was measured.
    Monitoring,
}

impl Service {
    /// The service of a credential scope.
    pub(crate) fn of_scope(name: &str) -> Option<Self> {
        match name {
            "apigateway" => Some(Self::ApiGateway),
            "lambda" => Some(Self::Lambda),
            "iam" => Some(Self::Iam),
            "sts" => Some(Self::Sts),
            "logs" => Some(Self::Logs),
            "monitoring" => Some(Self::Monitoring),
            _ => None,
        }
    }
}

/// A call's verified origin.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Arc<Principal>,
    pub(crate) access_key_id: String,
    pub(crate) region: String,
    pub(crate) service: Service,
}

/// What is accepted of a signature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) keyring: &'a dyn Keyring,
    pub(crate) regions: Option<&'a BTreeSet<String>>,
    pub(crate) skew: Duration,
    pub(crate) now: OffsetDateTime,
}

impl std::fmt::Debug for dyn Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

/// Verifies the signature of a request and reads its scope. Every refusal is a 403.
pub(crate) fn authenticate(request: &Request<Bytes>, terms: &Terms<'_>) -> Result<Caller, Fault> {
    let headers: Vec<(&str, &[u8])> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let parts = RequestParts {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
        headers: &headers,
        payload: Payload::Bytes(request.body()),
    };
    let skew = time::Duration::try_from(terms.skew).unwrap_or(time::Duration::MAX);
    let options = VerifyOptions { skew, ..VerifyOptions::at(terms.now) };
    let credential = credential(request, terms)?;
    let secret = |id: &str| credential.as_ref().filter(|found| *found.access_key_id == *id).map(|it| it.secret.clone());
    let verified = verify(&parts, &secret, &options)
        .map_err(|error| Fault::new(FaultKind::Signature(error.code()), error.to_string()))?;
    let service = Service::of_scope(&verified.service).ok_or_else(|| {
        out_of_scope(
            "Credential should be scoped to correct service: 'apigateway', 'lambda', 'iam', 'sts', 'logs' or 'monitoring'.",
        )
    })?;
    // IAM and the global endpoint of STS have no region, and are signed for us-east-1.
    let is_global = matches!(service, Service::Iam | Service::Sts) && verified.region == GLOBAL_REGION;
    let is_served = terms.regions.is_none_or(|regions| regions.contains(&verified.region)) || is_global;
    if !is_region(&verified.region) || !is_served {
        return Err(out_of_scope("Credential should be scoped to a valid region."));
    }
    let credential = credential.ok_or_else(unrecognized)?;
    let principal = Arc::clone(&credential.principal);
    Ok(Caller { principal, access_key_id: verified.access_key_id, region: verified.region, service })
}

/// The credential that a request says it is signed with, if there is such a one.
fn credential(request: &Request<Bytes>, terms: &Terms<'_>) -> Result<Option<Arc<Credential>>, Fault> {
    let Some(key) = claimed_key(request.headers(), request.uri()) else { return Ok(None) };
    match find(terms.keyring, &key, session_token(request.headers(), request.uri()), terms.now.unix_timestamp()) {
        Ok(found) => Ok(Some(found)),
        Err(SessionError::Expired) => {
            let kind = FaultKind::Signature("ExpiredTokenException");
            Err(Fault::new(kind, SessionError::Expired.to_string()))
        }
        Err(SessionError::Invalid | SessionError::HolderGone) => Ok(None),
    }
}

/// The credential of an access key, with the session token that came along: a long-term key has none, a session's key is
/// nothing without.
fn find(
    keyring: &dyn Keyring,
    access_key_id: &str,
    token: Option<String>,
    now_s: i64,
) -> Result<Arc<Credential>, SessionError> {
    let directory = keyring.directory();
    let Some(token) = token else {
        return directory.credential(access_key_id).cloned().ok_or(SessionError::Invalid);
    };
    let credential = directory.session(token.as_bytes(), now_s)?;
    if *credential.access_key_id == *access_key_id { Ok(Arc::new(credential)) } else { Err(SessionError::Invalid) }
}

fn unrecognized() -> Fault {
    let message = "The security token included in the request is invalid.";
    Fault::new(FaultKind::Signature("UnrecognizedClientException"), message)
}

/// The session token of a request, in a header or in a presigned query.
fn session_token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    if let Some(token) = headers.get(TOKEN) {
        // One that is no text is still one: it must not pass for none.
        return Some(token.to_str().unwrap_or_default().to_owned());
    }
    let query = decode_query(uri.query().unwrap_or_default());
    query.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(TOKEN)).map(|(_, token)| token)
}

/// Whether a request claims a key that may sign, or a session that is over.
pub(crate) fn is_claimed(head: &Parts, keyring: &dyn Keyring, now_s: i64) -> bool {
    let Some(key) = claimed_key(&head.headers, &head.uri) else { return false };
    !matches!(
        find(keyring, &key, session_token(&head.headers, &head.uri), now_s),
        Err(SessionError::Invalid | SessionError::HolderGone)
    )
}

/// The service that a request says it is signed for.
pub(crate) fn claimed_service(headers: &HeaderMap, uri: &Uri) -> Option<Service> {
    Service::of_scope(claimed_scope(headers, uri)?.split('/').nth(3)?)
}

/// The access key that a request says it is signed with, before anything of it is verified.
fn claimed_key(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    claimed_scope(headers, uri)?.split_once('/').map(|(key, _)| key.to_owned())
}

/// The credential of a signature as it is claimed: key, date, region, service and terminator.
fn claimed_scope(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let signed = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_header = signed.and_then(|text| text.split_once("Credential=")).map(|(_, scope)| scope.to_owned());
    let in_query = || {
        let query = decode_query(uri.query().unwrap_or_default());
        query.into_iter().find(|(name, _)| name == "X-Amz-Credential").map(|(_, scope)| scope)
    };
    in_header.or_else(in_query)
}

fn out_of_scope(message: &str) -> Fault {
    Fault::new(FaultKind::Signature("InvalidSignatureException"), message)
}

/// Whether a name has the form of AWS's regions: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let [area, words @ .., number] = parts.as_slice() else { return false };
    let is_word = |word: &&str| (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
    (2..=4).contains(&area.len())
        && is_word(area)
        && (1..=3).contains(&words.len())
        && words.iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claimed_key_is_found_in_either_form() {
        let claimed = |uri: &str, authorization: &str| {
            let request = Request::builder().uri(uri).header("authorization", authorization).body(());
            let request = request.expect("a request");
            claimed_key(request.headers(), request.uri())
        };
        let header = "AWS4-HMAC-SHA256 Credential=AKIA1/20261122/us-east-1/apigateway/aws4_request, SignedHeaders=host";
        assert_eq!(claimed("/restapis", header).as_deref(), Some("AKIA1"));
        let presigned = "/restapis?X-Amz-Credential=AKIA2%2F20261122%2Fus-east-1%2Fapigateway%2Faws4_request";
        assert_eq!(claimed(presigned, "").as_deref(), Some("AKIA2"));
        for (uri, authorization) in [("/", ""), ("/", "Bearer x"), ("/?X-Amz-Credential=x", "Credential=x")] {
            assert_eq!(claimed(uri, authorization), None, "{uri} {authorization}");
        }
    }

    #[test]
    fn regions_have_aws_form() {
        for good in
            ["us-east-1", "us-gov-west-1", "cn-northwest-1", "eusc-de-east-1", "us-isob-east-1", "ap-southeast-12"]
        {
            assert!(is_region(good), "{good}");
        }
        for bad in ["", "us", "us-1", "us-east", "US-EAST-1", "us-east-1a", "us--1", "us-east-1/x", "us-east-123"] {
            assert!(!is_region(bad), "{bad}");
        }
    }
}
