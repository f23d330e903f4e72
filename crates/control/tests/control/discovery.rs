//! The key sets of issuers, found when a JWT authorizer is created or updated.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use stagegate_control::{Discovery, Undiscovered};
use stagegate_store::BoxFuture;

use crate::plane::{Plane, text};

const ISSUER: &str = "https://id.example/pool/";
const DOCUMENT: &str = "https://id.example/pool/.well-known/openid-configuration";
const KEYS: &str = "https://keys.example/jwks.json";

/// Documents by URL; others cannot be reached.
#[derive(Default)]
struct Web(Mutex<BTreeMap<String, String>>);

impl Web {
    fn put(&self, url: &str, document: &impl ToString) {
        self.0.lock().expect("a lock").insert(url.to_owned(), document.to_string());
    }
}

impl Discovery for Web {
    fn document<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Bytes, Undiscovered>> {
        let found = self.0.lock().expect("a lock").get(url).cloned();
        Box::pin(async move { found.map(Bytes::from).ok_or_else(|| Undiscovered("unreachable".to_owned())) })
    }
}

fn authorizer() -> Value {
    json!({ "name": "jwt", "type": "JWT", "identitySource": "method.request.header.Authorization", "jwtConfiguration": {
        "issuers": [{ "issuer": ISSUER, "audiences": ["pets"] }], "defaultAlgorithms": ["RS256"]
    } })
}

fn key_set(authorizer: &Value) -> &Value {
    &authorizer["jwtConfiguration"]["issuers"][0]["jwksUri"]
}

async fn plane() -> (Arc<Web>, Plane, String) {
    let web = Arc::new(Web::default());
    let discovery: Arc<dyn Discovery> = Arc::<Web>::clone(&web);
    let plane = Plane::discovering(discovery);
    let (api, _) = plane.api().await;
    (web, plane, format!("{api}/authorizers"))
}

#[tokio::test]
async fn fact_a26_the_key_set_is_found_at_creation_and_again_at_an_update() {
    let (web, plane, authorizers) = plane().await;
    web.put(DOCUMENT, &json!({ "issuer": ISSUER, "jwks_uri": KEYS, "other": 1 }));
    let made = plane.call("POST", &authorizers, authorizer()).await.ok();
    assert_eq!(key_set(&made), KEYS);
    let one = format!("{authorizers}/{}", text(&made["id"]));
    assert_eq!(key_set(&plane.get(&one).await.ok()), KEYS);
    let moved = "https://keys.example/moved.json";
    web.put(DOCUMENT, &json!({ "issuer": ISSUER, "jwks_uri": moved }));
    let configuration = authorizer()["jwtConfiguration"].to_string();
    let patched = plane.patch(&one, &[("replace", "/jwtConfiguration", configuration.as_str())]).await.ok();
    assert_eq!(key_set(&patched), moved);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_taken_and_keeps_the_key_set_it_had() {
    let (web, plane, authorizers) = plane().await;
    let made = plane.call("POST", &authorizers, authorizer()).await.ok();
    assert_eq!(key_set(&made), &Value::Null);
    let one = format!("{authorizers}/{}", text(&made["id"]));
    web.put(DOCUMENT, &json!({ "issuer": ISSUER, "jwks_uri": KEYS }));
    let configuration = authorizer()["jwtConfiguration"].to_string();
    let replace = [("replace", "/jwtConfiguration", configuration.as_str())];
    assert_eq!(key_set(&plane.patch(&one, &replace).await.ok()), KEYS);
    web.0.lock().expect("a lock").clear();
    assert_eq!(key_set(&plane.patch(&one, &replace).await.ok()), KEYS);
    let other = configuration.replace("id.example", "other.example");
    let replace = [("replace", "/jwtConfiguration", other.as_str())];
    assert_eq!(key_set(&plane.patch(&one, &replace).await.ok()), &Value::Null, "another issuer has other keys");
}

#[tokio::test]
async fn a_document_that_says_something_else_refuses_the_call() {
    for (document, why) in [
        ("<html>".to_owned(), "is no JSON"),
        (json!({ "issuer": "https://id.example/pool", "jwks_uri": KEYS }).to_string(), "is of another issuer"),
        (json!({ "jwks_uri": KEYS }).to_string(), "is of another issuer"),
        (json!({ "issuer": ISSUER }).to_string(), "names no jwks_uri"),
        (json!({ "issuer": ISSUER, "jwks_uri": 1 }).to_string(), "names no jwks_uri"),
        (
            json!({ "issuer": ISSUER, "jwks_uri": "http://a.example/k" }).to_string(),
            "names a jwks_uri that is no https URL",
        ),
        (json!({ "issuer": ISSUER, "jwks_uri": "https://" }).to_string(), "names a jwks_uri that is no https URL"),
        (json!({ "issuer": ISSUER, "jwks_uri": "https://a b" }).to_string(), "names a jwks_uri that is no https URL"),
        ("[]".to_owned(), "is of another issuer"),
    ] {
        let (web, plane, authorizers) = plane().await;
        web.put(DOCUMENT, &document);
        let refused = plane.call("POST", &authorizers, authorizer()).await;
        assert_eq!(refused.status, 400, "{document}");
        let message = format!("Invalid issuer specified: {ISSUER}. The discovery document at {DOCUMENT} {why}");
        refused.refused("BadRequestException", &message);
    }
}
