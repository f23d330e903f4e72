//! VPC links: made, patched, tagged, deleted.

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_control::Quotas;
use tokio::task::JoinSet;

use crate::plane::{Plane, names, text};

const TARGET: &str = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/50dc6c495c0c9188";

fn link(name: &str) -> Value {
    json!({ "name": name, "targetArns": [TARGET], "tags": { "k": "v" } })
}

#[tokio::test]
async fn a_link_is_pending_and_then_available() {
    let plane = Plane::new();
    let answer = plane.call("POST", "/vpclinks", link("one")).await;
    assert_eq!(answer.status, 202);
    let made = answer.ok();
    assert_eq!(made["status"], "PENDING");
    let target = format!("/vpclinks/{}", text(&made["id"]));
    let found = plane.get(&target).await.ok();
    assert_eq!(found["status"], "AVAILABLE");
    assert_eq!(found["targetArns"], json!([TARGET]));
    let patched = plane.patch(&target, &[("replace", "/name", "two"), ("replace", "/description", "d")]).await.ok();
    assert_eq!((&patched["name"], &patched["description"]), (&json!("two"), &json!("d")));
    assert_eq!(names(&plane.get("/vpclinks").await.ok(), "name"), ["two"]);
    let tags = format!("/tags/arn:aws:apigateway:us-east-1::{target}");
    assert_eq!(plane.get(&tags).await.ok(), json!({ "tags": { "k": "v" } }));
    assert_eq!(plane.delete(&format!("{tags}?tagKeys=k")).await.status, 204);
    assert_eq!(plane.get(&target).await.ok().get("tags"), None);
    assert_eq!(plane.delete(&target).await.status, 202);
    plane.get(&target).await.refused("NotFoundException", "Invalid Vpc Link identifier specified");
    assert_eq!(plane.get(&tags).await.status, 404);
}

#[tokio::test]
async fn links_that_aws_refuses_are_refused() {
    let plane = Plane::new();
    let cases = [
        (json!({}), "2 validation errors detected"),
        (json!({ "name": " ", "targetArns": [TARGET] }), "The name must not be empty"),
        (json!({ "name": "n", "targetArns": [] }), "Exactly one target ARN"),
        (json!({ "name": "n", "targetArns": [TARGET, TARGET] }), "Exactly one target ARN"),
        (
            json!({ "name": "n", "targetArns": ["arn:aws:s3:::bucket"] }),
            "Invalid target ARN specified: arn:aws:s3:::bucket",
        ),
    ];
    for (given, words) in cases {
        let answer = plane.call("POST", "/vpclinks", given.clone()).await;
        assert_eq!(answer.status, 400, "{given}");
        let (_, message) = answer.fault();
        assert!(message.contains(words), "{given}: {message}");
    }
}

#[tokio::test]
async fn a_link_in_use_stays() {
    let plane = Plane::new();
    let id = text(&plane.call("POST", "/vpclinks", link("one")).await.ok()["id"]);
    let (_, method) = plane.mock_api().await;
    let given = json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://a.example",
        "connectionType": "VPC_LINK", "connectionId": id });
    plane.call("PUT", &format!("{method}/integration"), given).await.ok();
    let (error_type, message) = plane.delete(&format!("/vpclinks/{id}")).await.fault();
    assert_eq!(error_type, "BadRequestException");
    assert!(message.contains(&format!("Vpc link '{id}', is referenced in [GET:")), "{message}");
}

#[tokio::test]
async fn the_quota_of_links_holds_where_it_is_enforced() {
    let plane = Plane::with_quotas(Quotas { set: [("rest_vpc_links_count".to_owned(), 1)].into(), aws: false });
    plane.call("POST", "/vpclinks", link("one")).await.ok();
    let (error_type, _) = plane.call("POST", "/vpclinks", link("two")).await.fault();
    assert_eq!(error_type, "LimitExceededException");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_come_at_once_do_not_pass_the_quota_together() {
    let quotas = Quotas { set: [("rest_vpc_links_count".to_owned(), 5)].into(), aws: false };
    let plane = Arc::new(Plane::with_quotas(quotas));
    let mut callers = JoinSet::new();
    for index in 0..16 {
        let plane = Arc::clone(&plane);
        callers.spawn(async move { plane.call("POST", "/vpclinks", link(&index.to_string())).await.status });
    }
    let statuses = callers.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 202 | 409 | 429)), "{statuses:?}");
    assert_eq!(names(&plane.get("/vpclinks").await.ok(), "name").len(), 5);
}
