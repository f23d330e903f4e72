//! Version 4a: what AWS's own Rust SDK signs is verified, in both forms, and changed requests are not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration as StdDuration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4a;
use stagegate_sigv4::{
    Algorithm, Claim, ClaimedPayload, Payload, RequestParts, Secret, VerifyError, VerifyOptions, sha256_hex, verify,
};
use time::OffsetDateTime;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW_S: u64 = 1_790_000_000;
const PATH: &str = "/prod/pets/a%20b";

/// Headers and query of a signed request.
type Signed = (Vec<(String, String)>, String);

fn signed(location: SignatureLocation, regions: &str, body: &[u8]) -> Signed {
    let identity = Credentials::new("AKIDORACLE", SECRET, Some("token".to_owned()), None, "oracle").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    if location == SignatureLocation::QueryParams {
        settings.expires_in = Some(StdDuration::from_mins(15));
    }
    let params = v4a::SigningParams::builder()
        .identity(&identity)
        .region_set(regions)
        .name("execute-api")
        .time(SystemTime::UNIX_EPOCH + StdDuration::from_secs(NOW_S))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let host = [("host", "abc.execute-api.us-east-1.localhost")];
    let uri = format!("http://{}{PATH}?x=1", host[0].1);
    let request = SignableRequest::new("POST", &uri, host.into_iter(), SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let mut headers: Vec<(String, String)> = host.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    headers.extend(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut query = "x=1".to_owned();
    for (name, value) in instructions.params() {
        let encoded = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        query = format!("{query}&{name}={encoded}");
    }
    (headers, query)
}

fn with_parts<T>((headers, query): &Signed, body: &[u8], run: impl FnOnce(&RequestParts<'_>) -> T) -> T {
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
    run(&RequestParts { method: "POST", path: PATH, query, headers: &headers, payload: Payload::Bytes(body) })
}

fn check(signed: &Signed, body: &[u8], secret: &str) -> Result<Claim, VerifyError> {
    with_parts(signed, body, |parts| {
        let claim = Claim::read(parts)?;
        let now = OffsetDateTime::from_unix_timestamp(i64::try_from(NOW_S).unwrap()).unwrap();
        claim.check_time(&VerifyOptions::at(now))?;
        assert_eq!(claim.payload(parts), ClaimedPayload::Unstated);
        claim.check_signature(parts, &Secret::new(secret), &sha256_hex(body))?;
        Ok(claim)
    })
}

#[test]
fn what_awss_own_signer_signs_is_verified() {
    for location in [SignatureLocation::Headers, SignatureLocation::QueryParams] {
        let signed = signed(location, "us-east-1,eu-*", b"{}");
        let claim = check(&signed, b"{}", SECRET).unwrap();
        assert_eq!((claim.algorithm(), claim.access_key_id()), (Algorithm::Ecdsa, "AKIDORACLE"));
        assert_eq!((claim.service(), claim.session_token()), ("execute-api", Some("token")));
        assert_eq!(claim.is_presigned(), location == SignatureLocation::QueryParams);
        let served = ["us-east-1", "eu-west-3", "us-east-2"].map(|region| claim.is_for_region(region));
        assert_eq!(served, [true, true, false]);
    }
}

#[test]
fn changed_requests_are_refused() {
    for location in [SignatureLocation::Headers, SignatureLocation::QueryParams] {
        let good = signed(location, "*", b"{}");
        assert!(check(&good, b"{ }", SECRET).is_err(), "another body");
        assert!(check(&good, b"{}", "another secret").is_err(), "another secret");
        let mut other = good.clone();
        other.1 = other.1.replace("x=1", "x=2");
        assert!(check(&other, b"{}", SECRET).is_err(), "another query");
        for (from, to) in [("AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA256"), ("ignature=30", "ignature=31")] {
            let mut forged = good.clone();
            forged.1 = forged.1.replace(from, to).replace(&from.replace('-', "%2D"), to);
            for (_, value) in &mut forged.0 {
                *value = value.replace(from, to);
            }
            assert_ne!(forged, good);
            assert!(check(&forged, b"{}", SECRET).is_err(), "{to}");
        }
    }
    let mut wider = signed(SignatureLocation::Headers, "us-east-1", b"{}");
    let regions = wider.0.iter_mut().find(|(name, _)| name == "x-amz-region-set").unwrap();
    regions.1 = "*".to_owned();
    assert!(check(&wider, b"{}", SECRET).is_err(), "more regions");
    wider.0.retain(|(name, _)| name != "x-amz-region-set");
    assert_eq!(check(&wider, b"{}", SECRET).unwrap_err().code(), "IncompleteSignatureException");
}

#[test]
fn where_a_scope_must_have_a_region_version_4a_is_not_taken() {
    let signed = signed(SignatureLocation::Headers, "*", b"{}");
    let now = OffsetDateTime::from_unix_timestamp(i64::try_from(NOW_S).unwrap()).unwrap();
    let secrets = |_: &str| Some(Secret::new(SECRET));
    let refused = with_parts(&signed, b"{}", |parts| verify(parts, &secrets, &VerifyOptions::at(now)));
    assert_eq!(refused.unwrap_err().code(), "IncompleteSignatureException");
}
