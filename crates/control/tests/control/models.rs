//! `Model`: schemas, what refers to them, and the templates made of them.

use serde_json::{Value, json};

use crate::plane::{Plane, names, text};

async fn create(plane: &Plane, api: &str, name: &str, schema: &Value) -> Value {
    let given = json!({ "name": name, "contentType": "application/json", "schema": schema.to_string() });
    plane.call("POST", &format!("{api}/models"), given).await.ok()
}

#[tokio::test]
async fn a_new_api_has_two_models() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let models = plane.get(&format!("{api}/models")).await.ok();
    assert_eq!(names(&models, "name"), ["Empty", "Error"]);
    for model in models["item"].as_array().expect("a list") {
        assert_eq!(model["contentType"], "application/json");
        let schema: Value = serde_json::from_str(&text(&model["schema"])).expect("JSON");
        assert_eq!(schema["type"], "object");
    }
    assert_eq!(plane.delete(&format!("{api}/models/Error")).await.status, 202);
    let message = "Invalid model name specified: Error";
    plane.get(&format!("{api}/models/Error")).await.refused("NotFoundException", message);
}

#[tokio::test]
async fn what_is_no_model_is_refused() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let models = format!("{api}/models");
    let invalid = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified";
    let cases = [
        (json!({ "contentType": "a/b" }), "createModelInput.name"),
        (json!({ "name": "a-b", "contentType": "a/b" }), "Model name must be alphanumeric: a-b"),
        (json!({ "name": "Empty", "contentType": "a/b" }), "Model name already exists for this REST API"),
        (json!({ "name": "A", "contentType": "application/json", "schema": "{" }), invalid),
        (json!({ "name": "A", "contentType": "application/json", "schema": "[]" }), invalid),
        (
            json!({ "name": "A", "contentType": "application/json", "schema": r##"{"$ref":"#/definitions/x"}"## }),
            "Unresolved reference: #/definitions/x",
        ),
        (
            json!({ "name": "A", "contentType": "application/json", "schema": r#"{"$ref":"http://a/b"}"# }),
            "Model reference must be in canonical form",
        ),
        (
            json!({ "name": "A", "contentType": "application/json",
                "schema": r#"{"$ref":"https://apigateway.amazonaws.com/restapis/x/models/B"}"# }),
            "Reference to unknown model",
        ),
    ];
    for (given, part) in cases {
        let (_, message) = plane.call("POST", &models, given).await.fault();
        assert!(message.contains(part), "{message}");
    }
    let xml = json!({ "name": "Xml", "contentType": "application/xml", "schema": "<any/>" });
    assert_eq!(plane.call("POST", &models, xml).await.status, 201, "only JSON is read");
}

#[tokio::test]
async fn a_model_in_use_stays() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    create(&plane, &api, "Pet", &json!({ "type": "object" })).await;
    let api_id = api.trim_start_matches("/restapis/");
    let uri = format!("https://apigateway.amazonaws.com/restapis/{api_id}/models/Pet");
    create(&plane, &api, "Pets", &json!({ "type": "array", "items": { "$ref": uri } })).await;
    let pet = format!("{api}/models/Pet");
    let message = "Cannot delete model 'Pet', is referenced in model: Pets";
    plane.delete(&pet).await.refused("ConflictException", message);
    plane.delete(&format!("{api}/models/Pets")).await.ok();
    let method = format!("{root}/methods/ANY");
    let models = json!({ "application/json": "Pet" });
    let given = json!({ "authorizationType": "NONE", "requestModels": models });
    plane.call("PUT", &method, given).await.ok();
    let message = "Cannot delete model 'Pet', is referenced in method request: //ANY";
    plane.delete(&pet).await.refused("ConflictException", message);
    plane.patch(&method, &[("remove", "/requestModels/application~1json", "")]).await.ok();
    plane.call("PUT", &format!("{method}/responses/200"), json!({ "responseModels": models })).await.ok();
    let message = "Cannot delete model 'Pet', is referenced in method response: //ANY/200";
    plane.delete(&pet).await.refused("ConflictException", message);
    plane.delete(&method).await.ok();
    assert_eq!(plane.delete(&pet).await.status, 202);
}

#[tokio::test]
async fn a_flat_model_has_its_references_within() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let api_id = api.trim_start_matches("/restapis/");
    let uri = |name: &str| format!("https://apigateway.amazonaws.com/restapis/{api_id}/models/{name}");
    let pet =
        json!({ "type": "object", "properties": { "name": { "type": "string" }, "mother": { "$ref": uri("Pet") } } });
    create(&plane, &api, "Pet", &pet).await;
    create(&plane, &api, "Pets", &json!({ "type": "array", "items": { "$ref": uri("Pet") } })).await;
    let plain = plane.get(&format!("{api}/models/Pets")).await.ok();
    assert!(text(&plain["schema"]).contains(&uri("Pet")));
    let flat = plane.get(&format!("{api}/models/Pets?flatten=true")).await.ok();
    let flat: Value = serde_json::from_str(&text(&flat["schema"])).expect("JSON");
    assert_eq!(flat["items"]["$ref"], "#/definitions/Pet");
    assert_eq!(flat["definitions"]["Pet"]["properties"]["mother"]["$ref"], "#/definitions/Pet");
    let template = plane.get(&format!("{api}/models/Pets/default_template")).await.ok();
    let template = text(&template["value"]);
    assert!(template.starts_with("#set($inputRoot = $input.path('$'))\n["), "{template}");
    assert!(template.contains("\"name\" : \"$elem.name\""), "{template}");
    assert!(template.contains("\"name\" : \"$elem.mother.name\""), "{template}");
}

#[tokio::test]
async fn a_template_needs_a_json_schema_and_its_lack_is_told() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let target = format!("{api}/models");
    for (name, content_type, message) in [
        ("Bare", "application/json", "Templates can only be generated for models with a schema"),
        ("Page", "text/html", "Templates can only be generated for models of the content type application/json"),
    ] {
        plane.call("POST", &target, json!({ "name": name, "contentType": content_type })).await.ok();
        plane.get(&format!("{target}/{name}/default_template")).await.refused("BadRequestException", message);
    }
}

#[tokio::test]
async fn a_schema_can_be_replaced_by_a_schema_only() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let made = create(&plane, &api, "Pet", &json!({})).await;
    let pet = format!("{api}/models/Pet");
    let patched = plane.patch(&pet, &[("replace", "/schema", r#"{"type":"string"}"#)]).await.ok();
    assert_eq!((&patched["schema"], &patched["id"]), (&json!(r#"{"type":"string"}"#), &made["id"]));
    assert_eq!(plane.patch(&pet, &[("replace", "/schema", "no schema")]).await.status, 400);
    let message = "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]";
    plane.patch(&pet, &[("replace", "/name", "Cat")]).await.refused("BadRequestException", message);
}
