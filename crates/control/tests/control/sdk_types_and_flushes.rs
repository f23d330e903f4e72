//! SDK types, and the flushes of caches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use stagegate_control::DataPlane;

use crate::plane::{Plane, names, text};

#[tokio::test]
async fn the_six_types_say_what_they_want_to_know() {
    let plane = Plane::new();
    let list = plane.get("/sdktypes").await.ok();
    let expected = ["android", "java", "javascript", "objectivec", "ruby", "swift"];
    assert_eq!(names(&list, "id"), expected);
    let required = [
        ("android", vec!["groupId", "artifactId", "artifactVersion", "invokerPackage"]),
        ("java", vec!["serviceName", "javaPackageName"]),
        ("javascript", vec![]),
        ("objectivec", vec!["classPrefix"]),
        ("ruby", vec!["service.name"]),
        ("swift", vec!["classPrefix"]),
    ];
    for (id, properties) in required {
        let kind = plane.get(&format!("/sdktypes/{id}")).await.ok();
        assert!(list["item"].as_array().expect("a list").contains(&kind), "{id}");
        let all = kind["configurationProperties"].as_array().expect("a list");
        let needed: Vec<_> = all.iter().filter(|one| one["required"] == json!(true)).map(|one| &one["name"]).collect();
        assert_eq!(needed, properties, "{id}");
    }
    plane.get("/sdktypes/cobol").await.refused("NotFoundException", "Invalid SdkType identifier specified");
    assert_eq!(names(&plane.get("/sdktypes?limit=2").await.ok(), "id"), ["android", "java"]);
}

#[tokio::test]
async fn a_flush_needs_a_stage() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    for cache in ["data", "authorizers"] {
        assert_eq!(plane.delete(&format!("{stage}/cache/{cache}")).await.status, 202);
        let missing = plane.delete(&format!("{api}/stages/nosuch/cache/{cache}")).await;
        missing.refused("NotFoundException", "Invalid stage identifier specified");
    }
}

impl Plane {
    /// The revisions at which a stage's decisions and its answers were last flushed.
    async fn flushed(&self, stage: &str) -> [Option<u64>; 2] {
        let (api, stage) = stage.split_once("/stages/").expect("a stage's path");
        let mut found = [None, None];
        for (found, of) in found.iter_mut().zip(["authorizerflushes", "cacheflushes"]) {
            let row = self.store.get(&format!("000000000000/us-east-1{api}/{of}/{stage}")).await.expect("the store");
            *found = row.map(|row| row.revision.0);
        }
        found
    }
}

#[tokio::test]
async fn fact_c7_each_cluster_is_a_life_of_its_own() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let set = async |path: &str, value: &str| {
        let operations = json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] });
        plane.call("PATCH", &stage, operations).await.ok();
        plane.flushed(&stage).await
    };
    let [decisions, answers] = plane.flushed(&stage).await;
    assert!(decisions.is_some() && answers.is_none(), "a stage without a cache");
    let mut lives = vec![None];
    for (path, value, is_new) in [
        ("/cacheClusterEnabled", "true", true),
        ("/cacheClusterEnabled", "true", false),
        ("/variables/a", "b", false),
        ("/cacheClusterSize", "1.6", true),
        ("/cacheClusterSize", "0.5", true),
        ("/cacheClusterEnabled", "false", false),
        ("/cacheClusterSize", "6.1", false),
        ("/cacheClusterEnabled", "true", true),
    ] {
        let [same, life] = set(path, value).await;
        assert_eq!((same, !lives.contains(&life)), (decisions, is_new), "{path} {value}");
        lives.push(life);
    }
}

#[tokio::test]
async fn a_stage_that_is_made_again_inherits_nothing() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let made = json!({
        "stageName": text(&plane.get(&stage).await.ok()["stageName"]), "cacheClusterEnabled": true,
        "deploymentId": plane.get(&stage).await.ok()["deploymentId"],
    });
    let mut before = plane.flushed(&stage).await;
    for path in ["stages", "deployments", "stages"] {
        plane.delete(&stage).await.ok();
        assert_eq!(plane.flushed(&stage).await, [None, None]);
        let mut made = made.clone();
        if path == "deployments" {
            made.as_object_mut().expect("members").remove("deploymentId");
        }
        plane.call("POST", &format!("{api}/{path}"), made).await.ok();
        let after = plane.flushed(&stage).await;
        assert!(after.iter().zip(&before).all(|(after, before)| after > before), "{before:?} {after:?}");
        before = after;
    }
}

/// A data plane that has followed the store up to a revision.
struct Following(AtomicU64);

impl DataPlane for Following {
    fn serves(&self, revision: u64) -> bool {
        self.0.load(Ordering::Relaxed) >= revision
    }
}

#[tokio::test]
async fn fact_c7_the_status_walks_for_as_long_as_the_data_plane_takes() {
    let following = Arc::new(Following(AtomicU64::new(u64::MAX)));
    let plane = Plane::before(Arc::<Following>::clone(&following));
    let (api, stage) = plane.staged_api().await;
    let status = async || {
        let one = text(&plane.get(&stage).await.ok()["cacheClusterStatus"]);
        let all = plane.get(&format!("{api}/stages")).await.ok();
        assert_eq!(text(&all["item"][0]["cacheClusterStatus"]), one);
        one
    };
    let update = async |path: &str, value: &str| {
        let operations = json!({ "patchOperations": [{ "op": "replace", "path": path, "value": value }] });
        text(&plane.call("PATCH", &stage, operations).await.ok()["cacheClusterStatus"])
    };
    for (path, value, during, then) in [
        ("/cacheClusterEnabled", "true", "CREATE_IN_PROGRESS", "AVAILABLE"),
        ("/cacheClusterSize", "1.6", "CREATE_IN_PROGRESS", "AVAILABLE"),
        ("flush", "", "FLUSH_IN_PROGRESS", "AVAILABLE"),
        ("/cacheClusterEnabled", "false", "DELETE_IN_PROGRESS", "NOT_AVAILABLE"),
    ] {
        following.0.store(plane.store.revision().await.expect("the store").0, Ordering::Relaxed);
        if path == "flush" {
            plane.delete(&format!("{stage}/cache/data")).await.ok();
        } else {
            assert_eq!(update(path, value).await, during);
        }
        assert_eq!(status().await, during, "{path}");
        assert_eq!(update("/description", "meanwhile").await, during, "{path}");
        assert_eq!(status().await, during, "{path}");
        following.0.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(status().await, then, "{path}");
    }
}
