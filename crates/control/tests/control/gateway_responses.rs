//! `GatewayResponse`: 21 types, set or generated (fact 24).

use serde_json::{Value, json};

use crate::plane::{Plane, names};

const STOCK: &str = "{\"message\":$context.error.messageString}";

#[tokio::test]
async fn every_type_answers_as_aws_documents_until_it_is_set() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let all = plane.get(&format!("{api}/gatewayresponses")).await.ok();
    assert_eq!(names(&all, "responseType").len(), 21);
    assert!(all.get("position").is_none());
    let cases = [
        ("ACCESS_DENIED", json!("403")),
        ("THROTTLED", json!("429")),
        ("INTEGRATION_TIMEOUT", json!("504")),
        ("AUTHORIZER_FAILURE", json!("500")),
        ("REQUEST_TOO_LARGE", json!("413")),
        ("DEFAULT_4XX", Value::Null),
        ("DEFAULT_5XX", Value::Null),
    ];
    for (kind, status) in cases {
        let one = plane.get(&format!("{api}/gatewayresponses/{kind}")).await.ok();
        assert_eq!(one["statusCode"], status, "{kind}");
        assert_eq!(one["defaultResponse"], true);
        assert_eq!(one["responseParameters"], json!({}));
        assert_eq!(one["responseTemplates"], json!({ "application/json": STOCK }));
        let message = "Gateway response type not defined on api";
        plane.delete(&format!("{api}/gatewayresponses/{kind}")).await.refused("NotFoundException", message);
    }
}

#[tokio::test]
async fn a_family_shows_on_its_unset_types_and_on_no_other() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let at = |kind: &str| format!("{api}/gatewayresponses/{kind}");
    let own = json!({ "responseParameters": { "gatewayresponse.header.A": "'own'" } });
    let set = plane.call("PUT", &at("AUTHORIZER_FAILURE"), own).await;
    assert_eq!(set.status, 201);
    let family = json!({ "statusCode": "599", "responseParameters": { "gatewayresponse.header.B": "'all'" },
        "responseTemplates": { "text/plain": "oops" } });
    plane.call("PUT", &at("DEFAULT_5XX"), family).await.ok();
    let inherits = plane.get(&at("INTEGRATION_FAILURE")).await.ok();
    assert_eq!((&inherits["statusCode"], &inherits["defaultResponse"]), (&json!("599"), &json!(true)));
    assert_eq!(inherits["responseTemplates"], json!({ "text/plain": "oops" }));
    let owns = plane.get(&at("AUTHORIZER_FAILURE")).await.ok();
    assert_eq!((&owns["statusCode"], &owns["defaultResponse"]), (&json!("500"), &json!(false)));
    assert_eq!(owns["responseParameters"], json!({ "gatewayresponse.header.A": "'own'" }));
    assert_eq!(owns["responseTemplates"], json!({ "application/json": STOCK }));
    assert_eq!(plane.get(&at("THROTTLED")).await.ok()["statusCode"], "429", "another family");
    assert_eq!(plane.delete(&at("DEFAULT_5XX")).await.status, 202);
    assert_eq!(plane.get(&at("INTEGRATION_FAILURE")).await.ok()["statusCode"], "504");
}

#[tokio::test]
async fn a_patch_sets_a_generated_answer() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let target = format!("{api}/gatewayresponses/UNAUTHORIZED");
    let given = [("replace", "/statusCode", "418"), ("add", "/responseParameters/gatewayresponse.header.A", "'x'")];
    let patched = plane.patch(&target, &given).await.ok();
    assert_eq!((&patched["statusCode"], &patched["defaultResponse"]), (&json!("418"), &json!(false)));
    let given = [("remove", "/responseParameters/gatewayresponse.header.A", "")];
    assert_eq!(plane.patch(&target, &given).await.ok()["responseParameters"], json!({}));
    assert_eq!(plane.patch(&target, &[("replace", "/statusCode", "42")]).await.status, 400);
}

#[tokio::test]
async fn what_no_gateway_response_takes_is_refused() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let at = |kind: &str| format!("{api}/gatewayresponses/{kind}");
    let (error_type, message) = plane.call("PUT", &at("TEAPOT"), json!({})).await.fault();
    assert_eq!(error_type, "ValidationException");
    assert!(message.contains("Value 'TEAPOT' at 'putGatewayResponseInput.responseType'"), "{message}");
    let cases = [
        (json!({ "statusCode": "42" }), "'putGatewayResponseInput.statusCode'"),
        (json!({ "responseParameters": { "method.response.header.A": "'x'" } }), "method.response.header.A"),
        (json!({ "responseParameters": { "gatewayresponse.header.A": "integration.response.body" } }), "integration."),
    ];
    for (given, part) in cases {
        let (_, message) = plane.call("PUT", &at("THROTTLED"), given).await.fault();
        assert!(message.contains(part), "{message}");
    }
    let sources = json!({ "gatewayresponse.header.A": "method.request.header.B",
        "gatewayresponse.header.C": "context.requestId", "gatewayresponse.header.D": "stageVariables.d" });
    plane.call("PUT", &at("THROTTLED"), json!({ "responseParameters": sources })).await.ok();
}
