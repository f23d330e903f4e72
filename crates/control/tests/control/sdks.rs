//! Clients of what a stage serves.

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::plane::Plane;

#[tokio::test]
async fn a_client_comes_as_an_archive() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let response = plane.send("GET", &format!("{stage}/sdks/javascript?some=thing"), String::new()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
    assert_eq!(response.headers()[CONTENT_DISPOSITION], "attachment; filename=\"javascript_2027-01-15_08-00Z.zip\"");
    assert_eq!(response.body()[..4], *b"PK\x03\x04");
}

/// Developer guide, "Generate SDKs for an API": each type that `GetSdkTypes` lists is served once it has what it requires.
#[tokio::test]
async fn every_listed_type_is_served_with_the_properties_that_it_requires() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let list = plane.get("/sdktypes").await.ok();
    let kinds = list["item"].as_array().expect("types");
    assert_eq!(kinds.len(), 6);
    for kind in kinds {
        let id = kind["id"].as_str().expect("an id");
        let properties = kind["configurationProperties"].as_array().expect("properties");
        let required = properties.iter().filter(|property| property["required"] == true);
        let names: Vec<_> = required.filter_map(|property| property["name"].as_str()).collect();
        let given: Vec<_> = names.iter().map(|name| format!("{name}=abc")).collect();
        let target = format!("{stage}/sdks/{id}?{}", given.join("&"));
        assert_eq!(plane.send("GET", &target, String::new()).await.status(), 200, "{target}");
        if let Some(first) = names.first() {
            let missing = plane.get(&format!("{stage}/sdks/{id}")).await;
            missing.refused("BadRequestException", &format!("Missing required parameter: {first}"));
        }
    }
}

#[tokio::test]
async fn what_cannot_be_generated_is_refused() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let nameless = plane.get(&format!("{stage}/sdks/swift")).await;
    nameless.refused("BadRequestException", "Missing required parameter: classPrefix");
    let unknown = plane.get(&format!("{stage}/sdks/cobol")).await;
    unknown.refused("BadRequestException", "Invalid SDK type specified: cobol");
    let missing = plane.get(&format!("{api}/stages/nosuch/sdks/javascript")).await;
    missing.refused("NotFoundException", "Invalid stage identifier specified");
}
