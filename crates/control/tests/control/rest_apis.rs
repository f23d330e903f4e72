//! `RestApi`.

use serde_json::{Value, json};
use stagegate_control::Quotas;

use crate::plane::{ACCOUNT, NOW_SECONDS, Plane, names, text};

#[tokio::test]
async fn an_api_is_created_with_aws_defaults() {
    let plane = Plane::new();
    let answer = plane.call("POST", "/restapis", json!({ "name": "pets" })).await;
    assert_eq!(answer.status, 201);
    let api = answer.ok();
    assert_eq!(text(&api["id"]).len(), 10);
    assert_eq!(api["createdDate"], NOW_SECONDS);
    assert_eq!(api["apiKeySource"], "HEADER");
    assert_eq!(api["disableExecuteApiEndpoint"], false);
    assert_eq!(api["endpointConfiguration"], json!({ "types": ["EDGE"], "ipAddressType": "ipv4" }));
    let read = plane.get(&format!("/restapis/{}", text(&api["id"]))).await.ok();
    assert_eq!(read, api);
    let root = format!("/restapis/{}/resources/{}", text(&api["id"]), text(&api["rootResourceId"]));
    assert_eq!(plane.get(&root).await.ok()["path"], "/");
}

#[tokio::test]
async fn the_security_policy_of_an_api_depends_on_its_endpoint() {
    let plane = Plane::new();
    for (kind, policy) in [("EDGE", "TLS_1_0"), ("REGIONAL", "TLS_1_0"), ("PRIVATE", "TLS_1_2")] {
        let given = json!({ "name": "x", "endpointConfiguration": { "types": [kind] } });
        assert_eq!(plane.call("POST", "/restapis", given).await.ok()["securityPolicy"], policy, "{kind}");
    }
}

#[tokio::test]
async fn every_member_that_is_given_is_kept() {
    let plane = Plane::new();
    let given = json!({
        "name": "pets", "description": "all of them", "version": "v7",
        "binaryMediaTypes": ["image/png"], "minimumCompressionSize": 0, "apiKeySource": "AUTHORIZER",
        "endpointConfiguration": { "types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"] },
        "tags": { "team": "a" }, "disableExecuteApiEndpoint": true,
        "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT",
    });
    let api = plane.call("POST", "/restapis", given.clone()).await.ok();
    for (member, value) in given.as_object().expect("members") {
        if member != "endpointConfiguration" {
            assert_eq!(&api[member], value, "{member}");
        }
    }
    let endpoint = json!({ "types": ["PRIVATE"], "ipAddressType": "dualstack", "vpcEndpointIds": ["vpce-1"] });
    assert_eq!(api["endpointConfiguration"], endpoint);
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let plane = Plane::new();
    let endpoint = |value: Value| json!({ "name": "x", "endpointConfiguration": value });
    let cases = [
        (endpoint(json!({ "types": ["EDGE", "REGIONAL"] })), "Cannot create an api with multiple Endpoint Types."),
        (
            endpoint(json!({ "types": ["PRIVATE"], "ipAddressType": "ipv4" })),
            "Only dualstack ipAddressType is supported for Private APIs.",
        ),
        (
            json!({ "name": "x", "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09" }),
            "The security policy SecurityPolicy_TLS13_1_3_2025_09 is not supported for the endpoint type EDGE.",
        ),
        (
            json!({
                "name": "x", "endpointConfiguration": { "types": ["REGIONAL"] },
                "securityPolicy": "SecurityPolicy_TLS13_2025_EDGE",
            }),
            "The security policy SecurityPolicy_TLS13_2025_EDGE is not supported for the endpoint type REGIONAL.",
        ),
        (
            json!({ "name": "x", "minimumCompressionSize": -1 }),
            "Invalid minimum compression size, must be between 0 and 10485760",
        ),
        (
            json!({ "name": "x", "policy": "{" }),
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
        ),
        (
            json!({ "name": "x", "tags": { "aws:x": "y" } }),
            "Invalid tag key specified: aws:x. The prefix aws: is reserved",
        ),
    ];
    for (body, message) in cases {
        plane.call("POST", "/restapis", body).await.refused("BadRequestException", message);
    }
    assert_eq!(plane.get("/restapis").await.ok()["item"], json!([]), "nothing of it was kept");
}

#[tokio::test]
async fn a_policy_is_shown_as_aws_shows_it() {
    let plane = Plane::new();
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"#;
    let api = plane.call("POST", "/restapis", json!({ "name": "x", "policy": policy })).await.ok();
    let shown = text(&api["policy"]);
    let unquoted: String = serde_json::from_str(&format!("\"{shown}\"")).expect("the inside of a JSON string");
    let document: Value = serde_json::from_str(&unquoted).expect("a policy");
    let expected = format!("arn:aws:execute-api:us-east-1:{ACCOUNT}:{}/*", text(&api["id"]));
    assert_eq!(document["Statement"][0]["Resource"], expected);
}

#[tokio::test]
async fn apis_are_listed_page_by_page() {
    let plane = Plane::new();
    let mut made = Vec::new();
    for index in 0..7 {
        let api = plane.call("POST", "/restapis", json!({ "name": format!("api{index}") })).await.ok();
        made.push(text(&api["id"]));
    }
    made.sort();
    let mut seen = Vec::new();
    let mut position = String::new();
    loop {
        let page = plane.get(&format!("/restapis?limit=3&position={position}")).await.ok();
        seen.extend(names(&page, "id"));
        let Some(next) = page.get("position") else { break };
        position = text(next);
    }
    assert_eq!(seen, made);
    for bad in ["limit=0", "limit=501", "limit=x", "position=!"] {
        assert_eq!(plane.get(&format!("/restapis?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_deleted_api_is_gone_with_everything_below_it() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let answer = plane.delete(&api).await;
    assert_eq!((answer.status, answer.body), (202, Value::Null));
    let id = api.trim_start_matches("/restapis/");
    let message = format!("Invalid API identifier specified {ACCOUNT}:{id}");
    for target in [&api, &stage, &format!("{api}/resources"), &format!("{api}/deployments")] {
        plane.get(target).await.refused("NotFoundException", &message);
    }
    let query = stagegate_store::ListQuery { prefix: String::new(), after: None, limit: 10 };
    assert_eq!(plane.store.list(query).await.expect("rows"), [], "no row is left");
}

#[tokio::test]
async fn ids_are_case_sensitive() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    assert_eq!(plane.get(&api.to_uppercase().replace("RESTAPIS", "restapis")).await.status, 404);
}

#[tokio::test]
async fn a_clone_has_the_same_paths_and_methods_under_its_own_ids() {
    let plane = Plane::new();
    let (source, method) = plane.mock_api().await;
    let id = source.trim_start_matches("/restapis/");
    let clone = plane.call("POST", "/restapis", json!({ "name": "clone", "cloneFrom": id })).await.ok();
    let target = format!("/restapis/{}", text(&clone["id"]));
    let root = text(&clone["rootResourceId"]);
    assert!(!method.contains(&root));
    let resource = plane.get(&format!("{target}/resources/{root}?embed=methods")).await.ok();
    let integration = &resource["resourceMethods"]["GET"]["methodIntegration"];
    assert_eq!((&integration["type"], &integration["cacheNamespace"]), (&json!("MOCK"), &json!(root)));
    let missing = plane.call("POST", "/restapis", json!({ "name": "c", "cloneFrom": "nosuchapi0" })).await;
    missing.refused("NotFoundException", &format!("Invalid API identifier specified {ACCOUNT}:nosuchapi0"));
}

#[tokio::test]
async fn the_number_of_apis_is_held_to_a_quota_only_when_it_is_set() {
    let quotas = Quotas { set: [("rest_edge_apis_count".to_owned(), 1)].into(), aws: false };
    let plane = Plane::with_quotas(quotas);
    plane.api().await;
    let second = plane.call("POST", "/restapis", json!({ "name": "two" })).await;
    assert_eq!(second.status, 429);
    second.refused("LimitExceededException", "Maximum number of APIs for this account has been reached.");
    let regional = json!({ "name": "two", "endpointConfiguration": { "types": ["REGIONAL"] } });
    assert_eq!(plane.call("POST", "/restapis", regional).await.status, 201, "another type has its own quota");
}
