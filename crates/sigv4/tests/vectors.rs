//! AWS's published example requests of Signature Version 4, with their signatures.

use stagegate_sigv4::{Credentials, Payload, RequestParts, Secret, VerifyOptions, sign, verify};
use time::macros::datetime;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Name, method, path, query, extra headers, signature.
type Vector =
    (&'static str, &'static str, &'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

const VECTORS: &[Vector] = &[
    ("get-vanilla", "GET", "/", "", &[], "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    (
        "get-vanilla-query-order-key-case",
        "GET",
        "/",
        "Param2=value2&Param1=value1",
        &[],
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-header-value-trim",
        "GET",
        "/",
        "",
        &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    ("post-vanilla", "POST", "/", "", &[], "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
];

#[test]
fn the_published_examples_sign_and_verify() {
    let credentials =
        Credentials { access_key_id: "AKIDEXAMPLE".to_owned(), secret: Secret::new(SECRET), session_token: None };
    let at = datetime!(2015-08-30 12:36:00 UTC);
    for (name, method, path, query, extra, signature) in VECTORS {
        let mut headers: Vec<(&str, &[u8])> = vec![("Host", b"example.amazonaws.com")];
        headers.extend(extra.iter().map(|(n, v)| (*n, v.as_bytes())));
        let parts = RequestParts { method, path, query, headers: &headers, payload: Payload::Bytes(b"") };
        let added = sign(&parts, &credentials, "us-east-1", "service", at);
        let authorization = &added.iter().find(|(n, _)| *n == "authorization").expect("signed").1;
        assert!(authorization.ends_with(&format!("Signature={signature}")), "{name}: {authorization}");

        let mut sent = headers.clone();
        sent.extend(added.iter().map(|(n, v)| (*n, v.as_bytes())));
        let parts = RequestParts { headers: &sent, ..parts };
        let secrets = |key: &str| (key == "AKIDEXAMPLE").then(|| Secret::new(SECRET));
        verify(&parts, &secrets, &VerifyOptions::at(at)).expect(name);
    }
}
