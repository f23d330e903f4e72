//! Bodies that are not what an operation takes.

use serde_json::json;

use crate::plane::{Answer, Plane};

#[tokio::test]
async fn a_body_that_is_no_json_object_does_not_parse() {
    let plane = Plane::new();
    for body in ["{", "nonsense", "[]", "\"x\"", "{\"name\":"] {
        let answer = Answer::of(&plane.send("POST", "/restapis", body).await);
        assert_eq!((answer.status, answer.error_type.as_deref()), (400, Some("SerializationException")), "{body}");
    }
}

#[tokio::test]
async fn wrong_types_are_refused_in_aws_words() {
    let plane = Plane::new();
    let cases = [
        (json!({ "name": true }), "class java.lang.Boolean can not be converted to an String"),
        (json!({ "name": 1 }), "class java.lang.Integer can not be converted to an String"),
        (json!({ "name": "x", "tags": [] }), "class java.util.ArrayList can not be converted to an Map"),
        (json!({ "name": "x", "binaryMediaTypes": "a/b" }), "class java.lang.String can not be converted to an List"),
        (
            json!({ "name": "x", "disableExecuteApiEndpoint": "true" }),
            "class java.lang.String can not be converted to an Boolean",
        ),
        (
            json!({ "name": "x", "minimumCompressionSize": 1.5 }),
            "class java.lang.Double can not be converted to an Integer",
        ),
        (
            json!({ "name": "x", "endpointConfiguration": "EDGE" }),
            "class java.lang.String can not be converted to an structure",
        ),
    ];
    for (body, message) in cases {
        plane.call("POST", "/restapis", body).await.refused("SerializationException", message);
    }
}

#[tokio::test]
async fn broken_constraints_come_all_at_once() {
    let body =
        json!({ "apiKeySource": "COOKIE", "endpointConfiguration": { "types": ["EDG"], "ipAddressType": "ipv6" } });
    let (error_type, message) = Plane::new().call("POST", "/restapis", body).await.fault();
    assert_eq!(error_type, "ValidationException");
    assert!(message.starts_with("4 validation errors detected: "), "{message}");
    for part in [
        "Value null at 'createRestApiInput.name' failed to satisfy constraint: Member must not be null",
        "Value '[EDG]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: ",
        "Value 'ipv6' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy constraint: ",
        "Value 'COOKIE' at 'createRestApiInput.apiKeySource' failed to satisfy constraint: ",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn members_that_nobody_knows_are_ignored_and_null_is_absent() {
    let body = json!({ "name": "x", "description": null, "colour": { "deep": [1] } });
    let api = Plane::new().call("POST", "/restapis", body).await.ok();
    assert_eq!(api["name"], "x");
    assert_eq!(api.get("description"), None);
    assert_eq!(api.get("colour"), None);
}
