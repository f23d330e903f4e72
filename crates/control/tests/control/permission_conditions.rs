//! The values of `apigateway:Request/…` and `apigateway:Resource/…`, and what AWS's examples make of them.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stagegate_control::{ControlConfig, Permit, Question, Ruling};
use stagegate_policy::Context;
use stagegate_store::memory::MemoryStore;

use crate::plane::{Plane, text};

/// Keeps the conditions of the last question.
#[derive(Default)]
struct Keeping(Mutex<Context>);

impl Permit for Keeping {
    fn judge(&self, question: &Question<'_>) -> Ruling {
        question.context.clone_into(&mut self.0.lock().expect("a lock"));
        Ruling::Allowed
    }
}

impl Keeping {
    fn get(&self, key: &str) -> Vec<String> {
        self.0.lock().expect("a lock").get(&format!("apigateway:{key}")).to_vec()
    }
}

fn plane() -> (Arc<Keeping>, Plane) {
    let keeping = Arc::new(Keeping::default());
    let permit: Arc<dyn Permit> = Arc::<Keeping>::clone(&keeping);
    (keeping, Plane::permitting(Arc::new(MemoryStore::new()), ControlConfig::default(), permit))
}

fn patch(path: &str, value: &str) -> Value {
    json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] })
}

/// A definition with a public method, and one behind a TOKEN authorizer and an API key.
fn definition() -> Value {
    let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations";
    let authorizer = json!({ "type": "token", "authorizerUri": uri });
    json!({
        "openapi": "3.0.1",
        "info": { "title": "pets", "version": "1" },
        "x-amazon-apigateway-endpoint-configuration": { "disableExecuteApiEndpoint": true },
        "paths": {
            "/open": { "get": {} },
            "/closed": { "get": { "security": [{ "who": [] }, { "key": [] }] } }
        },
        "components": { "securitySchemes": {
            "key": { "type": "apiKey", "name": "x-api-key", "in": "header" },
            "who": {
                "type": "apiKey", "name": "Authorization", "in": "header",
                "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": authorizer
            }
        } }
    })
}

#[tokio::test]
async fn what_a_call_says_is_in_the_request_keys() {
    let types = |kind: &str| json!({ "name": "n", "endpointConfiguration": { "types": [kind] } });
    let mutual = json!({ "mutualTlsAuthentication": { "truststoreUri": "s3://b/k", "truststoreVersion": "7" } });
    let api = "/restapis/a";
    let method = "/restapis/a/resources/r/methods/GET";
    let token = json!({ "type": "TOKEN", "authorizerUri": "arn:f" });
    let import = "/restapis?mode=import";
    for (verb, target, body, key, values) in [
        ("POST", "/restapis", types("PRIVATE"), "ApiName", "n"),
        ("POST", "/restapis", types("PRIVATE"), "EndpointType", "PRIVATE"),
        ("POST", "/restapis", json!({}), "EndpointType", "EDGE"),
        ("POST", "/restapis", json!({}), "DisableExecuteApiEndpoint", "false"),
        ("POST", "/restapis", json!({ "disableExecuteApiEndpoint": true }), "DisableExecuteApiEndpoint", "true"),
        ("POST", "/restapis", json!({ "securityPolicy": "TLS_1_2" }), "SecurityPolicy", "TLS_1_2"),
        ("PATCH", api, patch("/name", "m"), "ApiName", "m"),
        ("PATCH", api, patch("/name", "m"), "DisableExecuteApiEndpoint", ""),
        ("PATCH", api, patch("/disableExecuteApiEndpoint", "true"), "DisableExecuteApiEndpoint", "true"),
        ("PATCH", api, patch("/endpointConfiguration/types/EDGE", "REGIONAL"), "EndpointType", "REGIONAL"),
        ("PATCH", api, patch("/securityPolicy", "TLS_1_2"), "SecurityPolicy", "TLS_1_2"),
        ("POST", import, definition(), "ApiName", "pets"),
        ("POST", import, definition(), "EndpointType", "EDGE"),
        ("POST", &format!("{import}&endpointConfigurationTypes=PRIVATE"), definition(), "EndpointType", "PRIVATE"),
        ("POST", import, definition(), "DisableExecuteApiEndpoint", "true"),
        ("POST", import, definition(), "RouteAuthorizationType", "NONE CUSTOM"),
        ("POST", import, definition(), "ApiKeyRequired", "false true"),
        ("POST", import, definition(), "AuthorizerType", "TOKEN"),
        ("PUT", method, json!({ "authorizationType": "AWS_IAM" }), "RouteAuthorizationType", "AWS_IAM"),
        ("PUT", method, json!({ "authorizationType": "NONE" }), "ApiKeyRequired", "false"),
        ("PUT", method, json!({ "apiKeyRequired": true }), "ApiKeyRequired", "true"),
        ("PATCH", method, patch("/authorizationType", "NONE"), "RouteAuthorizationType", "NONE"),
        ("PATCH", method, patch("/apiKeyRequired", "true"), "ApiKeyRequired", "true"),
        ("POST", "/restapis/a/authorizers", token.clone(), "AuthorizerType", "TOKEN"),
        ("POST", "/restapis/a/authorizers", token, "AuthorizerUri", "arn:f"),
        ("PATCH", "/restapis/a/authorizers/b", patch("/type", "REQUEST"), "AuthorizerType", "REQUEST"),
        ("PATCH", "/restapis/a/authorizers/b", patch("/authorizerUri", "arn:g"), "AuthorizerUri", "arn:g"),
        ("POST", "/restapis/a/deployments", json!({ "stageName": "dev" }), "StageName", "dev"),
        ("PATCH", "/restapis/a/stages/s", patch("/accessLogSettings/format", "x"), "AccessLoggingFormat", "x"),
        (
            "PATCH",
            "/restapis/a/stages/s",
            patch("/accessLogSettings/destinationArn", "d"),
            "AccessLoggingDestination",
            "d",
        ),
        ("POST", "/domainnames", types("REGIONAL"), "EndpointType", "REGIONAL"),
        ("POST", "/domainnames", json!({}), "EndpointType", "EDGE"),
        ("POST", "/domainnames", mutual.clone(), "MtlsTrustStoreUri", "s3://b/k"),
        ("POST", "/domainnames", mutual, "MtlsTrustStoreVersion", "7"),
        ("POST", "/domainnames", json!({ "routingMode": "ROUTING_RULE_ONLY" }), "RoutingMode", "ROUTING_RULE_ONLY"),
        (
            "PATCH",
            "/domainnames/a",
            patch("/mutualTlsAuthentication/truststoreUri", "s3://c"),
            "MtlsTrustStoreUri",
            "s3://c",
        ),
        ("PATCH", "/domainnames/a", patch("/securityPolicy", "TLS_1_2"), "SecurityPolicy", "TLS_1_2"),
        (
            "POST",
            "/domainnameaccessassociations",
            json!({ "accessAssociationSource": "v" }),
            "AccessAssociationSource",
            "v",
        ),
        ("POST", "/domainnameaccessassociations", json!({ "domainNameArn": "arn:d" }), "DomainNameArn", "arn:d"),
    ] {
        let (keeping, plane) = plane();
        plane.call(verb, target, body.clone()).await;
        let found = keeping.get(&format!("Request/{key}")).join(" ");
        assert_eq!(found, values, "{verb} {target} {body} {key}");
    }
}

#[tokio::test]
async fn what_is_stored_is_in_the_resource_keys() {
    let (keeping, plane) = plane();
    let made = plane.call("POST", "/restapis?mode=import", definition()).await.ok();
    let api = format!("/restapis/{}", text(&made["id"]));
    let resources = plane.get(&format!("{api}/resources?embed=methods")).await.ok();
    let items = resources["item"].as_array().expect("a list");
    let closed = items.iter().find(|item| item["path"] == "/closed").expect("a resource");
    let method = format!("{api}/resources/{}/methods/GET", text(&closed["id"]));
    let authorizers = plane.get(&format!("{api}/authorizers")).await.ok();
    let authorizer = format!("{api}/authorizers/{}", text(&authorizers["item"][0]["id"]));
    let domain = json!({
        "domainName": "a.example.com", "regionalCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x",
        "endpointConfiguration": { "types": ["REGIONAL"] }, "securityPolicy": "TLS_1_2"
    });
    plane.call("POST", "/domainnames", domain).await.ok();
    for (verb, target, key, values) in [
        ("PATCH", &api, "ApiName", "pets"),
        ("PATCH", &api, "EndpointType", "EDGE"),
        ("PATCH", &api, "DisableExecuteApiEndpoint", "true"),
        ("PUT", &api, "RouteAuthorizationType", "CUSTOM NONE"),
        ("PUT", &api, "ApiKeyRequired", "false true"),
        ("PUT", &api, "AuthorizerType", "TOKEN"),
        ("GET", &api, "ApiName", ""),
        ("PUT", &method, "RouteAuthorizationType", "CUSTOM"),
        ("PATCH", &method, "ApiKeyRequired", "true"),
        ("DELETE", &method, "RouteAuthorizationType", "CUSTOM"),
        ("GET", &method, "RouteAuthorizationType", ""),
        ("PATCH", &authorizer, "AuthorizerType", "TOKEN"),
        ("DELETE", &authorizer, "AuthorizerType", "TOKEN"),
        ("PATCH", &"/domainnames/a.example.com".to_owned(), "EndpointType", "REGIONAL"),
        ("DELETE", &"/domainnames/A.example.com".to_owned(), "SecurityPolicy", "TLS_1_2"),
        ("DELETE", &api, "ApiName", "pets"),
    ] {
        plane.call(verb, target, Value::Null).await;
        let mut found = keeping.get(&format!("Resource/{key}"));
        found.sort();
        assert_eq!(found.join(" "), values, "{verb} {target} {key}");
    }
}

#[tokio::test]
async fn access_logs_of_a_stage_are_in_the_resource_keys() {
    let (keeping, plane) = plane();
    let (_, stage) = plane.staged_api().await;
    plane.patch(&stage, &[("replace", "/accessLogSettings/format", "$context.requestId")]).await.ok();
    plane.delete(&stage).await.ok();
    assert_eq!(keeping.get("Resource/AccessLoggingFormat"), ["$context.requestId"]);
}

/// Developer guide, "Allow users to create or update only private REST APIs".
#[tokio::test]
async fn the_example_of_private_apis_lets_no_other_through() {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"],
        "Resource": ["arn:aws:apigateway:us-east-1::/restapis", "arn:aws:apigateway:us-east-1::/restapis/??????????"],
        "Condition": { "ForAllValues:StringEqualsIfExists": {
            "apigateway:Request/EndpointType": "PRIVATE", "apigateway:Resource/EndpointType": "PRIVATE"
        } }
    }, {
        "Effect": "Allow", "Action": "apigateway:UpdateRestApiPolicy", "Resource": "arn:aws:apigateway:us-east-1::/restapis/*"
    }] });
    let store = Arc::new(MemoryStore::new());
    let ann = Plane::of_user(store.clone(), &policy);
    let invoke = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" }
    ] });
    let body =
        |kind: &str| json!({ "name": "n", "endpointConfiguration": { "types": [kind] }, "policy": invoke.to_string() });
    let made = ann.call("POST", "/restapis", body("PRIVATE")).await.ok();
    let own = format!("/restapis/{}", text(&made["id"]));
    ann.patch(&own, &[("replace", "/name", "m")]).await.ok();
    assert_eq!(ann.call("POST", "/restapis", body("REGIONAL")).await.status, 403);
    assert_eq!(ann.call("POST", "/restapis", json!({ "name": "n" })).await.status, 403, "the default is EDGE");
    let away = [("replace", "/endpointConfiguration/types/PRIVATE", "REGIONAL")];
    assert_eq!(ann.patch(&own, &away).await.status, 403);
    let (other, _) = Plane::over(store, stagegate_control::Quotas::default()).api().await;
    assert_eq!(ann.patch(&other, &[("replace", "/name", "m")]).await.status, 403);
    ann.delete(&own).await.ok();
}
