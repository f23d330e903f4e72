//! Base path mappings: from domain names to stages.

use serde_json::json;

use crate::plane::{Plane, names};

const MAPPINGS: &str = "/domainnames/a.example.com/basepathmappings";

/// A domain name and a staged API; answers the API's path and its id.
async fn mapped(plane: &Plane) -> (String, String) {
    let given = json!({ "domainName": "a.example.com", "regionalCertificateArn": "arn:1",
        "endpointConfiguration": { "types": ["REGIONAL"] } });
    plane.call("POST", "/domainnames", given).await.ok();
    let (api, _) = plane.staged_api().await;
    let id = api.trim_start_matches("/restapis/").to_owned();
    (api, id)
}

#[tokio::test]
async fn a_mapping_is_kept_listed_patched_and_deleted() {
    let plane = Plane::new();
    let (_, api) = mapped(&plane).await;
    let given = json!({ "basePath": "pets", "restApiId": api, "stage": "dev" });
    assert_eq!(plane.call("POST", MAPPINGS, given.clone()).await.ok(), given);
    let root = plane.call("POST", MAPPINGS, json!({ "restApiId": api, "stage": "(none)" })).await.ok();
    assert_eq!(root, json!({ "basePath": "(none)", "restApiId": api }));
    assert_eq!(names(&plane.get(MAPPINGS).await.ok(), "basePath"), ["(none)", "pets"]);
    assert_eq!(plane.get(&format!("{MAPPINGS}/(none)")).await.ok(), root);
    let operations = &[("replace", "/basePath", "cats"), ("replace", "/stage", "")];
    let moved = plane.patch(&format!("{MAPPINGS}/pets"), operations).await.ok();
    assert_eq!(moved, json!({ "basePath": "cats", "restApiId": api }));
    let gone = plane.get(&format!("{MAPPINGS}/pets")).await;
    gone.refused("NotFoundException", "Invalid base path mapping identifier specified");
    assert_eq!(plane.delete(&format!("{MAPPINGS}/cats")).await.status, 202);
    assert_eq!(names(&plane.get(MAPPINGS).await.ok(), "basePath"), ["(none)"]);
    plane.delete("/domainnames/a.example.com").await.ok();
    mapped(&plane).await;
    assert_eq!(names(&plane.get(MAPPINGS).await.ok(), "basePath").len(), 0, "mappings go with their domain name");
}

#[tokio::test]
async fn mappings_that_aws_refuses_are_refused() {
    let plane = Plane::new();
    let (_, api) = mapped(&plane).await;
    for base_path in ["", "pets"] {
        plane.call("POST", MAPPINGS, json!({ "basePath": base_path, "restApiId": api })).await.ok();
    }
    let cases = [
        (
            json!({ "restApiId": api }),
            "ConflictException",
            "Only one base path mapping is allowed if the base path is empty.",
        ),
        (
            json!({ "basePath": "pets", "restApiId": api }),
            "ConflictException",
            "Base path already exists for this domain name",
        ),
        (
            json!({ "basePath": "a", "restApiId": "none" }),
            "BadRequestException",
            "Invalid REST API identifier specified",
        ),
        (
            json!({ "basePath": "a", "restApiId": api, "stage": "prod" }),
            "BadRequestException",
            "Invalid stage identifier specified",
        ),
        (
            json!({ "basePath": "ping", "restApiId": api }),
            "BadRequestException",
            "The base path ping is reserved for the service health check.",
        ),
        (
            json!({ "basePath": "a b", "restApiId": api }),
            "BadRequestException",
            "Invalid base path. It must have at most 300 characters of letters, numbers and $-_.+!*'().",
        ),
    ];
    for (given, error_type, message) in cases {
        plane.call("POST", MAPPINGS, given).await.refused(error_type, message);
    }
    let deep = plane.call("POST", MAPPINGS, json!({ "basePath": "a/b", "restApiId": api })).await.fault();
    assert!(deep.1.starts_with("API Gateway V1 doesn't support the slash character"), "{deep:?}");
    let taken = plane.patch(&format!("{MAPPINGS}/pets"), &[("replace", "/basepath", "(none)")]).await;
    assert_eq!(taken.status, 409);
    let nowhere = plane.call("POST", "/domainnames/b.example.com/basepathmappings", json!({ "restApiId": api })).await;
    nowhere.refused("NotFoundException", "Invalid domain name identifier specified");
}

#[tokio::test]
async fn private_names_lead_to_private_apis_only() {
    let plane = Plane::new();
    let (api, id) = mapped(&plane).await;
    plane.patch(&api, &[("replace", "/endpointConfiguration/types/EDGE", "PRIVATE")]).await.ok();
    let refused = plane.call("POST", MAPPINGS, json!({ "restApiId": id })).await;
    refused.refused(
        "BadRequestException",
        "Private APIs can only be mapped to private domain names, and public to public.",
    );
}

#[tokio::test]
async fn what_a_domain_name_leads_to_stays() {
    let plane = Plane::new();
    let (api, id) = mapped(&plane).await;
    plane.call("POST", MAPPINGS, json!({ "restApiId": id, "stage": "dev" })).await.ok();
    let message = format!(
        "Deleting RestApi {id} failed. Please remove all base path mappings related to the RestApi in your domains: \
         a.example.com"
    );
    plane.delete(&api).await.refused("BadRequestException", &message);
    let stage = plane.delete(&format!("{api}/stages/dev")).await;
    assert_eq!(stage.status, 400, "{stage:?}");
    plane.delete(&format!("{MAPPINGS}/(none)")).await.ok();
    assert_eq!(plane.delete(&format!("{api}/stages/dev")).await.status, 202);
    assert_eq!(plane.delete(&api).await.status, 202);
}
