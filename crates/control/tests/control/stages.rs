//! `Stage`.

use serde_json::json;
use stagegate_control::Quotas;

use crate::plane::{NOW_SECONDS, Plane, names, text};

#[tokio::test]
async fn a_stage_is_created_with_aws_defaults() {
    let plane = Plane::new();
    let (api, deployment) = plane.deployed_api().await;
    let answer = plane
        .call("POST", &format!("{api}/stages"), json!({ "stageName": "prod-1_a", "deploymentId": deployment }))
        .await;
    assert_eq!(answer.status, 201);
    let expected = json!({
        "deploymentId": deployment, "stageName": "prod-1_a", "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE", "methodSettings": {}, "tracingEnabled": false,
        "createdDate": NOW_SECONDS, "lastUpdatedDate": NOW_SECONDS,
    });
    assert_eq!(answer.ok(), expected);
    assert_eq!(plane.get(&format!("{api}/stages/prod-1_a")).await.ok(), expected);
}

#[tokio::test]
async fn every_member_that_is_given_is_kept() {
    let plane = Plane::new();
    let (api, deployment) = plane.deployed_api().await;
    let version = json!({ "documentationVersion": "1" });
    plane.call("POST", &format!("{api}/documentation/versions"), version).await.ok();
    let given = json!({
        "stageName": "dev", "deploymentId": deployment, "description": "d", "cacheClusterEnabled": true,
        "cacheClusterSize": "0.5", "variables": { "url": "http://a.example/?x=1" }, "documentationVersion": "1",
        "canarySettings": { "percentTraffic": 5.5, "deploymentId": deployment, "useStageCache": true,
            "stageVariableOverrides": { "url": "b" } },
        "tracingEnabled": true, "tags": { "k": "v" },
    });
    let stage = plane.call("POST", &format!("{api}/stages"), given.clone()).await.ok();
    for (member, value) in given.as_object().expect("members") {
        assert_eq!(&stage[member], value, "{member}");
    }
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let deployment = text(&plane.get(&stage).await.ok()["deploymentId"]);
    let with = |name: &str, member: &str, value: serde_json::Value| {
        let mut body = json!({ "stageName": name, "deploymentId": deployment });
        body[member] = value;
        body
    };
    let grammar = "Stage name only allows a-zA-Z0-9_- and at most 128 characters";
    let cases = [
        (json!({ "stageName": "dev", "deploymentId": deployment }), "ConflictException", "Stage already exists"),
        (json!({ "stageName": "a b", "deploymentId": deployment }), "BadRequestException", grammar),
        (json!({ "stageName": "x".repeat(129), "deploymentId": deployment }), "BadRequestException", grammar),
        (json!({ "stageName": "x", "deploymentId": "nosuch" }), "BadRequestException", "Deployment id does not exist"),
        (
            with("x", "canarySettings", json!({ "percentTraffic": 100.5 })),
            "BadRequestException",
            "Canary percentTraffic must be between 0.0 and 100.0",
        ),
        (
            with("x", "canarySettings", json!({ "deploymentId": "nosuch" })),
            "BadRequestException",
            "Deployment id does not exist",
        ),
    ];
    for (body, error_type, message) in cases {
        plane.call("POST", &format!("{api}/stages"), body).await.refused(error_type, message);
    }
    for variables in [json!({ "a-b": "x" }), json!({ "a": "b c" })] {
        let answer = plane.call("POST", &format!("{api}/stages"), with("x", "variables", variables)).await;
        assert_eq!(answer.status, 400);
    }
    let missing = plane.get(&format!("{api}/stages/nosuch")).await;
    missing.refused("NotFoundException", "Invalid stage identifier specified");
}

#[tokio::test]
async fn stages_are_listed_and_filtered_by_deployment() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let old = text(&plane.get(&stage).await.ok()["deploymentId"]);
    plane.call("POST", &format!("{api}/deployments"), json!({ "stageName": "prod" })).await.ok();
    assert_eq!(names(&plane.get(&format!("{api}/stages")).await.ok(), "stageName"), ["dev", "prod"]);
    let of_old = plane.get(&format!("{api}/stages?deploymentId={old}")).await.ok();
    assert_eq!(names(&of_old, "stageName"), ["dev"]);
}

#[tokio::test]
async fn one_method_setting_brings_aws_defaults_for_the_others() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let patched = plane.patch(&stage, &[("replace", "/*/*/caching/enabled", "true")]).await.ok();
    let expected = json!({
        "metricsEnabled": false, "loggingLevel": "OFF", "dataTraceEnabled": false, "throttlingBurstLimit": 5000,
        "throttlingRateLimit": 10000.0,
        "cachingEnabled": true, "cacheTtlInSeconds": 300, "cacheDataEncrypted": false,
        "requireAuthorizationForCacheControl": true,
        "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
    });
    assert_eq!(patched["methodSettings"], json!({ "*/*": expected }));
    let patched = plane.patch(&stage, &[("replace", "/~1pets~1{id}/GET/logging/loglevel", "INFO")]).await.ok();
    assert_eq!(patched["methodSettings"]["~1pets~1{id}/GET"]["loggingLevel"], "INFO");
    let removed = plane.patch(&stage, &[("remove", "/*/*", "")]).await.ok();
    assert_eq!(removed["methodSettings"].as_object().expect("a map").len(), 1);
    plane.patch(&stage, &[("remove", "/*/*", "")]).await.refused(
        "BadRequestException",
        "Cannot remove method setting */* because there is no method setting for this method ",
    );
    let unknown = plane.patch(&stage, &[("replace", "/*/*/caching/size", "1")]).await;
    unknown.refused("BadRequestException", "Invalid method setting path: /*/*/caching/size");
    let verb = plane.patch(&stage, &[("replace", "/~1pets/FETCH/metrics/enabled", "true")]).await;
    verb.refused("BadRequestException", "Invalid method setting path: /~1pets/FETCH/metrics/enabled");
    for (path, value) in
        [("caching/ttlInSeconds", "3601"), ("throttling/rateLimit", "NaN"), ("throttling/burstLimit", "-2")]
    {
        assert_eq!(plane.patch(&stage, &[("replace", &format!("/*/*/{path}"), value)]).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_canary_is_promoted_by_copying_and_then_removed() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let copy = |from: &str, path: &str| json!({ "patchOperations": [{ "op": "copy", "from": from, "path": path }] });
    let deployment = copy("/canarySettings/deploymentId", "/deploymentId");
    plane
        .call("PATCH", &stage, deployment.clone())
        .await
        .refused("BadRequestException", "Promotion not available. Canary does not exist.");
    plane.patch(&stage, &[("replace", "/variables/a", "1"), ("replace", "/variables/b", "2")]).await.ok();
    let canary = json!({ "stageName": "dev", "canarySettings": { "stageVariableOverrides": { "b": "3", "c": "4" } } });
    let canary = plane.call("POST", &format!("{api}/deployments"), canary).await.ok();
    let promoted = plane.call("PATCH", &stage, deployment).await.ok();
    assert_eq!(promoted["deploymentId"], canary["id"]);
    let variables = copy("/canarySettings/stageVariableOverrides", "/variables");
    let promoted = plane.call("PATCH", &stage, variables).await.ok();
    assert_eq!(promoted["variables"], json!({ "a": "1", "b": "3", "c": "4" }));
    let stopped = plane.patch(&stage, &[("replace", "/canarySettings/percentTraffic", "0.0")]).await.ok();
    assert_eq!(stopped["canarySettings"]["percentTraffic"], 0.0, "promotion leaves the canary there (fact N3)");
    let removed = plane.patch(&stage, &[("remove", "/canarySettings", "")]).await.ok();
    assert_eq!(removed.get("canarySettings"), None);
    let elsewhere = plane.call("PATCH", &stage, copy("/description", "/deploymentId")).await;
    assert_eq!(elsewhere.status, 400);
}

#[tokio::test]
async fn an_access_log_is_set_in_two_steps_and_removed_in_one() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:api";
    let operations = [
        ("replace", "/accessLogSettings/destinationArn", &*format!("{group}:*")),
        ("replace", "/accessLogSettings/format", "$context.requestId $context.status\n"),
    ];
    let patched = plane.patch(&stage, &operations).await.ok();
    let expected = json!({ "destinationArn": group, "format": "$context.requestId $context.status" });
    assert_eq!(patched["accessLogSettings"], expected);
    let bad = plane.patch(&stage, &[("replace", "/accessLogSettings/format", "$context.status")]).await;
    bad.refused(
        "BadRequestException",
        "Access log format must contain at least $context.requestId or $context.extendedRequestId",
    );
    let removed = plane.patch(&stage, &[("remove", "/accessLogSettings", "")]).await.ok();
    assert_eq!(removed.get("accessLogSettings"), None);
}

#[tokio::test]
async fn a_stage_cannot_point_at_nothing() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let lost = plane.patch(&stage, &[("replace", "/deploymentId", "nosuch")]).await;
    lost.refused("BadRequestException", "Deployment id does not exist");
}

#[tokio::test]
async fn the_number_of_stages_is_held_to_aws_quota_only_when_asked() {
    let quotas = Quotas { set: [("rest_stages_per_api_count".to_owned(), 1)].into(), aws: false };
    let plane = Plane::with_quotas(quotas);
    let (api, _) = plane.staged_api().await;
    let more = plane.call("POST", &format!("{api}/deployments"), json!({ "stageName": "prod" })).await;
    more.refused("LimitExceededException", "Maximum number of stages for this API has been reached.");
}
