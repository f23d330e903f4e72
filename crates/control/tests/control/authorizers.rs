//! `Authorizer`: what each type needs, and what AWS fills in.

use serde_json::{Value, json};

use crate::plane::{Plane, names, text};

const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
const POOL: &str = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a";
const HEADER: &str = "method.request.header.Authorization";

fn token(name: &str) -> Value {
    json!({ "name": name, "type": "TOKEN", "authorizerUri": FUNCTION, "identitySource": HEADER })
}

fn jwt() -> Value {
    let claim = json!({ "claimName": "tier", "format": "SINGLE_STRING", "required": true, "expectedValues": ["gold"] });
    let issuer = json!({ "issuer": "https://a.example/", "audiences": ["pets"], "additionalClaims": [claim] });
    json!({ "name": "jwt", "type": "JWT", "identitySource": HEADER,
        "jwtConfiguration": { "issuers": [issuer], "defaultAlgorithms": ["RS256", "ES512"] } })
}

/// A document with members set; null takes one away.
fn with(mut document: Value, members: &Value) -> Value {
    for (name, member) in members.as_object().expect("members") {
        document[name] = member.clone();
    }
    document
}

#[tokio::test]
async fn each_type_is_kept_with_what_aws_fills_in() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let all = format!("{api}/authorizers");
    let request = json!({ "name": "request", "type": "REQUEST", "authorizerUri": FUNCTION,
        "authorizerResultTtlInSeconds": 60,
        "identitySource": "method.request.header.A, method.request.querystring.b,context.identity.sourceIp" });
    let pool =
        json!({ "name": "pool", "type": "COGNITO_USER_POOLS", "providerARNs": [POOL], "identitySource": HEADER });
    let cases = [
        (token("token"), json!({ "authType": "custom", "authorizerResultTtlInSeconds": 300 })),
        (request, json!({ "authType": "custom" })),
        (pool, json!({ "authType": "cognito_user_pools" })),
        (jwt(), json!({})),
    ];
    for (given, filled) in cases {
        let made = plane.call("POST", &all, given.clone()).await;
        assert_eq!(made.status, 201);
        let made = made.ok();
        assert_eq!(made, with(with(given, &filled), &json!({ "id": made["id"] })));
        assert_eq!(plane.get(&format!("{all}/{}", text(&made["id"]))).await.ok(), made);
    }
    let mut listed = names(&plane.get(&all).await.ok(), "name");
    listed.sort();
    assert_eq!(listed, ["jwt", "pool", "request", "token"]);
    let first = plane.get(&format!("{all}?limit=3")).await.ok();
    let rest = plane.get(&format!("{all}?limit=3&position={}", text(&first["position"]))).await.ok();
    assert_eq!((names(&first, "id").len(), names(&rest, "id").len()), (3, 1));
}

#[tokio::test]
async fn what_a_type_does_not_take_is_refused() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let all = format!("{api}/authorizers");
    plane.call("POST", &all, token("taken")).await.ok();
    let issuer = |issuer: &str| {
        json!({ "jwtConfiguration": { "issuers": [{ "issuer": issuer, "audiences": ["a"] }],
            "defaultAlgorithms": ["RS256"] } })
    };
    let claim = |name: &str| {
        json!({ "jwtConfiguration": { "issuers": [{ "issuer": "https://a.example", "audiences": ["a"],
            "additionalClaims": [{ "claimName": name, "format": "SINGLE_STRING" }] }],
            "defaultAlgorithms": ["RS256"] } })
    };
    let cases = [
        (with(token("x"), &json!({ "name": null })), "'createAuthorizerInput.name'"),
        (with(token("x"), &json!({ "type": "IAM" })), "Member must satisfy enum value set: [TOKEN, REQUEST"),
        (with(token("x"), &json!({ "type": null })), "'createAuthorizerInput.type'"),
        (
            with(token("x"), &json!({ "authorizerUri": null })),
            "Invalid Authorizer URI: null. Authorizer URI should be a valid API Gateway ARN that represents a Lambda \
             function invocation.",
        ),
        (with(token("x"), &json!({ "identitySource": "method.request.path.a" })), "Identity Source"),
        (with(token("x"), &json!({ "authorizerResultTtlInSeconds": 3601 })), "between 0 and 3600"),
        (with(token("x"), &json!({ "type": "REQUEST", "identitySource": null })), "Identity source is required"),
        (with(token("x"), &json!({ "type": "COGNITO_USER_POOLS" })), "At least one user pool ARN"),
        (token("taken"), "Authorizer name must be unique. Authorizer taken already exists in this RestApi."),
        (with(jwt(), &json!({ "authorizerUri": FUNCTION })), "authorizerUri is not allowed"),
        (with(jwt(), &json!({ "authorizerResultTtlInSeconds": 1 })), "authorizerResultTtlInSeconds is not allowed"),
        (with(jwt(), &json!({ "jwtConfiguration": null })), "jwtConfiguration is required"),
        (with(jwt(), &issuer("http://a.example")), "Invalid issuer specified"),
        (with(jwt(), &issuer("https://a.example?x")), "Invalid issuer specified"),
        (with(jwt(), &issuer("https://")), "Invalid issuer specified"),
        (with(jwt(), &claim("scope")), "Invalid claim name specified: scope"),
        (with(jwt(), &claim("aud")), "Invalid claim name specified: aud"),
        (
            with(jwt(), &json!({ "jwtConfiguration": { "issuers": [], "defaultAlgorithms": ["HS256"] } })),
            "Value 'HS256' at 'createAuthorizerInput.jwtConfiguration.defaultAlgorithms'",
        ),
        (with(token("x"), &json!({ "jwtConfiguration": jwt()["jwtConfiguration"] })), "only allowed for"),
    ];
    for (given, part) in cases {
        let (_, message) = plane.call("POST", &all, given.clone()).await.fault();
        assert!(message.contains(part), "{given}: {message}");
    }
}

#[tokio::test]
async fn an_api_that_does_not_exist_is_a_conflict() {
    let plane = Plane::new();
    let message = "Unable to complete operation due to concurrent modification. Please try again later.";
    plane.call("POST", "/restapis/nosuch/authorizers", token("x")).await.refused("ConflictException", message);
    assert_eq!(plane.get("/restapis/nosuch/authorizers").await.status, 404);
}

#[tokio::test]
async fn a_type_can_change_in_both_directions() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let made = plane.call("POST", &format!("{api}/authorizers"), jwt()).await.ok();
    let one = format!("{api}/authorizers/{}", text(&made["id"]));
    let given = [("replace", "/type", "TOKEN"), ("replace", "/authorizerUri", FUNCTION)];
    let patched = plane.patch(&one, &given).await.ok();
    assert_eq!((&patched["type"], patched.get("jwtConfiguration")), (&json!("TOKEN"), None));
    let document = jwt()["jwtConfiguration"].to_string();
    let given = [("replace", "/type", "JWT"), ("replace", "/jwtConfiguration", document.as_str())];
    let patched = plane.patch(&one, &given).await.ok();
    assert_eq!(patched["jwtConfiguration"], jwt()["jwtConfiguration"]);
    assert_eq!(patched.get("authorizerUri"), None);
    assert_eq!(plane.patch(&one, &[("replace", "/jwtConfiguration", "{}")]).await.status, 400);
    assert_eq!(plane.patch(&one, &[("replace", "/authorizerUri", FUNCTION)]).await.status, 400);
}

#[tokio::test]
async fn an_authorizer_that_a_method_needs_stays_and_keeps_its_kind() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let made = plane.call("POST", &format!("{api}/authorizers"), token("guard")).await.ok();
    let id = text(&made["id"]);
    let one = format!("{api}/authorizers/{id}");
    let method = format!("{root}/methods/GET");
    for kind in ["COGNITO_USER_POOLS", "JWT"] {
        let given = json!({ "authorizationType": kind, "authorizerId": id });
        assert_eq!(plane.call("PUT", &method, given).await.status, 400, "{kind}");
    }
    plane.call("PUT", &method, json!({ "authorizationType": "CUSTOM", "authorizerId": id })).await.ok();
    let message = "Cannot delete authorizer 'guard', is referenced in method: GET//";
    plane.delete(&one).await.refused("ConflictException", message);
    let document = jwt()["jwtConfiguration"].to_string();
    let given = [("replace", "/type", "JWT"), ("replace", "/jwtConfiguration", document.as_str())];
    assert_eq!(plane.patch(&one, &given).await.status, 400);
    plane.delete(&method).await.ok();
    assert_eq!(plane.delete(&one).await.status, 202);
    plane.get(&one).await.refused("NotFoundException", "Invalid Authorizer identifier specified");
}
