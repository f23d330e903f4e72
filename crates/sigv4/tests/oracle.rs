//! The `aws-sigv4` crate as an oracle: what AWS's own Rust SDK signs is verified, and changed requests are not.

use std::time::{Duration as StdDuration, SystemTime};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign as aws_sign,
};
use aws_sigv4::sign::v4;
use proptest::prelude::*;
use stagegate_sigv4::{
    Credentials, Payload, RequestParts, Secret, VerifyOptions, object_path, sign, sign_for_s3, verify,
};
use time::OffsetDateTime;

const KEY: &str = "AKIDORACLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW_SECONDS: u64 = 1_790_000_000;

/// A request as a client means to send it.
#[derive(Debug, Clone)]
struct Draft {
    method: &'static str,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    token: Option<String>,
}

impl Draft {
    fn uri(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("http://localhost:8081{}{mark}{}", self.path, self.query)
    }

    /// Adds what the AWS signer says to add, in the form asked for.
    fn signed_by_aws(&self, location: SignatureLocation) -> Draft {
        let identity = AwsCredentials::new(KEY, SECRET, self.token.clone(), None, "oracle").into();
        let mut settings = SigningSettings::default();
        settings.signature_location = location;
        if location == SignatureLocation::QueryParams {
            settings.expires_in = Some(StdDuration::from_mins(15));
        } else if self.body.len().is_multiple_of(2) {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-3")
            .name("apigateway")
            .time(SystemTime::UNIX_EPOCH + StdDuration::from_secs(NOW_SECONDS))
            .settings(settings)
            .build()
            .expect("complete parameters")
            .into();
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let uri = self.uri();
        let request = SignableRequest::new(self.method, &uri, headers, SignableBody::Bytes(&self.body))
            .expect("a signable request");
        let (instructions, _) = aws_sign(request, &params).expect("signs").into_parts();
        let mut signed = self.clone();
        for (name, value) in instructions.headers() {
            signed.headers.push((name.to_owned(), value.to_owned()));
        }
        for (name, value) in instructions.params() {
            let encoded = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            let mark = if signed.query.is_empty() { "" } else { "&" };
            signed.query = format!("{}{mark}{name}={encoded}", signed.query);
        }
        signed
    }

    fn with_parts<T>(&self, run: impl FnOnce(&RequestParts<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
        run(&RequestParts {
            method: self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            payload: Payload::Bytes(&self.body),
        })
    }

    fn verify(&self) -> Result<stagegate_sigv4::Verified, stagegate_sigv4::VerifyError> {
        let now = OffsetDateTime::from_unix_timestamp(i64::try_from(NOW_SECONDS).expect("fits")).expect("in range");
        let secrets = |key: &str| (key == KEY).then(|| Secret::new(SECRET));
        self.with_parts(|parts| verify(parts, &secrets, &VerifyOptions::at(now)))
    }
}

fn drafts() -> impl Strategy<Value = Draft> {
    let path = prop::collection::vec("[a-zA-Z0-9._~:@-]{1,8}|%20|%2F|%C3%A9|arn%3Aaws", 0..5)
        .prop_filter("dot segments at the end differ between signers", |segments| {
            !segments.last().is_some_and(|last| last == "." || last == "..")
        })
        .prop_map(|segments| format!("/{}", segments.join("/")));
    let pair = ("[a-zA-Z0-9._~-]{1,6}|%24a|%C3%A9", "[a-zA-Z0-9._~-]{0,8}|%20|%2B|a%3Db|%2f|x\\+y")
        .prop_map(|(name, value)| format!("{name}={value}"));
    let query = prop::collection::vec(pair, 0..5).prop_map(|pairs| pairs.join("&"));
    let header = (
        prop::sample::select(vec!["content-type", "x-amz-meta", "X-Amz-Target", "accept", "x-custom"]),
        "[!-~]([ -~]{0,20}[!-~])?",
    )
        .prop_map(|(name, value)| (name.to_owned(), value));
    (
        prop::sample::select(vec!["GET", "PUT", "POST", "PATCH", "DELETE"]),
        path,
        query,
        prop::collection::vec(header, 0..5),
        prop::collection::vec(any::<u8>(), 0..40),
        prop::option::of("[A-Za-z0-9/+=]{10,30}"),
    )
        .prop_map(|(method, path, query, mut headers, body, token)| {
            headers.push(("Host".to_owned(), "localhost:8081".to_owned()));
            Draft { method, path, query, headers, body, token }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_the_sdk_signs_in_headers_is_verified(draft in drafts()) {
        let verified = draft.signed_by_aws(SignatureLocation::Headers).verify().expect("verifies");
        prop_assert_eq!((verified.region.as_str(), verified.service.as_str()), ("eu-west-3", "apigateway"));
        prop_assert_eq!(verified.session_token, draft.token);
        prop_assert!(!verified.presigned);
    }

    #[test]
    fn what_the_sdk_presigns_is_verified(draft in drafts()) {
        let verified = draft.signed_by_aws(SignatureLocation::QueryParams).verify().expect("verifies");
        prop_assert_eq!(verified.session_token, draft.token);
        prop_assert!(verified.presigned);
    }

    #[test]
    fn our_signatures_are_those_of_the_sdk(draft in drafts()) {
        let aws = draft.signed_by_aws(SignatureLocation::Headers);
        let theirs = aws.headers.iter().find(|(name, _)| name == "authorization").expect("signed");
        let hash = aws.headers.iter().find(|(name, _)| name == "x-amz-content-sha256").cloned();
        let mut ours = draft.clone();
        ours.headers.extend(hash);
        let credentials = Credentials {
            access_key_id: KEY.to_owned(),
            secret: Secret::new(SECRET),
            session_token: draft.token.clone(),
        };
        let at = OffsetDateTime::from_unix_timestamp(i64::try_from(NOW_SECONDS).expect("fits")).expect("in range");
        let added = ours.with_parts(|parts| sign(parts, &credentials, "eu-west-3", "apigateway", at));
        let authorization = &added.iter().find(|(name, _)| *name == "authorization").expect("signed").1;
        prop_assert_eq!(authorization, &theirs.1);
    }

    #[test]
    fn a_changed_request_is_refused(draft in drafts(), change in 0..5) {
        let mut signed = draft.signed_by_aws(SignatureLocation::Headers);
        match change {
            0 => signed.path.push_str("/more"),
            1 => signed.query.push_str("&more=1"),
            2 => signed.body.push(b'x'),
            3 => signed.method = "OPTIONS",
            _ => signed.headers.push(("x-amz-meta".to_owned(), "more".to_owned())),
        }
        let error = signed.verify().expect_err("changed after signing");
        prop_assert_eq!(error.code(), "InvalidSignatureException");
    }

    #[test]
    fn no_header_or_query_makes_the_verifier_panic(header in "\\PC{0,80}", query in "\\PC{0,80}") {
        let draft = Draft {
            method: "GET",
            path: "/".to_owned(),
            query: format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&{query}"),
            headers: vec![("x-amz-date".to_owned(), header.clone())],
            body: Vec::new(),
            token: None,
        };
        prop_assert!(draft.verify().is_err());
        let headers = vec![("authorization".to_owned(), header)];
        let draft = Draft { query: String::new(), headers, ..draft };
        prop_assert!(draft.verify().is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn our_signatures_for_s3_are_those_of_the_sdk(
        key in "[a-zA-Z0-9._~ +()é/-]{1,40}", body in prop::collection::vec(any::<u8>(), 0..40), token in prop::option::of("[A-Za-z0-9]{10}"),
    ) {
        let path = object_path(&format!("/pets/{key}"));
        let identity = AwsCredentials::new(KEY, SECRET, token.clone(), None, "oracle").into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-3")
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + StdDuration::from_secs(NOW_SECONDS))
            .settings(settings)
            .build()
            .expect("complete parameters")
            .into();
        let uri = format!("http://localhost:8081{path}");
        let request = SignableRequest::new("PUT", &uri, [("host", "localhost:8081")].into_iter(), SignableBody::Bytes(&body))
            .expect("a signable request");
        let (instructions, _) = aws_sign(request, &params).expect("signs").into_parts();
        let theirs = instructions.headers().find(|(name, _)| *name == "authorization").expect("signed").1.to_owned();
        let credentials =
            Credentials { access_key_id: KEY.to_owned(), secret: Secret::new(SECRET), session_token: token };
        let at = OffsetDateTime::from_unix_timestamp(i64::try_from(NOW_SECONDS).expect("fits")).expect("in range");
        let headers: [(&str, &[u8]); 1] = [("host", b"localhost:8081")];
        let parts = RequestParts { method: "PUT", path: &path, query: "", headers: &headers, payload: Payload::Bytes(&body) };
        let added = sign_for_s3(&parts, &credentials, "eu-west-3", at);
        let ours = &added.iter().find(|(name, _)| *name == "authorization").expect("signed").1;
        prop_assert_eq!(ours, &theirs);
    }
}
