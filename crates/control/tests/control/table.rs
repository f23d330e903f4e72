//! The operation table: every operation of AWS is in it, and answers as its row says.

use std::collections::BTreeSet;

use serde_json::Value;
use stagegate_control::operations;

use crate::plane::Plane;

#[test]
fn the_table_has_all_operations_of_the_service_once() {
    let names: BTreeSet<&str> = operations().iter().map(|operation| operation.name).collect();
    assert_eq!(names.len(), 124);
    assert_eq!(operations().len(), 124);
    let served = operations().iter().filter(|operation| operation.served()).count();
    assert!(served >= 43, "{served} are served, and fewer than before");
}

#[tokio::test]
async fn an_operation_that_is_not_served_says_its_name() {
    let plane = Plane::new();
    for operation in operations().iter().filter(|operation| !operation.served()) {
        let target = operation.path.replace(['{', '}'], "");
        let answer = plane.call(operation.verb.as_str(), &target, Value::Null).await;
        assert_eq!(answer.status, 501, "{}", operation.name);
        let (error_type, message) = answer.fault();
        assert_eq!(error_type, "UnknownOperationException");
        assert!(message.contains(&format!("operation {} is not served", operation.name)), "{message}");
    }
}

/// Operations that find or make what they are about in an empty account.
const NEEDS_NOTHING: &[&str] = &[
    "CreateApiKey",
    "GenerateClientCertificate",
    "GetAccount",
    "GetApiKeys",
    "GetClientCertificates",
    "GetDomainNameAccessAssociations",
    "GetDomainNames",
    "GetRestApis",
    "GetSdkTypes",
    "GetUsagePlans",
    "GetVpcLinks",
    "UpdateAccount",
];

#[tokio::test]
async fn a_served_operation_on_nothing_is_refused_for_what_is_missing() {
    let plane = Plane::new();
    for operation in operations().iter().filter(|operation| operation.served()) {
        let target = operation.path.replace(['{', '}'], "");
        let answer = plane.call(operation.verb.as_str(), &target, Value::Null).await;
        if NEEDS_NOTHING.contains(&operation.name) {
            assert_eq!(answer.status, operation.status, "{}", operation.name);
        } else {
            assert!(matches!(answer.status, 400 | 404), "{}: {answer:?}", operation.name);
        }
    }
}

#[tokio::test]
async fn an_operation_of_version_two_that_is_not_served_is_named() {
    let (error_type, message) = Plane::new().call("POST", "/v2/portals", Value::Null).await.fault();
    assert_eq!(error_type, "UnknownOperationException");
    assert!(message.contains("operation CreatePortal"), "{message}");
}

#[tokio::test]
async fn a_path_outside_the_table_is_forbidden_as_on_aws() {
    let plane = Plane::new();
    for (verb, target) in
        [("GET", "/nowhere"), ("PUT", "/account"), ("GET", "/"), ("POST", "/restapis/a/b"), ("GET", "/v2/a")]
    {
        let answer = plane.call(verb, target, Value::Null).await;
        assert_eq!(answer.status, 403, "{verb} {target}");
        answer.refused("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
}
