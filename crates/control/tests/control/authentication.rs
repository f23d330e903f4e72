//! Who gets in: the signature, its time, its scope.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use stagegate_control::{Clock, ControlConfig};
use stagegate_sigv4::{Credentials, Payload, RequestParts, Secret, sign};
use stagegate_store::memory::MemoryStore;
use time::OffsetDateTime;

use crate::plane::{ACCESS_KEY_ID, Answer, FORBIDDEN, HOST, Plane, SECRET, Standing};

/// What of a good signature is bent.
struct Bent {
    access_key_id: &'static str,
    secret: &'static str,
    region: &'static str,
    service: &'static str,
    late: i64,
    token: Option<&'static str>,
}

const GOOD: Bent = Bent {
    access_key_id: ACCESS_KEY_ID,
    secret: SECRET,
    region: "us-east-1",
    service: "apigateway",
    late: 0,
    token: None,
};

fn signed(bent: &Bent) -> Request<Bytes> {
    let headers: [(&str, &[u8]); 1] = [("host", HOST.as_bytes())];
    let parts =
        RequestParts { method: "GET", path: "/restapis", query: "", headers: &headers, payload: Payload::Bytes(b"") };
    let secret = Secret::new(bent.secret);
    let credentials = Credentials {
        access_key_id: bent.access_key_id.to_owned(),
        secret,
        session_token: bent.token.map(str::to_owned),
    };
    let at = OffsetDateTime::from(Standing.now() - Duration::from_hours(1)) + time::Duration::seconds(3600 - bent.late);
    let added = sign(&parts, &credentials, bent.region, bent.service, at);
    let request = Request::builder().uri("/restapis").header("host", HOST);
    let request = added.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(Bytes::new()).expect("a request")
}

#[tokio::test]
async fn a_good_signature_gets_in_within_five_minutes_and_in_any_region() {
    let plane = Plane::new();
    let good = [
        GOOD,
        Bent { late: 299, ..GOOD },
        Bent { late: -299, ..GOOD },
        Bent { region: "eu-central-1", ..GOOD },
        Bent { region: "us-gov-west-1", ..GOOD },
    ];
    for bent in good {
        let response = plane.handle(signed(&bent)).await;
        assert_eq!(response.status(), 200, "{} {}", bent.region, bent.late);
    }
}

#[tokio::test]
async fn a_session_that_nobody_opened_is_refused() {
    let plane = Plane::new();
    let mut request = signed(&GOOD);
    request.headers_mut().insert("x-amz-security-token", "session".parse().expect("a value"));
    let answer = plane.handle(request).await;
    assert_eq!(answer.status(), FORBIDDEN, "unsigned");
    let response = plane.handle(signed(&Bent { token: Some("session"), ..GOOD })).await;
    assert_eq!(response.status(), FORBIDDEN);
    assert_eq!(response.headers()["x-amzn-errortype"], "UnrecognizedClientException");
}

#[tokio::test]
async fn everything_else_is_forbidden_with_aws_error_types() {
    let plane = Plane::new();
    let bad = [
        (Bent { access_key_id: "AKIAOTHER", ..GOOD }, "UnrecognizedClientException"),
        (Bent { secret: "wrong", ..GOOD }, "InvalidSignatureException"),
        (Bent { late: 301, ..GOOD }, "InvalidSignatureException"),
        (Bent { late: -301, ..GOOD }, "InvalidSignatureException"),
        (Bent { service: "execute-api", ..GOOD }, "InvalidSignatureException"),
        (Bent { region: "nowhere", ..GOOD }, "InvalidSignatureException"),
    ];
    for (bent, error_type) in bad {
        let response = plane.handle(signed(&bent)).await;
        assert_eq!(response.status(), FORBIDDEN, "{error_type}");
        let answer = Answer::of(&response);
        assert_eq!(answer.error_type.as_deref(), Some(error_type), "{answer:?}");
    }
    let unsigned = Request::builder().uri("/restapis").header("host", HOST).body(Bytes::new()).expect("a request");
    let answer = Answer::of(&plane.handle(unsigned).await);
    assert_eq!(answer.status, 403);
    answer.refused("MissingAuthenticationTokenException", "Missing Authentication Token");
}

#[tokio::test]
async fn a_body_that_was_changed_on_the_way_is_forbidden() {
    let mut request = signed(&GOOD);
    *request.body_mut() = Bytes::from_static(b"{}");
    let answer = Answer::of(&Plane::new().handle(request).await);
    assert_eq!(answer.error_type.as_deref(), Some("InvalidSignatureException"));
}

#[tokio::test]
async fn an_unknown_service_is_named() {
    let answer = Answer::of(&Plane::new().handle(signed(&Bent { service: "s3", ..GOOD })).await);
    let message =
        "Credential should be scoped to correct service: 'apigateway', 'lambda', 'iam', 'sts', 'logs' or 'monitoring'.";
    answer.refused("InvalidSignatureException", message);
}

#[tokio::test]
async fn a_setting_narrows_the_regions() {
    let regions = Some(BTreeSet::from(["eu-west-1".to_owned()]));
    let config = ControlConfig { regions, ..ControlConfig::default() };
    let plane = Plane::configured(Arc::new(MemoryStore::new()), config);
    assert_eq!(plane.handle(signed(&GOOD)).await.status(), FORBIDDEN);
    assert_eq!(plane.handle(signed(&Bent { region: "eu-west-1", ..GOOD })).await.status(), 200);
}

#[tokio::test]
async fn regions_do_not_see_each_others_apis() {
    let store = Arc::new(MemoryStore::new());
    let here = Plane::configured(store.clone(), ControlConfig::default());
    let there = Plane::configured(store, ControlConfig::default()).in_region("eu-west-1");
    let (api, _) = here.api().await;
    assert_eq!(here.get(&api).await.status, 200);
    assert_eq!(there.get(&api).await.status, 404);
    assert_eq!(there.get("/restapis").await.ok()["item"], serde_json::json!([]));
}

#[tokio::test]
async fn every_answer_carries_both_request_ids() {
    let plane = Plane::new();
    for target in ["/restapis", "/restapis/nosuchapi0", "/nowhere"] {
        let response = plane.send("GET", target, Bytes::new()).await;
        assert_eq!(response.headers()["x-amzn-requestid"].len(), 36, "{target}");
        assert_eq!(response.headers()["x-amz-apigw-id"].len(), 16, "{target}");
        assert_eq!(response.headers()["content-type"], "application/json", "{target}");
    }
}
