//! `ImportRestApi` and `PutRestApi`.

use serde_json::{Value, json};

use crate::plane::{Answer, Plane, names, text};

const PETS: &str = r#"
openapi: 3.0.1
info: {title: pets, version: "7", description: of all kinds}
x-amazon-apigateway-binary-media-types: [image/png]
paths:
  /pets:
    get:
      responses: {"200": {description: all}}
      x-amazon-apigateway-integration: {type: mock}
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: one}}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://a.example/{id}"}
"#;

const CATS: &str = r#"
openapi: 3.0.1
info: {title: cats, version: "8"}
x-amazon-apigateway-binary-media-types: [image/gif]
paths:
  /cats:
    x-amazon-apigateway-any-method:
      responses: {"200": {description: all}}
      x-amazon-apigateway-integration: {type: mock}
"#;

async fn send(plane: &Plane, verb: &str, target: &str, body: &'static str) -> Answer {
    Answer::of(&plane.send(verb, target, body).await)
}

async fn paths(plane: &Plane, api: &str) -> Vec<String> {
    let mut paths = names(&plane.get(&format!("{api}/resources?limit=500")).await.ok(), "path");
    paths.sort();
    paths
}

async fn imported(plane: &Plane) -> String {
    let answer = send(plane, "POST", "/restapis?mode=import", PETS).await;
    assert_eq!(answer.status, 201);
    format!("/restapis/{}", text(&answer.ok()["id"]))
}

#[tokio::test]
async fn a_definition_becomes_an_api_that_can_be_deployed() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let read = plane.get(&api).await.ok();
    assert_eq!(
        (&read["name"], &read["version"], &read["description"]),
        (&json!("pets"), &json!("7"), &json!("of all kinds"))
    );
    assert_eq!(read["binaryMediaTypes"], json!(["image/png"]));
    assert_eq!(read["apiKeySource"], "HEADER");
    assert_eq!(paths(&plane, &api).await, ["/", "/pets", "/pets/{id}"]);
    let resources = plane.get(&format!("{api}/resources?embed=methods")).await.ok();
    let items = resources["item"].as_array().expect("a list");
    let pet = items.iter().find(|item| item["path"] == "/pets/{id}").expect("the path");
    let integration = &pet["resourceMethods"]["GET"]["methodIntegration"];
    assert_eq!((&integration["timeoutInMillis"], &integration["cacheNamespace"]), (&json!(29000), &pet["id"]));
    let stage = json!({ "stageName": "dev" });
    assert_eq!(plane.call("POST", &format!("{api}/deployments"), stage).await.status, 201);
}

#[tokio::test]
async fn a_merge_adds_and_an_overwrite_replaces() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let merged = send(&plane, "PUT", &format!("{api}?mode=merge"), CATS).await;
    assert_eq!(merged.status, 200);
    let merged = merged.ok();
    assert_eq!(merged["name"], "cats");
    assert_eq!(merged["binaryMediaTypes"], json!(["image/png", "image/gif"]), "fact 133");
    assert_eq!(paths(&plane, &api).await, ["/", "/cats", "/pets", "/pets/{id}"]);
    let before = plane.get(&format!("{api}/resources")).await.ok();
    let replaced = send(&plane, "PUT", &format!("{api}?mode=overwrite"), CATS).await.ok();
    assert_eq!(replaced["binaryMediaTypes"], json!(["image/gif"]));
    assert_eq!(paths(&plane, &api).await, ["/", "/cats"]);
    let id_of = |list: &Value| {
        let items = list["item"].as_array().expect("a list").clone();
        items.into_iter().find(|item| item["path"] == "/cats").map(|item| text(&item["id"]))
    };
    let after = plane.get(&format!("{api}/resources")).await.ok();
    assert_eq!(id_of(&before), id_of(&after), "a path that stays keeps its id");
    let cats = format!("{api}/resources/{}/methods/ANY", id_of(&after).expect("the path"));
    assert_eq!(plane.get(&cats).await.status, 200);
}

#[tokio::test]
async fn an_overwrite_drops_methods_that_the_definition_does_not_mention() {
    let plane = Plane::new();
    let (api, method) = plane.mock_api().await;
    assert_eq!(plane.get(&method).await.status, 200);
    send(&plane, "PUT", &format!("{api}?mode=overwrite"), CATS).await.ok();
    plane.get(&method).await.refused("NotFoundException", "Invalid Method identifier specified");
}

#[tokio::test]
async fn the_endpoint_type_is_a_parameter() {
    let plane = Plane::new();
    let target = "/restapis?mode=import&endpointConfigurationTypes=REGIONAL";
    let api = send(&plane, "POST", target, CATS).await.ok();
    assert_eq!(api["endpointConfiguration"]["types"], json!(["REGIONAL"]));
    let bad = send(&plane, "POST", "/restapis?mode=import&endpointConfigurationTypes=LOCAL", CATS).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn a_definition_that_does_not_fit_is_refused_whole() {
    let plane = Plane::new();
    let two_variables =
        "{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"x\",\"version\":\"1\"},\"paths\":{\"/{a}\":{},\"/{b}/c\":{}}}";
    for source in ["", "nonsense: [", "{\"openapi\":\"9\"}", two_variables] {
        let (error_type, _) = send(&plane, "POST", "/restapis?mode=import", source).await.fault();
        assert_eq!(error_type, "BadRequestException", "{source}");
    }
    assert_eq!(send(&plane, "POST", "/restapis?mode=import&basepath=cut", CATS).await.status, 400);
    assert_eq!(plane.get("/restapis").await.ok()["item"], json!([]));
    let api = imported(&plane).await;
    assert_eq!(send(&plane, "PUT", &format!("{api}?mode=replace"), CATS).await.status, 400);
    assert_eq!(paths(&plane, &api).await, ["/", "/pets", "/pets/{id}"]);
}
