//! `iam:PassRole`: who may hand a role to API Gateway.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::plane::{Answer, Plane, text};

const ROLE: &str = "arn:aws:iam::000000000000:role/caller";
const OTHER: &str = "arn:aws:iam::000000000000:role/other";

/// Statements of a user who may do all there is but pass roles, and may pass one.
fn policy(resource: &str, service: &str) -> Value {
    let pass = json!({ "Effect": "Allow", "Action": "iam:PassRole", "Resource": resource,
        "Condition": { "StringEquals": { "iam:PassedToService": service } } });
    json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "apigateway:*", "Resource": "*" }, pass] })
}

fn is_denied(answer: &Answer) -> bool {
    answer.error_type.as_deref() == Some("AccessDeniedException")
}

fn definition(credentials: &str) -> Value {
    let integration = json!({ "type": "aws", "httpMethod": "POST", "credentials": credentials,
        "uri": "arn:aws:apigateway:us-east-1:sqs:path/000000000000/q" });
    let method = json!({ "responses": {}, "x-amazon-apigateway-integration": integration });
    json!({ "openapi": "3.0.1", "info": { "title": "a", "version": "1" }, "paths": { "/": { "get": method } } })
}

/// The same of an HTTP API, as the calls carry it.
fn http_definition(credentials: &str) -> Value {
    let integration = json!({ "type": "aws_proxy", "httpMethod": "POST", "credentials": credentials,
        "payloadFormatVersion": "2.0", "uri": "arn:aws:lambda:us-east-1:000000000000:function:f" });
    let method = json!({ "responses": {}, "x-amazon-apigateway-integration": integration });
    let definition =
        json!({ "openapi": "3.0.1", "info": { "title": "a", "version": "1" }, "paths": { "/": { "get": method } } });
    json!({ "body": definition.to_string() })
}

/// Every call that hands a role over: verb, target and body.
fn calls(api: &str, root: &str, http: &str, role: &str) -> Vec<(&'static str, String, Value)> {
    let integration = format!("{root}/methods/GET/integration");
    let patch = |path: &str| json!({ "patchOperations": [{ "op": "replace", "path": path, "value": role }] });
    let uri = "arn:aws:apigateway:us-east-1:sqs:path/000000000000/q";
    let put = json!({ "type": "AWS", "httpMethod": "POST", "uri": uri, "credentials": role });
    let function = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f\
                    /invocations";
    let authorizer = json!({ "name": "a", "type": "TOKEN", "authorizerUri": function, "authorizerCredentials": role,
        "identitySource": "method.request.header.Authorization" });
    let http_integration = json!({ "integrationType": "AWS_PROXY", "payloadFormatVersion": "2.0", "credentialsArn": role,
        "integrationUri": "arn:aws:lambda:us-east-1:000000000000:function:f" });
    let http_authorizer = json!({ "name": "b", "authorizerType": "REQUEST", "authorizerUri": function,
        "authorizerPayloadFormatVersion": "2.0", "identitySource": ["$request.header.a"],
        "authorizerCredentialsArn": role });
    vec![
        ("PUT", integration.clone(), put),
        ("PATCH", integration, patch("/credentials")),
        ("POST", format!("{api}/authorizers"), authorizer),
        ("PATCH", "/account".to_owned(), patch("/cloudwatchRoleArn")),
        ("POST", "/restapis?mode=import".to_owned(), definition(role)),
        ("PUT", format!("{api}?mode=merge"), definition(role)),
        ("PUT", "/v2/apis".to_owned(), http_definition(role)),
        ("PUT", http.to_owned(), http_definition(role)),
        ("POST", format!("{http}/integrations"), http_integration),
        ("POST", format!("{http}/authorizers"), http_authorizer),
    ]
}

#[tokio::test]
async fn whoever_names_a_role_must_be_allowed_to_pass_it_to_that_service() {
    let root_plane = Plane::new();
    let gateway = "apigateway.amazonaws.com";
    for (resource, service, role, is_allowed) in [
        (ROLE, gateway, ROLE, true),
        ("*", gateway, ROLE, true),
        (OTHER, gateway, ROLE, false),
        (ROLE, "lambda.amazonaws.com", ROLE, false),
        ("*", gateway, "${stageVariables.role}", true),
        (ROLE, gateway, "${stageVariables.role}", false),
    ] {
        let (api, root) = root_plane.api().await;
        root_plane.call("PUT", &format!("{root}/methods/GET"), json!({ "authorizationType": "NONE" })).await.ok();
        let http = root_plane.call("POST", "/v2/apis", json!({ "name": "h", "protocolType": "HTTP" })).await.ok();
        let http = format!("/v2/apis/{}", text(&http["apiId"]));
        let user = Plane::of_user(Arc::clone(&root_plane.store), &policy(resource, service));
        for (verb, target, body) in calls(&api, &root, &http, role) {
            let answer = user.call(verb, &target, body).await;
            assert_eq!(is_denied(&answer), !is_allowed, "{verb} {target} {resource} {service} {role}: {answer:?}");
            if is_allowed && role == ROLE {
                assert!(answer.status < 300, "{verb} {target}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_refusal_names_the_role_and_nothing_is_changed() {
    let root = Plane::new();
    let user = Plane::of_user(Arc::clone(&root.store), &policy(OTHER, "apigateway.amazonaws.com"));
    let answer = user.patch("/account", &[("replace", "/cloudwatchRoleArn", ROLE)]).await;
    let who = "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:PassRole";
    let why = "because no identity-based policy allows the iam:PassRole action";
    answer.refused("AccessDeniedException", &format!("{who} on resource: {ROLE} {why}"));
    assert_eq!(root.get("/account").await.ok().get("cloudwatchRoleArn"), None);
    root.patch("/account", &[("replace", "/cloudwatchRoleArn", ROLE)]).await.ok();
    user.patch("/account", &[("replace", "/cloudwatchRoleArn", "")]).await.ok();
}

#[tokio::test]
async fn the_callers_own_credentials_are_no_role() {
    let root = Plane::new();
    let (_, resource) = root.api().await;
    let method = format!("{resource}/methods/GET");
    root.call("PUT", &method, json!({ "authorizationType": "AWS_IAM" })).await.ok();
    let user = Plane::of_user(Arc::clone(&root.store), &policy(OTHER, "apigateway.amazonaws.com"));
    let given = json!({ "type": "AWS", "httpMethod": "POST", "credentials": "arn:aws:iam::*:user/*",
        "uri": "arn:aws:apigateway:us-east-1:sqs:path/000000000000/q" });
    user.call("PUT", &format!("{method}/integration"), given).await.ok();
}

#[tokio::test]
async fn tags_of_an_http_definition_are_tags_of_the_request() {
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "apigateway:*", "Resource": "*" },
        { "Effect": "Deny", "Action": "apigateway:PUT", "Resource": "*",
          "Condition": { "StringEquals": { "aws:RequestTag/team": "others" } } },
    ] });
    let user = Plane::of_user(Arc::clone(&Plane::new().store), &document);
    for (team, is_allowed) in [("ours", true), ("others", false)] {
        let definition = json!({ "openapi": "3.0.1", "info": { "title": "a", "version": "1" }, "paths": {},
            "tags": [{ "name": "team", "x-amazon-apigateway-tag-value": team }] });
        let answer = user.call("PUT", "/v2/apis", json!({ "body": definition.to_string() })).await;
        assert_eq!(is_denied(&answer), !is_allowed, "{team}: {answer:?}");
    }
}
