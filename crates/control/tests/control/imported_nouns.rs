//! Imports make models, validators, authorizers and gateway responses, and methods that refer to them by their ids.

use serde_json::{Value, json};

use crate::plane::{ACCOUNT, Answer, Plane, names, text};

const SOURCE: &str = r##"
openapi: 3.0.1
info: {title: pets, version: "1"}
paths:
  /pets:
    post:
      security: [{guard: []}]
      x-amazon-apigateway-request-validator: all
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-amazon-apigateway-integration: {type: mock}
    get:
      security: [{nobody: []}]
      x-amazon-apigateway-integration: {type: mock}
components:
  schemas:
    Pet: {type: object, description: an animal, properties: {mother: {$ref: "#/components/schemas/Pet"}}}
  securitySchemes:
    guard:
      type: apiKey
      name: X-Token
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {statusCode: 418}
"##;

const LITTLE: &str = r#"{"openapi":"3.0.1","info":{"title":"little","version":"1"},
    "paths":{"/":{"get":{"x-amazon-apigateway-integration":{"type":"mock"}}}},
    "components":{"schemas":{"Cat":{"type":"string"}}}}"#;

async fn send(plane: &Plane, verb: &str, target: &str, source: &str) -> Answer {
    Answer::of(&plane.send(verb, target, source.to_owned()).await)
}

async fn imported(plane: &Plane) -> String {
    let answer = send(plane, "POST", "/restapis?mode=import", SOURCE).await.ok();
    format!("/restapis/{}", text(&answer["id"]))
}

async fn list(plane: &Plane, api: &str, kind: &str) -> Vec<Value> {
    plane.get(&format!("{api}/{kind}")).await.ok()["item"].as_array().expect("a list").clone()
}

async fn methods(plane: &Plane, api: &str) -> Value {
    let all = plane.get(&format!("{api}/resources?embed=methods")).await.ok();
    let items = all["item"].as_array().expect("a list");
    items.iter().find(|item| item["path"] == "/pets").expect("the path")["resourceMethods"].clone()
}

#[tokio::test]
async fn names_in_a_definition_become_ids() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let authorizers = list(&plane, &api, "authorizers").await;
    assert_eq!((&authorizers[0]["name"], &authorizers[0]["type"]), (&json!("guard"), &json!("TOKEN")));
    assert_eq!(authorizers[0]["identitySource"], "method.request.header.X-Token");
    let validators = list(&plane, &api, "requestvalidators").await;
    assert_eq!((&validators[0]["name"], &validators[0]["validateRequestBody"]), (&json!("all"), &json!(true)));
    let methods = methods(&plane, &api).await;
    assert_eq!(methods["POST"]["authorizerId"], authorizers[0]["id"]);
    assert_eq!(methods["POST"]["requestValidatorId"], validators[0]["id"]);
    assert_eq!(methods["POST"]["requestModels"], json!({ "application/json": "Pet" }));
    assert_eq!(methods["GET"]["authorizationType"], "CUSTOM", "a scheme that is not defined closes the method");
    let response = plane.get(&format!("{api}/gatewayresponses/DEFAULT_4XX")).await.ok();
    assert_eq!((&response["statusCode"], &response["defaultResponse"]), (&json!("418"), &json!(false)));
}

#[tokio::test]
async fn a_method_with_a_name_that_nothing_has_can_still_be_changed() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let resources = plane.get(&format!("{api}/resources")).await.ok();
    let items = resources["item"].as_array().expect("a list");
    let pets = text(&items.iter().find(|item| item["path"] == "/pets").expect("the path")["id"]);
    let method = format!("{api}/resources/{pets}/methods/GET");
    assert_eq!(plane.patch(&method, &[("replace", "/operationName", "listPets")]).await.status, 200);
    assert_eq!(plane.patch(&method, &[("replace", "/authorizerId", "other")]).await.status, 400);
    assert_eq!(plane.patch(&method, &[("replace", "/authorizationType", "NONE")]).await.status, 200);
}

#[tokio::test]
async fn a_deployment_freezes_what_methods_refer_to() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let deployment = plane.call("POST", &format!("{api}/deployments"), json!({})).await.ok();
    let key = format!("{ACCOUNT}/us-east-1{api}/deployments/{}", text(&deployment["id"]));
    let row = plane.store.get(&key).await.expect("the store").expect("a row");
    let row: Value = serde_json::from_slice(&row.body).expect("JSON");
    let blob = plane.store.blob(&text(&row["frozen"])).await.expect("the store").expect("a blob");
    let frozen: Value = serde_json::from_slice(&blob).expect("JSON");
    let nouns = &frozen["nouns"];
    assert_eq!(nouns["authorizers"], json!(list(&plane, &api, "authorizers").await));
    assert_eq!(nouns["requestValidators"], json!(list(&plane, &api, "requestvalidators").await));
    assert_eq!(nouns["models"], json!(list(&plane, &api, "models").await));
    assert_eq!(nouns["gatewayResponses"].as_array().map(Vec::len), Some(1), "only what was set");
}

#[tokio::test]
async fn schemas_become_models_that_refer_to_each_other() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let models = plane.get(&format!("{api}/models")).await.ok();
    let names = names(&models, "name");
    assert!(["Empty", "Error", "Pet"].iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
    assert_eq!(names.len(), 4, "an inline schema has a name made up for it: {names:?}");
    let pet = plane.get(&format!("{api}/models/Pet")).await.ok();
    assert_eq!(pet["description"], "an animal");
    let schema: Value = serde_json::from_str(&text(&pet["schema"])).expect("JSON");
    let api_id = api.trim_start_matches("/restapis/");
    let uri = format!("https://apigateway.amazonaws.com/restapis/{api_id}/models/Pet");
    assert_eq!(schema["properties"]["mother"]["$ref"], uri);
    assert_eq!(plane.delete(&format!("{api}/models/Pet")).await.status, 409);
}

#[tokio::test]
async fn a_merge_keeps_ids_and_an_overwrite_drops_what_is_not_mentioned() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let before = (list(&plane, &api, "authorizers").await, list(&plane, &api, "requestvalidators").await);
    send(&plane, "PUT", &format!("{api}?mode=merge"), SOURCE).await.ok();
    let after = (list(&plane, &api, "authorizers").await, list(&plane, &api, "requestvalidators").await);
    assert_eq!(before, after);
    send(&plane, "PUT", &format!("{api}?mode=merge"), LITTLE).await.ok();
    assert_eq!(list(&plane, &api, "models").await.len(), 5);
    send(&plane, "PUT", &format!("{api}?mode=overwrite"), LITTLE).await.ok();
    let models = names(&plane.get(&format!("{api}/models")).await.ok(), "name");
    assert_eq!(models, ["Cat", "Empty", "Error"]);
    assert!(list(&plane, &api, "authorizers").await.is_empty());
    assert!(list(&plane, &api, "requestvalidators").await.is_empty());
    let response = plane.get(&format!("{api}/gatewayresponses/DEFAULT_4XX")).await.ok();
    assert_eq!(response["defaultResponse"], true);
}

#[tokio::test]
async fn a_clone_has_the_nouns_of_its_source() {
    let plane = Plane::new();
    let api = imported(&plane).await;
    let source = api.trim_start_matches("/restapis/");
    let clone = plane.call("POST", "/restapis", json!({ "name": "copy", "cloneFrom": source })).await.ok();
    let clone = format!("/restapis/{}", text(&clone["id"]));
    for kind in ["authorizers", "requestvalidators", "gatewayresponses"] {
        assert_eq!(list(&plane, &clone, kind).await, list(&plane, &api, kind).await, "{kind}");
    }
    let pet = plane.get(&format!("{clone}/models/Pet")).await.ok();
    assert!(text(&pet["schema"]).contains(&format!("{clone}/models/Pet")), "{pet}");
}

#[tokio::test]
async fn nouns_that_aws_does_not_take_refuse_the_whole_import() {
    let plane = Plane::new();
    let cases = [
        (
            SOURCE.replace("Pet:", "My-Pet:"),
            "Errors found during import:\n\tUnable to create model for 'My-Pet': Model name must be alphanumeric: My-Pet",
        ),
        (SOURCE.replace("authorizerUri: arn", "authorizerUri: no-arn"), "Unable to create authorizer 'guard'"),
        (SOURCE.replace("DEFAULT_4XX", "DEFAULT_9XX"), "no type of a gateway response"),
    ];
    for (source, part) in cases {
        let (error_type, message) = send(&plane, "POST", "/restapis?mode=import", &source).await.fault();
        assert_eq!(error_type, "BadRequestException");
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(plane.get("/restapis").await.ok()["item"], json!([]));
}
