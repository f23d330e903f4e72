//! `RequestValidator`: what is given is kept, and what a method needs stays.

use serde_json::json;

use crate::plane::{Plane, names, text};

#[tokio::test]
async fn a_validator_lives_from_create_to_delete() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let all = format!("{api}/requestvalidators");
    let made = plane.call("POST", &all, json!({ "name": "body", "validateRequestBody": true })).await;
    assert_eq!(made.status, 201);
    let made = made.ok();
    let id = text(&made["id"]);
    let expected = json!({ "id": id, "name": "body", "validateRequestBody": true, "validateRequestParameters": false });
    assert_eq!(made, expected);
    let one = format!("{all}/{id}");
    assert_eq!(plane.get(&one).await.ok(), expected);
    plane.call("POST", &all, json!({ "name": "other" })).await.ok();
    let mut listed = names(&plane.get(&all).await.ok(), "name");
    listed.sort();
    assert_eq!(listed, ["body", "other"]);
    let patched = plane.patch(&one, &[("replace", "/validateRequestParameters", "true")]).await.ok();
    assert_eq!(patched["validateRequestParameters"], true);
    let taken = "Request Validator name must be unique";
    plane.call("POST", &all, json!({ "name": "body" })).await.refused("ConflictException", taken);
    plane.patch(&one, &[("replace", "/name", "other")]).await.refused("ConflictException", taken);
    assert_eq!(plane.delete(&one).await.status, 202);
    let missing = "Invalid Request Validator identifier specified";
    plane.get(&one).await.refused("NotFoundException", missing);
    plane.delete(&one).await.refused("NotFoundException", missing);
}

#[tokio::test]
async fn a_validator_that_a_method_needs_stays() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let all = format!("{api}/requestvalidators");
    let id = text(&plane.call("POST", &all, json!({ "name": "v" })).await.ok()["id"]);
    let method = format!("{root}/methods/GET");
    let given = json!({ "authorizationType": "NONE", "requestValidatorId": id });
    assert_eq!(plane.call("PUT", &method, given).await.ok()["requestValidatorId"], id);
    let message = "Cannot delete request validator 'v', is referenced in method: GET//";
    plane.delete(&format!("{all}/{id}")).await.refused("ConflictException", message);
    plane.patch(&method, &[("replace", "/requestValidatorId", "")]).await.ok();
    assert_eq!(plane.delete(&format!("{all}/{id}")).await.status, 202);
    let given = json!({ "authorizationType": "NONE", "requestValidatorId": id });
    let message = "Invalid Request Validator identifier specified";
    plane.call("PUT", &format!("{root}/methods/PUT"), given).await.refused("BadRequestException", message);
}
