//! `Deployment`.

use serde_json::{Value, json};
use stagegate_model::rest::DeploymentRow;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_store::ListQuery;

use crate::plane::{NOW_SECONDS, Plane, names, text};

#[tokio::test]
async fn a_deployment_freezes_the_api_as_it_is() {
    let plane = Plane::new();
    let (api, method) = plane.mock_api().await;
    let answer = plane.call("POST", &format!("{api}/deployments"), json!({ "description": "first" })).await;
    assert_eq!(answer.status, 201);
    let deployment = answer.ok();
    assert_eq!((&deployment["description"], &deployment["createdDate"]), (&json!("first"), &json!(NOW_SECONDS)));
    plane.delete(&method).await.ok();
    let id = text(&deployment["id"]);
    let path = format!("{api}/deployments/{id}");
    assert_eq!(plane.get(&path).await.ok(), deployment);
    let with_summary = plane.get(&format!("{path}?embed=apisummary")).await.ok();
    let expected = json!({ "/": { "GET": { "authorizationType": "NONE", "apiKeyRequired": false } } });
    assert_eq!(with_summary["apiSummary"], expected, "the summary is of what was frozen");
}

#[tokio::test]
async fn equal_apis_share_one_frozen_document() {
    let plane = Plane::new();
    let (api, _) = plane.mock_api().await;
    for _ in 0..2 {
        plane.call("POST", &format!("{api}/deployments"), json!({})).await.ok();
    }
    let id = api.trim_start_matches("/restapis/");
    let prefix = format!("000000000000/us-east-1/restapis/{id}/deployments/");
    let rows = plane.store.list(ListQuery { prefix, after: None, limit: 10 }).await.expect("rows");
    let rows: Vec<DeploymentRow> = rows.iter().map(|row| serde_json::from_slice(&row.body).expect("a row")).collect();
    assert_eq!(rows[0].frozen, rows[1].frozen);
    let blob = plane.store.blob(&rows[0].frozen).await.expect("the store").expect("a blob");
    let frozen = FrozenApi::from_bytes(&blob).expect("frozen documents");
    assert_eq!((frozen.resources.len(), frozen.methods.len()), (1, 1));
}

impl Plane {
    /// The hashes of what an API's deployments froze, those that are still there.
    async fn frozen(&self, hashes: &[String]) -> Vec<bool> {
        let mut found = Vec::new();
        for hash in hashes {
            found.push(self.store.blob(hash).await.expect("the store").is_some());
        }
        found
    }

    /// Deploys an API, and answers the deployment's path and the hash of what it froze.
    async fn deployed(&self, api: &str) -> (String, String) {
        let id = text(&self.call("POST", &format!("{api}/deployments"), json!({})).await.ok()["id"]);
        let key = format!("000000000000/us-east-1{api}/deployments/{id}");
        let row = self.store.get(&key).await.expect("the store").expect("a row");
        let row: DeploymentRow = serde_json::from_slice(&row.body).expect("a deployment");
        (format!("{api}/deployments/{id}"), row.frozen)
    }
}

#[tokio::test]
async fn what_was_frozen_goes_with_its_last_deployment() {
    let plane = Plane::new();
    let (api, method) = plane.mock_api().await;
    let (first, old) = plane.deployed(&api).await;
    let (again, same) = plane.deployed(&api).await;
    assert_eq!(old, same, "nothing has changed in between");
    plane.patch(&method, &[("replace", "/apiKeyRequired", "true")]).await.ok();
    let (_, new) = plane.deployed(&api).await;
    let hashes = [old, new];
    assert_eq!(plane.delete(&first).await.status, 202);
    assert_eq!(plane.frozen(&hashes).await, [true, true], "another deployment froze the same");
    assert_eq!(plane.delete(&again).await.status, 202);
    assert_eq!(plane.frozen(&hashes).await, [false, true]);
    let (neighbour, _) = plane.mock_api().await;
    let (_, others) = plane.deployed(&neighbour).await;
    assert_eq!(plane.delete(&api).await.status, 202);
    assert_eq!(plane.frozen(&[hashes[1].clone(), others]).await, [false, true], "an API goes with all it froze");
}

#[tokio::test]
async fn an_api_that_cannot_be_served_is_not_deployed() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let deployments = format!("{api}/deployments");
    let empty = plane.call("POST", &deployments, json!({})).await;
    empty.refused("BadRequestException", "The REST API doesn't contain any methods");
    plane.call("PUT", &format!("{root}/methods/GET"), json!({ "authorizationType": "NONE" })).await.ok();
    let bare = plane.call("POST", &deployments, json!({})).await;
    bare.refused("BadRequestException", "No integration defined for method");
}

#[tokio::test]
async fn a_deployment_with_a_stage_name_makes_the_stage_and_later_moves_it() {
    let plane = Plane::new();
    let (api, _) = plane.mock_api().await;
    let deployments = format!("{api}/deployments");
    let first = json!({
        "stageName": "dev", "stageDescription": "for us", "variables": { "a": "1" }, "cacheClusterEnabled": true,
        "cacheClusterSize": "1.6", "tracingEnabled": true,
    });
    let first = plane.call("POST", &deployments, first).await.ok();
    let stage = plane.get(&format!("{api}/stages/dev")).await.ok();
    assert_eq!(stage["deploymentId"], first["id"]);
    assert_eq!((&stage["description"], &stage["variables"]), (&json!("for us"), &json!({ "a": "1" })));
    assert_eq!((&stage["cacheClusterSize"], &stage["cacheClusterStatus"]), (&json!("1.6"), &json!("AVAILABLE")));
    assert_eq!(stage["tracingEnabled"], true);
    let second = plane.call("POST", &deployments, json!({ "stageName": "dev" })).await.ok();
    let moved = plane.get(&format!("{api}/stages/dev")).await.ok();
    assert_eq!(moved["deploymentId"], second["id"]);
    assert_eq!(moved["variables"], json!({ "a": "1" }), "what the call does not mention stays");
}

#[tokio::test]
async fn a_canary_deployment_leaves_the_stage_where_it_is() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let deployments = format!("{api}/deployments");
    let canary = |name: Value| json!({ "stageName": name, "canarySettings": { "percentTraffic": 10.0 } });
    plane.call("POST", &deployments, canary(Value::Null)).await.refused(
        "BadRequestException",
        "Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. \
         Provided value is null",
    );
    assert_eq!(plane.call("POST", &deployments, canary(json!("nosuch"))).await.status, 400);
    let before = plane.get(&stage).await.ok();
    let deployed = plane.call("POST", &deployments, canary(json!("dev"))).await.ok();
    let after = plane.get(&stage).await.ok();
    assert_eq!(after["deploymentId"], before["deploymentId"]);
    let expected = json!({ "percentTraffic": 10.0, "deploymentId": deployed["id"], "useStageCache": false });
    assert_eq!(after["canarySettings"], expected);
    let plain = plane.call("POST", &deployments, json!({ "stageName": "dev" })).await;
    assert_eq!(plain.status, 400, "while a canary exists the stage takes canaries only");
}

#[tokio::test]
async fn a_deployment_in_use_cannot_be_deleted() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let id = text(&plane.get(&stage).await.ok()["deploymentId"]);
    let path = format!("{api}/deployments/{id}");
    let in_use = "Active stages pointing to this deployment must be moved or deleted";
    plane.delete(&path).await.refused("BadRequestException", in_use);
    assert_eq!(plane.delete(&stage).await.status, 202);
    assert_eq!(plane.delete(&path).await.status, 202);
    plane.get(&path).await.refused("NotFoundException", "Invalid Deployment identifier specified");
}

#[tokio::test]
async fn deployments_are_listed_page_by_page() {
    let plane = Plane::new();
    let (api, _) = plane.mock_api().await;
    let deployments = format!("{api}/deployments");
    for _ in 0..3 {
        plane.call("POST", &deployments, json!({})).await.ok();
    }
    let first = plane.get(&format!("{deployments}?limit=2")).await.ok();
    let second = plane.get(&format!("{deployments}?limit=2&position={}", text(&first["position"]))).await.ok();
    assert_eq!((names(&first, "id").len(), names(&second, "id").len()), (2, 1));
    assert_eq!(second.get("position"), None);
}
