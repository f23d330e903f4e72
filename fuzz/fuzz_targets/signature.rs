//! Signed requests: any header and query is read or refused, and nothing that a stranger made up is signed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_sigv4::{Claim, Payload, RequestParts, Secret, VerifyOptions};
use time::OffsetDateTime;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(4, |byte| *byte == b'\n');
    let mut next = || std::str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
    let (path, query, authorization, regions) = (next(), next(), next(), next());
    let mut headers: Vec<(&str, &[u8])> =
        vec![("Host", b"localhost"), ("X-Amz-Date", b"20260101T000000Z"), ("X-Amz-Region-Set", regions.as_bytes())];
    if !authorization.is_empty() {
        headers.push(("Authorization", authorization.as_bytes()));
    }
    let parts = RequestParts { method: "GET", path, query, headers: &headers, payload: Payload::Bytes(b"") };
    let Ok(claim) = Claim::read(&parts) else { return };
    let _ = claim.check_time(&VerifyOptions::at(OffsetDateTime::UNIX_EPOCH));
    let _ = (claim.is_for_region("us-east-1"), claim.payload(&parts));
    let secret = Secret::new("nobody knows it");
    assert!(claim.check_signature(&parts, &secret, &stagegate_sigv4::sha256_hex(b"")).is_err());
});
