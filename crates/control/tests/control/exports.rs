//! What a stage serves comes out as a document, and goes in again as the same API.

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::plane::{Answer, Plane, text};

const SOURCE: &str = r##"{
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "7", "description": "All of them."},
    "paths": {
        "/pets": {
            "post": {
                "operationId": "addPet",
                "summary": "Adds one",
                "parameters": [{"name": "q", "in": "query", "required": true, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {"200": {"description": "ok", "headers": {"X-A": {"schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Empty"}}}}},
                "security": [{"guard": []}, {"key": []}],
                "x-amazon-apigateway-request-validator": "all",
                "x-amazon-apigateway-integration": {"type": "http", "httpMethod": "PUT", "uri": "http://b.example/",
                    "requestParameters": {"integration.request.querystring.q": "method.request.querystring.q"},
                    "responses": {"default": {"statusCode": "200",
                        "responseParameters": {"method.response.header.X-A": "'a'"}}}}
            },
            "x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": {"type": "mock"}}
        },
        "/lonely/leaf": {}
    },
    "components": {
        "schemas": {"Pet": {"type": "object", "properties": {"mother": {"$ref": "#/components/schemas/Pet"}}}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            "guard": {"type": "apiKey", "name": "X-Token", "in": "header", "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri":
"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}}
        }
    },
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": true}},
    "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": 418}},
    "x-amazon-apigateway-binary-media-types": ["image/png"]
}"##;

const ALL: &str = "extensions=apigateway,documentation";

async fn import(plane: &Plane, target: &str, source: &str) -> String {
    let verb = if target.contains("mode=import") { "POST" } else { "PUT" };
    let made = Answer::of(&plane.send(verb, target, source.to_owned()).await).ok();
    format!("/restapis/{}", text(&made["id"]))
}

async fn deploy(plane: &Plane, api: &str) {
    plane.call("POST", &format!("{api}/deployments"), json!({"stageName": "dev"})).await.ok();
}

async fn export(plane: &Plane, api: &str, kind: &str, query: &str) -> Value {
    plane.get(&format!("{api}/stages/dev/exports/{kind}?{query}")).await.ok()
}

/// An API, imported and deployed to `dev`.
async fn served(plane: &Plane) -> String {
    let api = import(plane, "/restapis?mode=import", SOURCE).await;
    deploy(plane, &api).await;
    api
}

#[tokio::test]
async fn an_export_imports_as_the_same_api() {
    let plane = Plane::new();
    let api = served(&plane).await;
    for kind in ["oas30", "swagger"] {
        let first = export(&plane, &api, kind, ALL).await;
        let again = import(&plane, "/restapis?mode=import", &first.to_string()).await;
        deploy(&plane, &again).await;
        let mut second = export(&plane, &again, kind, ALL).await;
        for place in ["servers", "host"] {
            if let Some(server) = first.get(place) {
                assert_ne!(server, &second[place], "{kind}");
                second[place] = server.clone();
            }
        }
        assert_eq!(first, second, "{kind}");
    }
}

#[tokio::test]
async fn a_document_holds_what_was_imported() {
    let plane = Plane::new();
    let api = served(&plane).await;
    let document = export(&plane, &api, "oas30", ALL).await;
    let source: Value = serde_json::from_str(SOURCE).expect("JSON");
    for pointer in [
        "/info",
        "/components/schemas/Pet",
        "/components/securitySchemes/guard/x-amazon-apigateway-authorizer/authorizerUri",
        "/paths/~1lonely~1leaf",
        "/paths/~1pets/post/operationId",
        "/paths/~1pets/post/parameters",
        "/paths/~1pets/post/x-amazon-apigateway-request-validator",
        "/paths/~1pets/post/x-amazon-apigateway-integration/responses",
        "/x-amazon-apigateway-request-validators",
        "/x-amazon-apigateway-binary-media-types",
    ] {
        assert_eq!(document.pointer(pointer), source.pointer(pointer), "{pointer}");
    }
    assert_eq!(document["paths"]["/pets"]["post"]["security"], json!([{"guard": []}, {"api_key": []}]));
    let models: Vec<&String> = document["components"]["schemas"].as_object().expect("schemas").keys().collect();
    assert_eq!(models, ["Empty", "Pet"], "Error is nobody's");
    assert_eq!(document["paths"].as_object().expect("paths").len(), 2, "implied resources are left out");
}

#[tokio::test]
async fn extensions_are_there_only_where_they_are_asked_for() {
    let plane = Plane::new();
    let api = served(&plane).await;
    let none = export(&plane, &api, "oas30", "").await.to_string();
    assert!(!none.contains("x-amazon-apigateway-integration") && !none.contains("-authorizer"), "{none}");
    let some = export(&plane, &api, "oas30", "extensions=integrations").await.to_string();
    assert!(some.contains("x-amazon-apigateway-integration") && !some.contains("-authorizer\""), "{some}");
    let others = export(&plane, &api, "oas30", "extensions=authorizers&extensions=postman").await.to_string();
    assert!(!others.contains("x-amazon-apigateway-integration") && others.contains("-authorizer\""), "{others}");
}

#[tokio::test]
async fn what_was_deployed_is_exported_and_not_what_was_changed_since() {
    let plane = Plane::new();
    let api = served(&plane).await;
    let before = export(&plane, &api, "oas30", ALL).await;
    let other = r#"{"openapi":"3.0.1","info":{"title":"pets","version":"7","description":"All of them."},
        "paths":{"/new":{"get":{"x-amazon-apigateway-integration":{"type":"mock"}}}}}"#;
    import(&plane, &format!("{api}?mode=overwrite"), other).await;
    assert_eq!(export(&plane, &api, "oas30", ALL).await, before);
    deploy(&plane, &api).await;
    let after = export(&plane, &api, "oas30", ALL).await;
    assert_eq!(after["paths"].as_object().expect("paths").keys().collect::<Vec<_>>(), ["/new"]);
}

#[tokio::test]
async fn the_answer_is_a_file() {
    let plane = Plane::new();
    let api = served(&plane).await;
    let answer = plane.send("GET", &format!("{api}/stages/dev/exports/swagger"), "").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
    let disposition = answer.headers()[CONTENT_DISPOSITION].to_str().expect("text");
    let date =
        disposition.strip_prefix("attachment; filename=\"swagger_").and_then(|rest| rest.strip_suffix("Z.json\""));
    assert_eq!(date.map(str::len), Some("2026-01-02T03:04:05".len()), "{disposition}");
    let document: Value = serde_json::from_slice(answer.body()).expect("JSON");
    let host = format!("{}.execute-api.us-east-1.amazonaws.com", api.trim_start_matches("/restapis/"));
    assert_eq!((&document["host"], &document["basePath"]), (&json!(host), &json!("/dev")));
}

#[tokio::test]
async fn the_published_documentation_is_exported() {
    const PLACE: &str = "/paths/~1pets/x-amazon-apigateway-any-method/description";
    let plane = Plane::new();
    let api = served(&plane).await;
    let part = json!({"location": {"type": "METHOD", "path": "/pets", "method": "ANY"}, "properties": r#"{"description":"Of pets."}"#});
    plane.call("POST", &format!("{api}/documentation/parts"), part).await.ok();
    assert_eq!(export(&plane, &api, "oas30", ALL).await.pointer(PLACE), None, "unpublished");
    let version = json!({"documentationVersion": "v 1", "stageName": "dev"});
    plane.call("POST", &format!("{api}/documentation/versions"), version).await.ok();
    let document = export(&plane, &api, "oas30", ALL).await;
    assert_eq!(document.pointer(PLACE), Some(&json!("Of pets.")));
    assert_eq!(document["paths"]["/pets"]["post"]["summary"], "Adds one", "which the import brought");
    let extension = &document["x-amazon-apigateway-documentation"];
    assert_eq!(extension["version"], "v 1");
    let parts = extension["documentationParts"].as_array().expect("parts");
    assert!(parts.iter().any(|part| part["properties"] == json!({"description": "Of pets."})), "{parts:?}");
    let plain = export(&plane, &api, "oas30", "").await;
    assert_eq!(plain.pointer(PLACE), Some(&json!("Of pets.")));
    assert_eq!(plain.get("x-amazon-apigateway-documentation"), None);
}

#[tokio::test]
async fn what_cannot_be_exported_is_refused() {
    let plane = Plane::new();
    let api = served(&plane).await;
    let refused = async |target: &str, error_type: &str, message: &str| {
        plane.get(&format!("{api}/stages/{target}")).await.refused(error_type, message);
    };
    let message = "Invalid export type specified: raml is none of oas30, swagger";
    refused("dev/exports/raml", "BadRequestException", message).await;
    let message =
        "Invalid extensions specified: x is none of integrations, authorizers, apigateway, documentation, postman";
    refused("dev/exports/oas30?extensions=integrations,x", "BadRequestException", message).await;
    refused("none/exports/oas30", "NotFoundException", "Invalid stage identifier specified").await;
}
