//! The patch rules: every row works for the operations it lists, and for no other.

use serde_json::{Value, json};
use stagegate_control::{NounRules, Op, patch_rules};

use crate::patching_access::{access_sample, authorizer_for, put_nouns, put_plan};
use crate::patching_account::{account_instance, domain_for, domain_sample};
use crate::plane::{Plane, text};

const OPS: [Op; 6] = [Op::Add, Op::Remove, Op::Replace, Op::Copy, Op::Move, Op::Test];

pub(crate) const POLICY: &str = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;

/// A concrete path of a row, and a value that it takes.
fn sample(noun: &str, pattern: &str, deployment: &str) -> (String, String) {
    let (path, value) = match (noun, pattern) {
        ("DomainName" | "BasePathMapping", _) => domain_sample(pattern),
        ("ApiKey" | "UsagePlan" | "Usage" | "Authorizer" | "GatewayResponse" | "Model" | "RequestValidator", _) => {
            access_sample(noun, pattern)
        }
        ("RestApi", "/binaryMediaTypes/{type}") => ("/binaryMediaTypes/image~1png", "image/gif"),
        ("RestApi", "/endpointConfiguration/types/{type}") => ("/endpointConfiguration/types/PRIVATE", "PRIVATE"),
        ("RestApi", "/apiKeySource") => (pattern, "AUTHORIZER"),
        ("RestApi", "/minimumCompressionSize") => (pattern, "1024"),
        ("RestApi", "/policy") => (pattern, POLICY),
        ("RestApi", "/endpointConfiguration/ipAddressType") => (pattern, "dualstack"),
        ("RestApi", "/endpointConfiguration/vpcEndpointIds") => (pattern, "vpce-1"),
        ("RestApi", "/securityPolicy") => (pattern, "SecurityPolicy_TLS13_1_2_2021_06"),
        ("RestApi", "/endpointAccessMode") => (pattern, "BASIC"),
        ("Account", "/cloudwatchRoleArn") => (pattern, "arn:aws:iam::000000000000:role/x"),
        ("Account", "/features") => (pattern, "UsagePlans"),
        ("Method", "/authorizationType") => (pattern, "AWS_IAM"),
        ("Method", "/requestParameters/{name}") => ("/requestParameters/method.request.header.A", "true"),
        ("Method" | "MethodResponse", _) if pattern.contains("Models/") => {
            return (pattern.replace("{contentType}", "application~1json"), "Empty".to_owned());
        }
        ("MethodResponse", _) => ("/responseParameters/method.response.header.A", "true"),
        ("Integration", "/cacheKeyParameters/{name}") => ("/cacheKeyParameters/method.request.header.A", ""),
        ("Integration", "/requestParameters/{name}") => ("/requestParameters/integration.request.header.A", "'x'"),
        ("IntegrationResponse", "/responseParameters/{name}") => {
            ("/responseParameters/method.response.header.A", "'x'")
        }
        (_, "/requestTemplates/{contentType}") => ("/requestTemplates/application~1json", "{}"),
        (_, "/responseTemplates/{contentType}") => ("/responseTemplates/application~1json", "{}"),
        (_, "/connectionType") => (pattern, "INTERNET"),
        (_, "/contentHandling") => (pattern, "CONVERT_TO_TEXT"),
        (_, "/credentials") => (pattern, "arn:aws:iam::*:user/*"),
        (_, "/httpMethod") => (pattern, "POST"),
        (_, "/passthroughBehavior") => (pattern, "NEVER"),
        (_, "/responseTransferMode") => (pattern, "STREAM"),
        (_, "/timeoutInMillis") => (pattern, "1000"),
        (_, "/uri") => (pattern, "http://b.example"),
        ("DocumentationPart", _) => (pattern, "{}"),
        ("Stage", "/deploymentId" | "/canarySettings/deploymentId") => (pattern, deployment),
        ("Stage", "/cacheClusterSize") => (pattern, "6.1"),
        ("Stage", "/accessLogSettings/destinationArn") => (pattern, "arn:aws:logs:us-east-1:000000000000:log-group:g"),
        ("Stage", "/accessLogSettings/format") => (pattern, "$context.requestId"),
        ("Stage", "/canarySettings/percentTraffic") => (pattern, "12.5"),
        ("Stage", _) if pattern.ends_with("loglevel") => ("/*/*/logging/loglevel", "ERROR"),
        ("Stage", _) if pattern.ends_with("Strategy") => {
            ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403")
        }
        ("Stage", _) if pattern.ends_with("Limit") || pattern.ends_with("Seconds") => (pattern, "60"),
        _ if pattern.ends_with("nabled")
            || pattern.ends_with("Trace")
            || pattern.ends_with("Cache")
            || pattern.ends_with("crypted")
            || pattern.ends_with("CacheControl")
            || pattern.ends_with("Endpoint")
            || pattern.ends_with("Required")
            || pattern.ends_with("Verification") =>
        {
            (pattern, "true")
        }
        _ => (pattern, "text"),
    };
    let path = path.replace("{resourcePath+}", "*").replace("{httpMethod}", "*").replace("{name}", "name");
    (path, value.to_owned())
}

/// An instance of a noun in which everything a row can remove is there; answers its path and a deployment's id.
async fn instance(plane: &Plane, noun: &str) -> (String, String) {
    let (api, root) = plane.api().await;
    put_nouns(plane, &api).await;
    let resource = plane.call("POST", &root, json!({ "pathPart": "p" })).await.ok();
    let resource = format!("{api}/resources/{}", text(&resource["id"]));
    let method = format!("{resource}/methods/GET");
    let parameters = json!({ "method.request.header.A": false });
    let models = json!({ "application/json": "Empty" });
    let given = json!({ "authorizationType": "CUSTOM", "authorizerId": "text", "requestParameters": parameters,
        "requestModels": models, "authorizationScopes": ["text"] });
    plane.call("PUT", &method, given).await.ok();
    let given = json!({ "responseParameters": { "method.response.header.A": false }, "responseModels": models });
    plane.call("PUT", &format!("{method}/responses/200"), given).await.ok();
    let given = json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://a.example",
        "requestParameters": { "integration.request.header.A": "'a'" }, "requestTemplates": { "application/json": "x" },
        "cacheKeyParameters": ["method.request.header.A"], "tlsConfig": { "insecureSkipVerification": false } });
    plane.call("PUT", &format!("{method}/integration"), given).await.ok();
    let given = json!({ "responseParameters": { "method.response.header.A": "'a'" },
        "responseTemplates": { "application/json": "x" } });
    plane.call("PUT", &format!("{method}/integration/responses/200"), given).await.ok();
    let deployment = text(&plane.call("POST", &format!("{api}/deployments"), json!({})).await.ok()["id"]);
    let given = json!({ "stageName": "dev", "deploymentId": deployment, "variables": { "name": "x" },
        "canarySettings": { "stageVariableOverrides": { "name": "y" } } });
    plane.call("POST", &format!("{api}/stages"), given).await.ok();
    let stage = format!("{api}/stages/dev");
    let version = json!({ "documentationVersion": "text" });
    plane.call("POST", &format!("{api}/documentation/versions"), version).await.ok();
    plane.patch(&stage, &[("replace", "/*/*/metrics/enabled", "true")]).await.ok();
    let given = [
        ("add", "/binaryMediaTypes/image~1png", ""),
        ("replace", "/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09"),
        ("replace", "/endpointConfiguration/types/EDGE", "PRIVATE"),
        ("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
    ];
    plane.patch(&api, &given).await.ok();
    let path = match noun {
        "Account" => "/account".to_owned(),
        "RestApi" => api,
        "Resource" => resource,
        "Method" => method,
        "MethodResponse" => format!("{method}/responses/200"),
        "Integration" => format!("{method}/integration"),
        "IntegrationResponse" => format!("{method}/integration/responses/200"),
        "Deployment" => format!("{api}/deployments/{deployment}"),
        "Stage" => stage,
        "RequestValidator" => format!("{api}/requestvalidators/text"),
        "Model" => format!("{api}/models/Empty"),
        "GatewayResponse" => format!("{api}/gatewayresponses/THROTTLED"),
        "Authorizer" => format!("{api}/authorizers/text"),
        "ApiKey" | "UsagePlan" | "Usage" => return (put_plan(plane, &api, noun).await, deployment),
        "DocumentationPart" => {
            let given = json!({ "location": { "type": "API" }, "properties": "{}" });
            let part = plane.call("POST", &format!("{api}/documentation/parts"), given).await.ok();
            format!("{api}/documentation/parts/{}", text(&part["id"]))
        }
        "DocumentationVersion" => format!("{api}/documentation/versions/text"),
        _ => account_instance(plane, noun, &api).await,
    };
    (path, deployment)
}

fn operation(op: Op, path: &str, value: &str) -> Value {
    let from = match path {
        "/deploymentId" => "/canarySettings/deploymentId",
        _ => "/canarySettings/stageVariableOverrides",
    };
    let one = json!({ "op": op.as_str(), "path": path, "value": value, "from": from });
    json!({ "patchOperations": [one] })
}

/// The values that depend on what else there is: the root's id is what a resource can move to.
async fn value_for(plane: &Plane, target: &str, pattern: &str, value: String) -> String {
    match pattern {
        "/parentId" => text(&plane.get(target).await.ok()["parentId"]),
        "/restapiId" => text(&plane.get(target).await.ok()["restApiId"]),
        "/clientCertificateId" => {
            let made = plane.call("POST", "/clientcertificates", Value::Null).await.ok();
            text(&made["clientCertificateId"])
        }
        _ => value,
    }
}

#[tokio::test]
async fn every_row_works_for_the_operations_it_lists() {
    for NounRules { noun, rows } in patch_rules() {
        for row in rows {
            for op in row.ops {
                let plane = Plane::new();
                let (mut target, deployment) = instance(&plane, noun).await;
                if noun == "DomainName" {
                    target = domain_for(&plane, row.pattern).await;
                }
                let (path, value) = sample(noun, row.pattern, &deployment);
                let value = value_for(&plane, &target, row.pattern, value).await;
                let target = if noun == "Authorizer" { authorizer_for(&target, row.pattern) } else { target };
                let answer = plane.call("PATCH", &target, operation(*op, &path, &value)).await;
                // The one feature there is stays (AWS's page "Patch Operations", `UpdateAccount`).
                let stays = row.pattern == "/features" && *op == Op::Remove;
                let expected = if stays { 400..500 } else { 200..300 };
                assert!(expected.contains(&answer.status), "{noun} {} {path}: {answer:?}", op.as_str());
            }
        }
    }
}

#[tokio::test]
async fn no_row_works_for_an_operation_that_it_does_not_list() {
    for NounRules { noun, rows } in patch_rules() {
        let plane = Plane::new();
        let (mut target, deployment) = instance(&plane, noun).await;
        if noun == "DomainName" {
            target = domain_for(&plane, "").await;
        }
        for row in &rows {
            let (path, value) = sample(noun, row.pattern, &deployment);
            let listed = |op: Op| rows.iter().any(|other| other.pattern == row.pattern && other.ops.contains(&op));
            for op in OPS.into_iter().filter(|op| !listed(*op)) {
                let (error_type, message) = plane.call("PATCH", &target, operation(op, &path, &value)).await.fault();
                assert_eq!(error_type, "BadRequestException", "{noun} {} {path}", op.as_str());
                assert!(message.contains(&path) || message.contains(&path[1..]), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_refused_with_the_paths_there_are() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    plane.patch(&root, &[("replace", "/x", "y")]).await.refused(
        "BadRequestException",
        "Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
    );
    plane.patch(&root, &[("add", "/x", "y")]).await.refused("BadRequestException", "Invalid patch path /x");
    plane.patch(&api, &[("replace", "name", "y")]).await.refused("BadRequestException", "Invalid patch path name");
    let (error_type, message) = plane.patch(&api, &[("rename", "/name", "y")]).await.fault();
    assert_eq!(error_type, "ValidationException");
    assert!(message.contains("'updateRestApiInput.patchOperations.1.member.op'"), "{message}");
}

#[tokio::test]
async fn operations_apply_in_order_and_all_or_nothing() {
    let plane = Plane::new();
    let (api, _) = plane.api().await;
    let twice = [("replace", "/name", "one"), ("replace", "/name", "two")];
    assert_eq!(plane.patch(&api, &twice).await.ok()["name"], "two");
    let broken = [("replace", "/name", "three"), ("replace", "/nothing", "x")];
    assert_eq!(plane.patch(&api, &broken).await.status, 400);
    assert_eq!(plane.get(&api).await.ok()["name"], "two");
    assert_eq!(plane.call("PATCH", &api, json!({})).await.ok()["name"], "two", "no operation is no change");
}

#[tokio::test]
async fn values_that_a_member_does_not_take_are_refused() {
    let plane = Plane::new();
    let (target, _) = instance(&plane, "Stage").await;
    let api = target.split("/stages/").next().expect("a path").to_owned();
    let cases = [
        (&target, "/tracingEnabled", "yes", "Invalid value 'yes' specified for /tracingEnabled. Must be a boolean"),
        (
            &target,
            "/canarySettings/percentTraffic",
            "x",
            "Invalid value 'x' specified for /canarySettings/percentTraffic. Must be a number",
        ),
        (&target, "/deploymentId", "", "Invalid null or empty value in /deploymentId"),
        (
            &api,
            "/apiKeySource",
            "COOKIE",
            "Invalid value 'COOKIE' specified for /apiKeySource. Must be one of: [HEADER, AUTHORIZER]",
        ),
    ];
    for (target, path, value, message) in cases {
        plane.patch(target, &[("replace", path, value)]).await.refused("BadRequestException", message);
    }
    for path in ["/variables/nosuch", "/canarySettings/stageVariableOverrides/nosuch"] {
        let message = format!("Invalid patch path {path}");
        plane.patch(&target, &[("remove", path, "")]).await.refused("BadRequestException", &message);
    }
}
