//! `Account`, and the tags of APIs and stages.

use serde_json::{Value, json};

use crate::plane::{ACCOUNT, Plane};

#[tokio::test]
async fn the_account_is_there_before_anybody_made_it() {
    let plane = Plane::new();
    let expected = json!({
        "throttleSettings": { "burstLimit": 5000, "rateLimit": 10000.0 }, "features": ["UsagePlans"], "apiKeyVersion": "4",
    });
    assert_eq!(plane.get("/account").await.ok(), expected);
    let role = "arn:aws:iam::000000000000:role/logs";
    let patched = plane.patch("/account", &[("replace", "/cloudwatchRoleArn", role)]).await.ok();
    assert_eq!(patched["cloudwatchRoleArn"], role);
    assert_eq!(plane.get("/account").await.ok(), patched);
    let bad = plane.patch("/account", &[("replace", "/cloudwatchRoleArn", "role")]).await;
    bad.refused("BadRequestException", "Invalid ARN specified in the request");
}

#[tokio::test]
async fn tags_of_apis_and_stages_are_set_read_and_taken() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    for noun in [&api, &stage] {
        let arn = format!("arn:aws:apigateway:us-east-1::{noun}");
        let target = format!("/tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
        let answer = plane.call("PUT", &target, json!({ "tags": { "a": "1", "b": "2" } })).await;
        assert_eq!((answer.status, answer.body), (204, Value::Null));
        plane.call("PUT", &target, json!({ "tags": { "b": "3", "c": "" } })).await.ok();
        assert_eq!(plane.get(&target).await.ok(), json!({ "tags": { "a": "1", "b": "3", "c": "" } }));
        assert_eq!(plane.delete(&format!("{target}?tagKeys=a&tagKeys=c")).await.status, 204);
        assert_eq!(plane.get(&target).await.ok(), json!({ "tags": { "b": "3" } }));
        assert_eq!(plane.get(noun).await.ok()["tags"], json!({ "b": "3" }));
    }
}

#[tokio::test]
async fn tags_that_aws_refuses_are_refused() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let target = format!("/tags/arn:aws:apigateway:us-east-1::{api}");
    let many: Value = (0..51).map(|index| (format!("k{index}"), json!("v"))).collect::<serde_json::Map<_, _>>().into();
    for tags in [json!({ "aws:x": "y" }), json!({ "": "y" }), json!({ "k": "v".repeat(257) }), many] {
        let answer = plane.call("PUT", &target, json!({ "tags": tags })).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    assert_eq!(plane.get(&target).await.ok(), json!({ "tags": {} }));
}

#[tokio::test]
async fn arns_of_nothing_are_refused() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let missing = plane.get("/tags/arn:aws:apigateway:us-east-1::/restapis/nosuchapi0").await;
    missing.refused("NotFoundException", &format!("Invalid API identifier specified {ACCOUNT}:nosuchapi0"));
    let stage = plane.get(&format!("/tags/arn:aws:apigateway:us-east-1::{api}/stages/nosuch")).await;
    stage.refused("NotFoundException", "Invalid stage identifier specified");
    for arn in ["x", "arn:aws:s3:::bucket", &format!("arn:aws:apigateway:eu-west-1::{api}")] {
        let (error_type, _) = plane.get(&format!("/tags/{arn}")).await.fault();
        assert_eq!(error_type, "BadRequestException", "{arn}");
    }
}
