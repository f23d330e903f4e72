//! SDK types, and the flushes of caches.

use serde_json::json;

use crate::plane::{Plane, names};

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
