//! Documentation parts and versions: made, filtered, imported, published.

use serde_json::{Value, json};

use crate::plane::{NOW_SECONDS, Plane, names, text};

const API_TEXT: &str = r#"{"description":"pets"}"#;

async fn part(plane: &Plane, api: &str, location: Value, properties: &str) -> Value {
    let given = json!({ "location": location, "properties": properties });
    plane.call("POST", &format!("{api}/documentation/parts"), given).await.ok()
}

#[tokio::test]
async fn a_part_is_kept_read_patched_and_deleted() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let location = json!({ "type": "METHOD", "path": "/pets", "method": "GET" });
    let made = part(&plane, &api, location.clone(), API_TEXT).await;
    assert_eq!(made["location"], location);
    assert_eq!(made["properties"], API_TEXT);
    assert_eq!(text(&made["id"]).len(), 6);
    let root = part(&plane, &api, json!({ "type": "RESOURCE", "name": "" }), API_TEXT).await;
    assert_eq!(root["location"], json!({ "type": "RESOURCE", "path": "/" }));
    let target = format!("{api}/documentation/parts/{}", text(&made["id"]));
    assert_eq!(plane.get(&target).await.ok(), made);
    let patched = plane.patch(&target, &[("replace", "/properties", r#"{"summary":"x"}"#)]).await.ok();
    assert_eq!(patched["properties"], r#"{"summary":"x"}"#);
    let broken = plane.patch(&target, &[("replace", "/properties", "[1]")]).await;
    broken.refused("BadRequestException", "Documentation part properties must be a valid JSON object.");
    assert_eq!(plane.delete(&target).await.status, 202);
    let gone = plane.get(&target).await;
    gone.refused("NotFoundException", "Invalid Documentation part identifier specified");
}

#[tokio::test]
async fn parts_that_aws_refuses_are_refused() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    part(&plane, &api, json!({ "type": "API" }), API_TEXT).await;
    part(&plane, &api, json!({ "type": "RESPONSE", "path": "/a", "statusCode": "*" }), API_TEXT).await;
    let target = format!("{api}/documentation/parts");
    let cases = [
        (json!({}), "ValidationException", "2 validation errors detected: "),
        (json!({ "location": {}, "properties": "{}" }), "ValidationException", "location.type' failed"),
        (
            json!({ "location": { "type": "PET" }, "properties": "{}" }),
            "ValidationException",
            "[API, AUTHORIZER, MODEL",
        ),
        (
            json!({ "location": { "type": "RESPONSE", "statusCode": "2xx" }, "properties": "{}" }),
            "ValidationException",
            r"regular expression pattern: ^([1-5]\d\d|\*|\s*)$",
        ),
        (
            json!({ "location": { "type": "API", "path": "/" }, "properties": "{}" }),
            "BadRequestException",
            "The path field",
        ),
        (json!({ "location": { "type": "MODEL" }, "properties": "{}" }), "BadRequestException", "A name must be"),
        (json!({ "location": { "type": "RESOURCE", "path": "a" }, "properties": "{}" }), "BadRequestException", "'a'"),
        (json!({ "location": { "type": "RESOURCE" }, "properties": "text" }), "BadRequestException", "JSON object"),
        (
            json!({ "location": { "type": "API" }, "properties": "{}" }),
            "ConflictException",
            "Documentation part already exists for the specified location: type 'API'",
        ),
        (
            json!({ "location": { "type": "RESPONSE", "path": "/a", "method": "*" }, "properties": "{}" }),
            "ConflictException",
            "type 'RESPONSE', path '/a', method '*'",
        ),
    ];
    for (given, error_type, words) in cases {
        let (found, message) = plane.call("POST", &target, given.clone()).await.fault();
        assert_eq!(found, error_type, "{given}");
        assert!(message.contains(words), "{given}: {message}");
    }
}

#[tokio::test]
async fn lists_are_filtered_and_cut() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    part(&plane, &api, json!({ "type": "API" }), "{}").await;
    for (path, name) in [("/a", "limit"), ("/b", "lines"), ("/b", "offset")] {
        let location = json!({ "type": "QUERY_PARAMETER", "path": path, "method": "GET", "name": name });
        part(&plane, &api, location, API_TEXT).await;
    }
    let cases = [
        ("", 4),
        ("?type=QUERY_PARAMETER", 3),
        ("?type=MODEL", 0),
        ("?name=li", 2),
        ("?path=/b", 2),
        ("?path=/b&name=li", 1),
        ("?locationStatus=UNDOCUMENTED", 1),
        ("?locationStatus=DOCUMENTED", 3),
        ("?limit=2", 2),
    ];
    for (query, count) in cases {
        let list = plane.get(&format!("{api}/documentation/parts{query}")).await.ok();
        assert_eq!(names(&list, "id").len(), count, "{query}");
        assert_eq!(list.get("position").is_some(), query == "?limit=2", "{query}");
    }
    let (error_type, message) = plane.get(&format!("{api}/documentation/parts?type=PET")).await.fault();
    assert_eq!(error_type, "ValidationException");
    assert!(message.contains("'getDocumentationPartsInput.type'"), "{message}");
}

fn definition(parts: &Value) -> Value {
    json!({ "openapi": "3.0.1", "info": { "title": "pets", "version": "1" }, "paths": {},
        "x-amazon-apigateway-documentation": { "version": "1.0", "documentationParts": parts } })
}

#[tokio::test]
async fn an_import_merges_or_overwrites() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let old = part(&plane, &api, json!({ "type": "API" }), r#"{"description":"old","info":1}"#).await;
    part(&plane, &api, json!({ "type": "MODEL", "name": "Pet" }), API_TEXT).await;
    let target = format!("{api}/documentation/parts");
    let given = definition(&json!([
        { "location": { "type": "API" }, "properties": { "description": "new" } },
        { "location": { "type": "METHOD", "path": "/" }, "properties": { "summary": "root" } },
    ]));
    let merged = plane.call("PUT", &target, given.clone()).await.ok();
    assert_eq!(merged["ids"].as_array().map(Vec::len), Some(2));
    assert_eq!(merged["ids"][0], old["id"], "a location keeps its id");
    assert_eq!(merged.get("warnings"), None);
    assert_eq!(names(&plane.get(&target).await.ok(), "id").len(), 3);
    let kept = plane.get(&format!("{target}/{}", text(&old["id"]))).await.ok();
    assert_eq!(kept["properties"], r#"{"description":"new","info":1}"#);
    plane.call("PUT", &format!("{target}?mode=overwrite"), given).await.ok();
    let kept = plane.get(&format!("{target}/{}", text(&old["id"]))).await.ok();
    assert_eq!(kept["properties"], r#"{"description":"new"}"#);
    assert_eq!(names(&plane.get(&target).await.ok(), "id").len(), 2);
}

#[tokio::test]
async fn warnings_roll_an_import_back_when_asked_to() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let target = format!("{api}/documentation/parts");
    let given = definition(&json!([
        { "location": { "type": "API" }, "properties": { "description": "new" } },
        { "location": { "type": "API", "name": "x" }, "properties": {} },
        { "location": { "type": "API" }, "properties": { "description": "newer" } },
        { "location": { "type": "MODEL", "name": "x" }, "properties": [] },
        { "properties": {} },
    ]));
    let refused = plane.call("PUT", &format!("{target}?failonwarnings=true"), given.clone()).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(names(&plane.get(&target).await.ok(), "id").len(), 0);
    let made = plane.call("PUT", &target, given).await.ok();
    assert_eq!(made["warnings"].as_array().map(Vec::len), Some(4), "{made}");
    let parts = plane.get(&target).await.ok();
    assert_eq!(parts["item"][0]["properties"], r#"{"description":"newer"}"#);
    for broken in [json!({}), definition(&json!("text")), definition(&json!([{ "location": { "type": "PET" } }]))] {
        let (error_type, message) = plane.call("PUT", &target, broken).await.fault();
        assert_eq!(error_type, "BadRequestException");
        assert!(message.starts_with("Invalid OpenAPI input."), "{message}");
    }
}

#[tokio::test]
async fn the_import_of_an_api_brings_its_documentation() {
    let plane = Plane::new();
    let given = definition(&json!([{ "location": { "type": "API" }, "properties": { "description": "d" } }]));
    let made = plane.call("POST", "/restapis?mode=import", given.clone()).await.ok();
    assert_eq!(made.get("warnings"), None);
    let target = format!("/restapis/{}", text(&made["id"]));
    let parts = format!("{target}/documentation/parts");
    assert_eq!(names(&plane.get(&parts).await.ok(), "properties"), [r#"{"description":"d"}"#]);
    let other = definition(&json!([{ "location": { "type": "MODEL", "name": "Pet" }, "properties": {} }]));
    plane.call("PUT", &target, other.clone()).await.ok();
    assert_eq!(names(&plane.get(&parts).await.ok(), "id").len(), 2);
    plane.call("PUT", &format!("{target}?mode=overwrite&ignore=documentation"), definition(&json!([]))).await.ok();
    assert_eq!(names(&plane.get(&parts).await.ok(), "id").len(), 2);
    plane.call("PUT", &format!("{target}?mode=overwrite"), other).await.ok();
    assert_eq!(names(&plane.get(&parts).await.ok(), "id").len(), 1);
    let clone = json!({ "name": "clone", "cloneFrom": text(&made["id"]) });
    let clone = plane.call("POST", "/restapis", clone).await.ok();
    let cloned = plane.get(&format!("/restapis/{}/documentation/parts", text(&clone["id"]))).await.ok();
    assert_eq!(names(&cloned, "id").len(), 1);
}

#[tokio::test]
async fn versions_are_kept_published_patched_and_deleted() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    part(&plane, &api, json!({ "type": "API" }), API_TEXT).await;
    let target = format!("{api}/documentation/versions");
    let given = json!({ "documentationVersion": "1.0 beta", "stageName": "dev", "description": "first" });
    let made = plane.call("POST", &target, given.clone()).await.ok();
    let expected = json!({ "version": "1.0 beta", "createdDate": NOW_SECONDS, "description": "first" });
    assert_eq!(made, expected);
    assert_eq!(plane.get(&stage).await.ok()["documentationVersion"], "1.0 beta");
    plane.call("POST", &target, given).await.refused("ConflictException", "Documentation version already exists");
    let one = format!("{target}/1.0%20beta");
    assert_eq!(plane.get(&one).await.ok(), expected);
    assert_eq!(plane.patch(&one, &[("replace", "/description", "x")]).await.ok()["description"], "x");
    assert_eq!(names(&plane.get(&target).await.ok(), "version"), ["1.0 beta"]);
    assert_eq!(plane.delete(&one).await.status, 202);
    assert_eq!(plane.get(&stage).await.ok().get("documentationVersion"), None);
    plane.get(&one).await.refused("NotFoundException", "Invalid Documentation version specified");
}

#[tokio::test]
async fn a_stage_publishes_only_versions_there_are() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let wanted = [("replace", "/documentationVersion", "1")];
    let missing = plane.patch(&stage, &wanted).await;
    missing.refused("NotFoundException", "Invalid Documentation version specified");
    let target = format!("{api}/documentation/versions");
    let nowhere = json!({ "documentationVersion": "1", "stageName": "prod" });
    let nowhere = plane.call("POST", &target, nowhere).await;
    nowhere.refused("NotFoundException", "Invalid stage identifier specified");
    plane.call("POST", &target, json!({ "documentationVersion": "1" })).await.ok();
    assert_eq!(plane.patch(&stage, &wanted).await.ok()["documentationVersion"], "1");
    let (error_type, _) = plane.call("POST", &target, json!({})).await.fault();
    assert_eq!(error_type, "ValidationException");
}
