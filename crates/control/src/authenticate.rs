//! Who calls: signature verification, and what the credential scope selects.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, header};
use stagegate_sigv4::{Payload, RequestParts, Secret, VerifyOptions, verify};
use time::OffsetDateTime;

use crate::fault::{Fault, FaultKind};
use crate::permit::{Identity, Principal};
use crate::route::decode_query;

/// The access keys that may sign.
pub trait Keyring: Send + Sync + 'static {
    /// The secret of an access key.
    fn secret(&self, access_key_id: &str) -> Option<Secret>;
    /// Who holds an access key.
    fn principal(&self, access_key_id: &str) -> Option<Principal>;
}

/// The keyring of a server with one root credential.
#[derive(Debug, Clone)]
pub struct RootKeyring {
    account_id: String,
    access_key_id: String,
    secret: Secret,
}

impl RootKeyring {
    /// A keyring that knows exactly this key.
    pub fn new(account_id: impl Into<String>, access_key_id: impl Into<String>, secret: Secret) -> Self {
        Self { account_id: account_id.into(), access_key_id: access_key_id.into(), secret }
    }
}

impl Keyring for RootKeyring {
    fn secret(&self, access_key_id: &str) -> Option<Secret> {
        (access_key_id == self.access_key_id).then(|| self.secret.clone())
    }

    fn principal(&self, access_key_id: &str) -> Option<Principal> {
        (access_key_id == self.access_key_id).then(|| Principal {
            account_id: self.account_id.clone(),
            arn: format!("arn:aws:iam::{}:root", self.account_id),
            identity: Identity::Root,
        })
    }
}

/// The APIs that a credential scope can select here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// `apigateway`: REST-JSON, v1 and `/v2`.
    ApiGateway,
    /// `lambda`: REST-JSON, for the functions beside the gateway.
    Lambda,
}

/// A call's verified origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
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
    let verified = verify(&parts, &|access_key_id| terms.keyring.secret(access_key_id), &options)
        .map_err(|error| Fault::new(FaultKind::Signature(error.code()), error.to_string()))?;
    let service = match verified.service.as_str() {
        "apigateway" => Service::ApiGateway,
        "lambda" => Service::Lambda,
        _ => return Err(out_of_scope("Credential should be scoped to correct service: 'apigateway' or 'lambda'.")),
    };
    if !is_region(&verified.region) || terms.regions.is_some_and(|regions| !regions.contains(&verified.region)) {
        return Err(out_of_scope("Credential should be scoped to a valid region."));
    }
    let principal = terms.keyring.principal(&verified.access_key_id).filter(|_| !has_session_token(request));
    let principal = principal.ok_or_else(|| {
        Fault::new(
            FaultKind::Signature("UnrecognizedClientException"),
            "The security token included in the request is invalid.",
        )
    })?;
    Ok(Caller { principal, region: verified.region, service })
}

/// Whether a request names a session, which no key of a keyring has.
fn has_session_token(request: &Request<Bytes>) -> bool {
    let query = decode_query(request.uri().query().unwrap_or_default());
    request.headers().contains_key("x-amz-security-token")
        || query.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-amz-security-token"))
}

/// The access key that a request says it is signed with, before anything of it is verified.
pub(crate) fn claimed_key(head: &Parts) -> Option<String> {
    let signed = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_header = signed.and_then(|text| text.split_once("Credential=")).map(|(_, scope)| scope.to_owned());
    let in_query = || {
        let query = decode_query(head.uri.query().unwrap_or_default());
        query.into_iter().find(|(name, _)| name == "X-Amz-Credential").map(|(_, scope)| scope)
    };
    let scope = in_header.or_else(in_query)?;
    scope.split_once('/').map(|(key, _)| key.to_owned())
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
            claimed_key(&request.expect("a request").into_parts().0)
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
