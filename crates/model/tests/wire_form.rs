//! Documents in AWS's wire form survive a round trip, and what AWS would not send is refused.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stagegate_model::rest::*;

fn round_trips<T: Serialize + DeserializeOwned>(document: &Value) {
    let noun: T = serde_json::from_value(document.clone()).expect("the document is in wire form");
    assert_eq!(&serde_json::to_value(&noun).expect("nouns serialise"), document);
}

#[test]
fn a_rest_api_with_every_member_round_trips() {
    round_trips::<RestApi>(&json!({
        "id": "a1b2c3d4e5", "name": "pets", "description": "d", "createdDate": 1_700_000_000, "version": "v1",
        "warnings": ["w"], "binaryMediaTypes": ["*/*"], "minimumCompressionSize": 0, "apiKeySource": "AUTHORIZER",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "dualstack", "vpcEndpointIds": ["vpce-1"]},
        "policy": "{}", "tags": {"k": "v"}, "disableExecuteApiEndpoint": true, "rootResourceId": "r0",
        "securityPolicy": "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09", "endpointAccessMode": "STRICT",
        "apiStatus": "AVAILABLE", "apiStatusMessage": "m"
    }));
}

#[test]
fn a_method_with_its_responses_and_integration_round_trips() {
    round_trips::<Method>(&json!({
        "httpMethod": "ANY", "authorizationType": "JWT", "authorizerId": "a", "apiKeyRequired": false,
        "requestValidatorId": "v", "operationName": "Any", "requestParameters": {"method.request.path.id": true},
        "requestModels": {"application/json": "Pet"},
        "methodResponses": {"200": {"statusCode": "200", "responseParameters": {"method.response.header.x": false},
                                    "responseModels": {"application/json": "Empty"}}},
        "methodIntegration": {
            "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://back.test/{id}", "connectionType": "VPC_LINK",
            "connectionId": "l", "credentials": "arn:aws:iam::*:user/*",
            "requestParameters": {"integration.request.path.id": "method.request.path.id"},
            "requestTemplates": {"application/json": "{}"}, "passthroughBehavior": "WHEN_NO_TEMPLATES",
            "contentHandling": "CONVERT_TO_TEXT", "timeoutInMillis": 29000, "cacheNamespace": "n",
            "cacheKeyParameters": ["method.request.path.id"],
            "integrationResponses": {"404": {"statusCode": "404", "selectionPattern": "4\\d\\d",
                "responseParameters": {"method.response.header.x": "'y'"}, "responseTemplates": {"text/plain": ""},
                "contentHandling": "CONVERT_TO_BINARY"}},
            "tlsConfig": {"insecureSkipVerification": true}, "responseTransferMode": "STREAM",
            "integrationTarget": "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"
        },
        "authorizationScopes": ["pets:read"]
    }));
}

#[test]
fn a_stage_with_every_member_round_trips() {
    round_trips::<Stage>(&json!({
        "deploymentId": "d", "clientCertificateId": "c", "stageName": "prod", "description": "d",
        "cacheClusterEnabled": true, "cacheClusterSize": "13.5", "cacheClusterStatus": "FLUSH_IN_PROGRESS",
        "methodSettings": {"*/*": {"metricsEnabled": true, "loggingLevel": "INFO", "dataTraceEnabled": false,
            "throttlingBurstLimit": 5000, "throttlingRateLimit": 10000.5, "cachingEnabled": true,
            "cacheTtlInSeconds": 300, "cacheDataEncrypted": false, "requireAuthorizationForCacheControl": true,
            "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER"}},
        "variables": {"host": "back.test"}, "documentationVersion": "1",
        "accessLogSettings": {"format": "$context.requestId", "destinationArn": "arn:aws:logs:us-east-1:0:log-group:g"},
        "canarySettings": {"percentTraffic": 12.5, "deploymentId": "e", "stageVariableOverrides": {"host": "b"},
                           "useStageCache": false},
        "tracingEnabled": false, "webAclArn": "arn:aws:wafv2:us-east-1:0:regional/webacl/w/1", "tags": {},
        "createdDate": 1, "lastUpdatedDate": 2
    }));
}

#[test]
fn the_other_nouns_round_trip() {
    round_trips::<Resource>(&json!({"id": "r", "parentId": "p", "pathPart": "{proxy+}", "path": "/{proxy+}",
                                    "resourceMethods": {"GET": {}, "ANY": {"httpMethod": "ANY"}}}));
    round_trips::<Deployment>(&json!({"id": "d", "description": "", "createdDate": 0,
        "apiSummary": {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": false}}}}));
    round_trips::<DeploymentRow>(&json!({"deployment": {"id": "d"}, "frozen": "00"}));
    round_trips::<Account>(&json!({"cloudwatchRoleArn": "arn", "features": ["UsagePlans"], "apiKeyVersion": "4",
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0}}));
}

#[test]
fn absent_members_stay_absent() {
    assert_eq!(serde_json::to_value(Method::default()).unwrap(), json!({}));
    assert_eq!(serde_json::to_value(Integration::new(IntegrationType::Mock)).unwrap(), json!({"type": "MOCK"}));
    let id_only = RestApi { id: "a".into(), ..RestApi::default() };
    assert_eq!(serde_json::to_value(id_only).unwrap(), json!({"id": "a"}));
}

#[test]
fn values_outside_a_closed_set_are_refused() {
    let cases = [
        json!({"httpMethod": "get"}),
        json!({"httpMethod": "TRACE"}),
        json!({"authorizationType": "OAUTH"}),
        json!({"methodResponses": {"600": {"statusCode": "600"}}}),
        json!({"methodResponses": {"200": {"statusCode": "20"}}}),
        json!({"methodResponses": {"200": {}}}),
        json!({"methodIntegration": {"type": "LAMBDA"}}),
        json!({"methodIntegration": {}}),
    ];
    for document in cases {
        assert!(serde_json::from_value::<Method>(document.clone()).is_err(), "{document}");
    }
}

#[test]
fn timestamps_drop_fractions_and_refuse_other_types() {
    let cases = [
        ("1700000000", Some(1_700_000_000)),
        ("1700000000.9", Some(1_700_000_000)),
        ("-0.5", Some(-1)),
        ("0", Some(0)),
        ("1e300", None),
        ("\"0\"", None),
        ("null", None),
    ];
    for (text, seconds) in cases {
        let parsed = serde_json::from_str::<Timestamp>(text).ok().map(Timestamp::epoch_seconds);
        assert_eq!(parsed, seconds, "{text}");
    }
}

#[test]
fn status_codes_are_three_digits_from_100_to_599() {
    for (text, valid) in [
        ("100", true),
        ("599", true),
        ("600", false),
        ("099", false),
        ("+20", false),
        ("", false),
        ("2000", false),
        ("٢٠٠", false),
    ] {
        assert_eq!(text.parse::<StatusCode>().is_ok(), valid, "{text}");
    }
}
