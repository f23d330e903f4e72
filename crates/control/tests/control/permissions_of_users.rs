//! What users may do: policies, over every operation and every kind of condition.

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_control::{Operation, operations};
use stagegate_store::memory::MemoryStore;

use crate::plane::{Answer, Plane, text};

const REGION: &str = "arn:aws:apigateway:us-east-1:";
const ANN: &str = "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: ";

fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

/// A user's call on an empty account.
async fn call(statements: &Value, verb: &str, target: &str, body: Value) -> Answer {
    Plane::of_user(Arc::new(MemoryStore::new()), &policy(statements)).call(verb, target, body).await
}

fn is_denied(answer: &Answer) -> bool {
    answer.error_type.as_deref() == Some("AccessDeniedException")
}

/// The actions and ARNs that an operation needs, for a path with the parameters' names in their places.
fn needs(operation: &Operation) -> Vec<(String, String)> {
    let path = operation.path.split('?').next().expect("a path").replace(['{', '}'], "");
    let account = if path.starts_with("/domainnameaccessassociations") { "000000000000" } else { "" };
    let mut needs = vec![(format!("apigateway:{}", operation.verb), format!("{REGION}{account}:{path}"))];
    let further = match operation.name {
        "CreateDomainNameAccessAssociation" => Some("CreateAccessAssociation"),
        "RejectDomainNameAccessAssociation" => Some("RejectAccessAssociation"),
        _ => None,
    };
    let domains = format!("{REGION}000000000000:/domainnames");
    needs.extend(further.map(|action| (format!("apigateway:{action}"), domains)));
    needs
}

#[tokio::test]
async fn every_operation_passes_with_exactly_its_actions_and_arns_and_with_none_less() {
    for operation in operations().iter().filter(|operation| operation.served()) {
        let verb = operation.verb.as_str();
        let target = operation.path.replace(['{', '}'], "");
        let needs = needs(operation);
        let statements = |left_out: Option<usize>| {
            let kept = needs.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
            let mut statements: Vec<Value> = kept.map(|(_, (action, arn))| allow(action, arn)).collect();
            statements.push(allow("apigateway:*", "arn:aws:apigateway:eu-west-1::/*"));
            statements.push(allow("execute-api:*", "*"));
            Value::from(statements)
        };
        let answer = call(&statements(None), verb, &target, Value::Null).await;
        assert!(!is_denied(&answer), "{}: {answer:?}", operation.name);
        for (index, (action, arn)) in needs.iter().enumerate() {
            let why = format!("because no identity-based policy allows the {action} action");
            let message = format!("{ANN}{action} on resource: {arn} {why}");
            let answer = call(&statements(Some(index)), verb, &target, Value::Null).await;
            assert_eq!(answer.status, 403, "{}", operation.name);
            answer.refused("AccessDeniedException", &message);
            let denied = json!([allow("*", "*"), { "Effect": "Deny", "Action": action, "Resource": arn }]);
            let why = "with an explicit deny in an identity-based policy";
            let answer = call(&denied, verb, &target, Value::Null).await;
            answer.refused("AccessDeniedException", &format!("{ANN}{action} on resource: {arn} {why}"));
        }
    }
}

#[tokio::test]
async fn wildcards_and_exclusions_choose_operations() {
    for (statement, verb, target, is_allowed) in [
        (allow("apigateway:*", "arn:aws:apigateway:*::/*"), "GET", "/restapis", true),
        (allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis*"), "GET", "/restapis", true),
        (allow("apigateway:get", "*"), "GET", "/restapis", true),
        (allow("apigateway:P*", "*"), "GET", "/restapis", false),
        (allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/*"), "GET", "/restapis", false),
        (
            allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/??????????"),
            "GET",
            "/restapis/abcdefghij",
            true,
        ),
        (
            allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/??????????"),
            "GET",
            "/restapis/a/stages",
            false,
        ),
        (
            allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/*/stages/dev"),
            "GET",
            "/restapis/a/stages/dev",
            true,
        ),
        (
            allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/*/stages/dev"),
            "GET",
            "/restapis/a/stages/prod",
            false,
        ),
        (json!({ "Effect": "Allow", "NotAction": "apigateway:DELETE", "Resource": "*" }), "GET", "/account", true),
        (
            json!({ "Effect": "Allow", "NotAction": "apigateway:DELETE", "Resource": "*" }),
            "DELETE",
            "/vpclinks/a",
            false,
        ),
        (
            json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:apigateway:*::/vpclinks/*" }),
            "DELETE",
            "/vpclinks/a",
            false,
        ),
        (
            json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:apigateway:*::/vpclinks/*" }),
            "DELETE",
            "/apikeys/a",
            true,
        ),
        (
            allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/usageplans/${aws:username}"),
            "GET",
            "/usageplans/ann",
            true,
        ),
        (
            allow("apigateway:GET", "arn:aws:apigateway:us-east-1::/usageplans/${aws:username}"),
            "GET",
            "/usageplans/bob",
            false,
        ),
    ] {
        let answer = call(&json!([statement]), verb, target, Value::Null).await;
        assert_eq!(!is_denied(&answer), is_allowed, "{statement} {verb} {target}: {answer:?}");
    }
}

#[tokio::test]
async fn global_keys_are_conditions() {
    for (operator, key, value, is_met) in [
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", true),
        ("IpAddress", "aws:SourceIp", "198.51.100.0/24", false),
        ("DateLessThan", "aws:CurrentTime", "2027-01-15T08:00:01Z", true),
        ("DateLessThan", "aws:CurrentTime", "2027-01-15T08:00:00Z", false),
        ("NumericEquals", "aws:EpochTime", "1800000000", true),
        ("StringEquals", "aws:username", "ann", true),
        ("StringEquals", "aws:username", "bob", false),
        ("StringLike", "aws:userid", "AIDA*", true),
        ("StringEquals", "aws:PrincipalType", "User", true),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::000000000000:user/ann", true),
        ("StringEquals", "aws:PrincipalAccount", "000000000000", true),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", true),
        ("Bool", "aws:SecureTransport", "true", false),
        ("Null", "aws:TokenIssueTime", "true", true),
    ] {
        let mut statement = allow("apigateway:GET", "*");
        statement["Condition"] = json!({ operator: { key: value } });
        let answer = call(&json!([statement]), "GET", "/restapis", Value::Null).await;
        assert_eq!(!is_denied(&answer), is_met, "{operator} {key} {value}");
    }
}

/// A store with an API that has the tag `team=red`, with a stage that has `team=blue`, and other tagged nouns; and the paths
/// of all of them.
async fn tagged() -> (Arc<MemoryStore>, Vec<String>) {
    let store = Arc::new(MemoryStore::new());
    let root = Plane::over(store.clone(), stagegate_control::Quotas::default());
    let (api, _) = root.mock_api().await;
    let tags = |plain: &Value| {
        let mut body = plain.clone();
        body["tags"] = json!({ "Team": "red", "cost": "1" });
        body
    };
    let arn = format!("{REGION}:{api}");
    root.call("PUT", &format!("/tags/{arn}"), tags(&json!({}))).await.ok();
    let deployment = root.call("POST", &format!("{api}/deployments"), json!({})).await.ok();
    let stage = json!({ "stageName": "dev", "deploymentId": deployment["id"], "tags": { "team": "blue" } });
    root.call("POST", &format!("{api}/stages"), stage).await.ok();
    let mut paths =
        vec![api.clone(), format!("{api}/stages"), format!("{api}/resources"), format!("{api}/deployments")];
    for (collection, body) in [("/apikeys", json!({ "name": "k" })), ("/usageplans", json!({ "name": "p" }))] {
        let made = root.call("POST", collection, tags(&body)).await.ok();
        paths.push(format!("{collection}/{}", text(&made["id"])));
    }
    let made = root.call("POST", "/clientcertificates", tags(&json!({}))).await.ok();
    paths.push(format!("/clientcertificates/{}", text(&made["clientCertificateId"])));
    let domain =
        json!({ "domainName": "a.example.com", "certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x" });
    root.call("POST", "/domainnames", tags(&domain)).await.ok();
    paths.extend(["/domainnames/a.example.com".to_owned(), "/domainnames/a.example.com/basepathmappings".to_owned()]);
    paths.push(format!("/tags/{arn}"));
    (store, paths)
}

#[tokio::test]
async fn tags_of_a_resource_count_for_it_and_for_what_is_below() {
    let (store, paths) = tagged().await;
    let when = |key: &str, value: &str| {
        let mut statement = allow("apigateway:GET", "*");
        statement["Condition"] = json!({ "StringEquals": { format!("aws:ResourceTag/{key}"): value } });
        Plane::of_user(store.clone(), &policy(&json!([statement])))
    };
    for path in &paths {
        assert!(!is_denied(&when("team", "red").get(path).await), "{path}");
        assert!(is_denied(&when("team", "blue").get(path).await), "{path}");
        assert!(is_denied(&when("other", "red").get(path).await), "{path}");
    }
    let stage = format!("{}/stages/dev", paths[0]);
    for path in [stage.clone(), format!("/tags/{REGION}:{stage}")] {
        assert!(!is_denied(&when("team", "blue").get(&path).await), "a stage's own tag comes first: {path}");
        assert!(is_denied(&when("team", "red").get(&path).await), "{path}");
        assert!(!is_denied(&when("cost", "1").get(&path).await), "and it inherits the others: {path}");
    }
    for path in ["/restapis", "/apikeys", "/account", "/restapis/none", "/usageplans/none"] {
        assert!(is_denied(&when("team", "red").get(path).await), "{path}");
    }
}

#[tokio::test]
async fn tags_of_a_request_are_conditions_and_who_may_not_tag_may_not_create_with_tags() {
    let stages = json!([
        allow("apigateway:*", "*"),
        { "Effect": "Deny", "Action": "apigateway:POST", "Resource": "arn:aws:apigateway:*::/apikeys",
          "Condition": { "StringNotEquals": { "aws:RequestTag/stage": ["beta", "prod"] } } },
        { "Effect": "Deny", "Action": "apigateway:*", "Resource": "arn:aws:apigateway:*::/tags/*",
          "Condition": { "ForAnyValue:StringEquals": { "aws:TagKeys": "owner" } } }
    ]);
    let arn = format!("/tags/{REGION}:/apikeys/none");
    for (verb, target, body, is_allowed) in [
        ("POST", "/apikeys", json!({ "tags": { "stage": "beta" } }), true),
        ("POST", "/apikeys", json!({ "tags": { "stage": "alpha" } }), false),
        ("POST", "/apikeys", json!({}), false),
        ("POST", "/apikeys", json!({ "tags": { "stage": "beta", "owner": "x" } }), false),
        ("PUT", &arn, json!({ "tags": { "owner": "x" } }), false),
        ("PUT", &arn, json!({ "tags": { "other": "x" } }), true),
        ("DELETE", &format!("{arn}?tagKeys=owner"), Value::Null, false),
        ("DELETE", &format!("{arn}?tagKeys=other"), Value::Null, true),
    ] {
        let answer = call(&stages, verb, target, body.clone()).await;
        assert_eq!(!is_denied(&answer), is_allowed, "{verb} {target} {body}: {answer:?}");
    }
    let untagged = json!([
        allow("apigateway:*", "*"),
        { "Effect": "Deny", "Action": "apigateway:*", "Resource": "arn:aws:apigateway:*::/tags*" }
    ]);
    assert_eq!(call(&untagged, "POST", "/restapis", json!({ "name": "n" })).await.status, 201);
    assert!(is_denied(&call(&untagged, "POST", "/restapis", json!({ "name": "n", "tags": { "a": "b" } })).await));
}
