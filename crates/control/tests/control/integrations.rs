//! `Integration` and `IntegrationResponse`.

use serde_json::{Value, json};
use stagegate_control::Quotas;

use crate::plane::Plane;

/// A method with declared parameters; answers the path of its integration.
async fn method(plane: &Plane) -> String {
    let (_, root) = plane.api().await;
    let method = format!("{root}/methods/GET");
    let parameters = json!({ "method.request.path.id": true, "method.request.header.X-A": false });
    plane.call("PUT", &method, json!({ "authorizationType": "NONE", "requestParameters": parameters })).await.ok();
    format!("{method}/integration")
}

#[tokio::test]
async fn an_integration_is_filled_in_as_on_aws() {
    let plane = Plane::new();
    let integration = method(&plane).await;
    let resource_id = integration.split('/').nth(4).expect("a resource id").to_owned();
    let given = json!({ "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://a.example/{id}" });
    let answer = plane.call("PUT", &integration, given).await;
    assert_eq!(answer.status, 201);
    let expected = json!({
        "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://a.example/{id}", "connectionType": "INTERNET",
        "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": resource_id,
        "cacheKeyParameters": [],
    });
    assert_eq!(answer.ok(), expected);
    assert_eq!(plane.get(&integration).await.ok(), expected);
    assert_eq!(plane.delete(&integration).await.status, 204);
    plane.get(&integration).await.refused("NotFoundException", "Invalid Integration identifier specified");
}

#[tokio::test]
async fn every_member_that_is_given_is_kept() {
    let plane = Plane::new();
    let integration = method(&plane).await;
    let given = json!({
        "type": "HTTP", "httpMethod": "POST", "uri": "https://${stageVariables.host}/x",
        "connectionType": "VPC_LINK", "connectionId": "link1", "credentials": "arn:aws:iam::000000000000:role/r",
        "requestParameters": { "integration.request.header.X-To": "method.request.header.X-A" },
        "requestTemplates": { "application/json": "{}" }, "passthroughBehavior": "NEVER",
        "contentHandling": "CONVERT_TO_TEXT", "timeoutInMillis": 60000, "cacheNamespace": "shared",
        "cacheKeyParameters": ["method.request.path.id"], "tlsConfig": { "insecureSkipVerification": true },
        "responseTransferMode": "BUFFERED", "integrationTarget": "arn:aws:elasticloadbalancing:x",
    });
    assert_eq!(plane.call("PUT", &integration, given.clone()).await.ok(), given);
}

#[tokio::test]
async fn an_empty_template_is_null_on_the_wire_both_ways() {
    let plane = Plane::new();
    let integration = method(&plane).await;
    for empty in [json!(""), Value::Null] {
        let given = json!({ "type": "MOCK", "requestTemplates": { "application/json": empty } });
        let made = plane.call("PUT", &integration, given).await.ok();
        assert_eq!(made["requestTemplates"], json!({ "application/json": null }));
        let method = plane.get(integration.trim_end_matches("/integration")).await.ok();
        assert_eq!(method["methodIntegration"], made);
    }
}

#[tokio::test]
async fn a_mock_has_neither_uri_nor_verb() {
    let plane = Plane::new();
    let integration = method(&plane).await;
    let given = json!({ "type": "MOCK", "uri": "http://a.example", "httpMethod": "GET" });
    let made = plane.call("PUT", &integration, given).await.ok();
    assert_eq!((made.get("uri"), made.get("httpMethod")), (None, None));
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let plane = Plane::new();
    let integration = method(&plane).await;
    let http = |member: &str, value: Value| {
        let mut body = json!({ "type": "HTTP", "httpMethod": "GET", "uri": "http://a.example" });
        body[member] = value;
        body
    };
    let cases = [
        (http("uri", json!("a.example")), "Invalid HTTP endpoint specified for URI"),
        (http("httpMethod", Value::Null), "Enumeration value for HttpMethod must be non-empty"),
        (http("timeoutInMillis", json!(49)), "Timeout should be at least 50 ms"),
        (http("credentials", json!("me")), "Invalid ARN specified in the request"),
        (
            http("connectionType", json!("VPC_LINK")),
            "A connection ID must be specified for connections of type VPC_LINK",
        ),
        (
            http("responseTransferMode", json!("STREAM")),
            "Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations",
        ),
        (
            http("requestParameters", json!({ "integration.request.path.p": "method.request.path.proxy" })),
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression \
             parameter specified: method.request.path.proxy]",
        ),
        (
            http("cacheKeyParameters", json!(["method.request.querystring.q"])),
            "Invalid cache key parameter specified: method.request.querystring.q",
        ),
        (json!({ "type": "AWS", "httpMethod": "POST", "uri": "x" }), "Invalid ARN specified in the request"),
    ];
    for (body, message) in cases {
        plane.call("PUT", &integration, body).await.refused("BadRequestException", message);
    }
    let (error_type, message) = plane.call("PUT", &integration, json!({ "type": "FTP" })).await.fault();
    assert_eq!(error_type, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value 'FTP' at 'putIntegrationInput.type' failed to satisfy constraint: Member must \
         satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]"
    );
    plane.get(&integration).await.refused("NotFoundException", "Invalid Integration identifier specified");
}

#[tokio::test]
async fn the_timeout_has_aws_ceiling_only_under_aws_quotas() {
    let plane = Plane::with_quotas(Quotas { aws: true, ..Quotas::default() });
    let integration = method(&plane).await;
    let slow = json!({ "type": "MOCK", "timeoutInMillis": 29001 });
    let answer = plane.call("PUT", &integration, slow).await;
    answer.refused("BadRequestException", "Timeout should be between 50 ms and 29000 ms");
}

#[tokio::test]
async fn integration_responses_map_to_declared_method_responses() {
    let plane = Plane::new();
    let integration = method(&plane).await;
    let response = format!("{integration}/responses/200");
    let declared = format!("{}/responses/200", integration.trim_end_matches("/integration"));
    plane
        .call("PUT", &response, json!({}))
        .await
        .refused("NotFoundException", "Invalid Integration identifier specified");
    plane.call("PUT", &integration, json!({ "type": "MOCK" })).await.ok();
    plane
        .call("PUT", &response, json!({}))
        .await
        .refused("NotFoundException", "Invalid Response status code specified");
    plane.call("PUT", &declared, json!({ "responseParameters": { "method.response.header.X-A": false } })).await.ok();
    let undeclared = json!({ "responseParameters": { "method.response.header.X-B": "'x'" } });
    plane.call("PUT", &response, undeclared).await.refused(
        "BadRequestException",
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression \
         parameter specified: method.response.header.X-B]",
    );
    let given = json!({
        "statusCode": "200", "selectionPattern": "2\\d\\d", "contentHandling": "CONVERT_TO_BINARY",
        "responseParameters": { "method.response.header.X-A": "integration.response.header.Y" },
        "responseTemplates": { "application/json": "{}" },
    });
    assert_eq!(plane.call("PUT", &response, given.clone()).await.ok(), given);
    assert_eq!(plane.get(&response).await.ok(), given);
    assert_eq!(plane.get(&integration).await.ok()["integrationResponses"]["200"], given);
    assert_eq!(plane.delete(&response).await.status, 204);
    plane.get(&response).await.refused("NotFoundException", "Invalid Response status code specified");
}
