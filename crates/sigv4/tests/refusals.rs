//! What is refused, with AWS's codes and texts: absent, unknown, late, early, uncovered and untrue signatures.

use stagegate_sigv4::{
    Credentials, Payload, RequestParts, Secret, UNSIGNED_PAYLOAD, Verified, VerifyError, VerifyOptions, sha256_hex,
    sign, verify,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const SIGNED_AT: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

/// Headers of a signed `POST /restapis` with body `{}`.
fn signed(extra: &[(&str, &str)], payload: Payload<'_>) -> Vec<(String, String)> {
    let mut headers: Vec<(&str, &[u8])> = vec![("Host", b"localhost:8081")];
    headers.extend(extra.iter().map(|(n, v)| (*n, v.as_bytes())));
    let parts = RequestParts { method: "POST", path: "/restapis", query: "", headers: &headers, payload };
    let credentials =
        Credentials { access_key_id: "AKID".to_owned(), secret: Secret::new("secret"), session_token: None };
    let added = sign(&parts, &credentials, "us-east-1", "apigateway", SIGNED_AT);
    let mut out: Vec<(String, String)> = vec![("Host".into(), "localhost:8081".into())];
    out.extend(extra.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    out.extend(added.into_iter().map(|(n, v)| (n.to_owned(), v)));
    out
}

fn check(headers: &[(String, String)], options: &VerifyOptions) -> Result<Verified, VerifyError> {
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
    let payload = Payload::Bytes(b"{}");
    let parts = RequestParts { method: "POST", path: "/restapis", query: "", headers: &headers, payload };
    let secrets = |key: &str| (key == "AKID").then(|| Secret::new("secret"));
    verify(&parts, &secrets, options)
}

fn at(offset: Duration) -> VerifyOptions {
    VerifyOptions::at(SIGNED_AT + offset)
}

#[test]
fn the_clock_may_be_five_minutes_off_and_no_more() {
    let headers = signed(&[], Payload::Bytes(b"{}"));
    for seconds in [-300, -1, 0, 299, 300] {
        check(&headers, &at(Duration::seconds(seconds))).expect("within the skew");
    }
    for (minutes, message) in [
        (10, "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)"),
        (
            -10,
            "Signature not yet current: 20260101T000000Z is still later than 20251231T235500Z \
               (20251231T235000Z + 5 min.)",
        ),
    ] {
        let error = check(&headers, &at(Duration::minutes(minutes))).expect_err("outside the skew");
        assert_eq!((error.code(), error.to_string().as_str()), ("InvalidSignatureException", message));
    }
}

#[test]
fn an_unsigned_request_and_an_unknown_key_have_their_own_codes() {
    let mut headers = signed(&[], Payload::Bytes(b"{}"));
    for (_, value) in &mut headers {
        *value = value.replace("Credential=AKID/", "Credential=NOBODY/");
    }
    let error = check(&headers, &at(Duration::ZERO)).expect_err("unknown key");
    assert_eq!(error, VerifyError::UnrecognizedClient);
    headers.retain(|(name, _)| name != "authorization");
    let error = check(&headers, &at(Duration::ZERO)).expect_err("unsigned");
    assert_eq!(error.code(), "MissingAuthenticationTokenException");
    assert_eq!(error.to_string(), "Missing Authentication Token");
}

#[test]
fn a_mismatch_shows_the_canonical_request() {
    let mut headers = signed(&[], Payload::Bytes(b"{}"));
    let authorization = headers.last_mut().expect("signed");
    let end = authorization.1.len() - 1;
    let last = if authorization.1.ends_with('0') { "1" } else { "0" };
    authorization.1.replace_range(end.., last);
    let error = check(&headers, &at(Duration::ZERO)).expect_err("changed").to_string();
    assert!(error.starts_with("The request signature we calculated does not match the signature you provided. "));
    assert!(
        error.contains("should have been\n'POST\n/restapis\n\nhost:localhost:8081\nx-amz-date:20260101T000000Z\n\n")
    );
    assert!(error.contains("'AWS4-HMAC-SHA256\n20260101T000000Z\n20260101/us-east-1/apigateway/aws4_request\n"));
}

#[test]
fn every_amz_header_must_be_covered() {
    let mut headers = signed(&[], Payload::Bytes(b"{}"));
    headers.push(("X-Amz-Target".into(), "Elsewhere".into()));
    let error = check(&headers, &at(Duration::ZERO)).expect_err("uncovered");
    assert_eq!(error.to_string(), "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.");
    for (name, shown) in [("host;", "Host' or ':authority"), (";x-amz-date", "x-amz-date")] {
        let mut headers = signed(&[], Payload::Bytes(b"{}"));
        let authorization = headers.last_mut().expect("signed");
        authorization.1 = authorization.1.replace(name, "");
        let error = check(&headers, &at(Duration::ZERO)).expect_err("uncovered");
        assert_eq!(error.to_string(), format!("'{shown}' must be a 'SignedHeader' in the AWS Authorization."));
    }
}

#[test]
fn a_content_hash_must_be_true_and_unsigned_payloads_are_opt_in() {
    let options = at(Duration::ZERO);
    let hash = sha256_hex(b"{}");
    let headers = signed(&[("x-amz-content-sha256", &hash)], Payload::Sha256Hex(&hash));
    check(&headers, &options).expect("a true hash");
    let capitals = hash.to_uppercase();
    let headers = signed(&[("x-amz-content-sha256", &capitals)], Payload::Sha256Hex(&capitals));
    check(&headers, &options).expect("a true hash in capitals, signed as it is sent");
    let other = sha256_hex(b"other");
    let headers = signed(&[("x-amz-content-sha256", &other)], Payload::Sha256Hex(&other));
    assert_eq!(check(&headers, &options).expect_err("untrue").code(), "InvalidSignatureException");
    let headers = signed(&[("x-amz-content-sha256", UNSIGNED_PAYLOAD)], Payload::Unsigned);
    assert_eq!(check(&headers, &options).expect_err("not asked for").code(), "InvalidSignatureException");
    check(&headers, &VerifyOptions { accept_unsigned_payload: true, ..options }).expect("asked for");
}

#[test]
fn the_scope_must_be_of_the_day_that_was_signed() {
    let mut headers = signed(&[], Payload::Bytes(b"{}"));
    let authorization = headers.last_mut().expect("signed");
    authorization.1 = authorization.1.replace("20260101/", "20251231/");
    let error = check(&headers, &at(Duration::ZERO)).expect_err("another day");
    assert!(error.to_string().starts_with("Date in Credential scope does not match YYYYMMDD"));
}

#[test]
fn two_dates_or_two_authorizations_are_refused() {
    for name in ["x-amz-date", "authorization"] {
        let mut headers = signed(&[], Payload::Bytes(b"{}"));
        let again = headers.iter().find(|(n, _)| n == name).expect("signed").clone();
        headers.push(again);
        let error = check(&headers, &at(Duration::ZERO)).expect_err("duplicate");
        assert_eq!(error.code(), "IncompleteSignatureException", "{name}");
    }
}
