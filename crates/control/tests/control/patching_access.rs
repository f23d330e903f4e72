//! Instances and samples for the patch rows of validators, models, authorizers, gateway responses, keys and plans.

use serde_json::json;

use crate::plane::{Plane, text};

const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
const POOL: &str = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a";
const OTHER_POOL: &str = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_b";

/// A concrete path of a row, and a value that it takes.
pub(crate) fn access_sample<'p>(noun: &str, pattern: &'p str) -> (&'p str, &'p str) {
    match (noun, pattern) {
        ("ApiKey", "/stages") => (pattern, "a/s"),
        ("UsagePlan", "/apiStages") => (pattern, "a:s"),
        ("UsagePlan", "/apiStages/{apidId:stageName}/throttle") => {
            ("/apiStages/a:s/throttle", r#"{"/pets/GET":{"rateLimit":2}}"#)
        }
        ("UsagePlan", "/apiStages/{apidId:stageName}/throttle/{resourcePath+}/{httpMethod}") => {
            ("/apiStages/a:s/throttle/~1pets/GET", "")
        }
        ("UsagePlan", "/apiStages/{apidId:stageName}/throttle/{resourcePath+}/{httpMethod}/rateLimit") => {
            ("/apiStages/a:s/throttle//pets/GET/rateLimit", "2.5")
        }
        ("UsagePlan", "/apiStages/{apidId:stageName}/throttle/{resourcePath+}/{httpMethod}/burstLimit") => {
            ("/apiStages/a:s/throttle/~1pets/GET/burstLimit", "2")
        }
        ("UsagePlan", "/quota/limit" | "/quota/offset" | "/throttle/burstLimit" | "/throttle/rateLimit") => {
            (pattern, "2")
        }
        ("UsagePlan", "/quota/period") => (pattern, "WEEK"),
        ("Usage", "/remaining") => (pattern, "7"),
        ("ApiKey", "/enabled") | ("RequestValidator", "/validateRequestBody" | "/validateRequestParameters") => {
            (pattern, "true")
        }
        ("GatewayResponse", "/statusCode") => (pattern, "418"),
        ("GatewayResponse", "/responseParameters/{name}") => ("/responseParameters/gatewayresponse.header.A", "'x'"),
        ("Authorizer", "/authorizerUri") => (pattern, FUNCTION),
        ("Authorizer", "/authorizerResultTtlInSeconds") => (pattern, "60"),
        ("Authorizer", "/identitySource") => (pattern, "method.request.header.B"),
        ("Authorizer", "/jwtConfiguration") => {
            (pattern, r#"{"issuers":[{"issuer":"https://b.example","audiences":["b"]}],"defaultAlgorithms":["ES256"]}"#)
        }
        ("Authorizer", "/providerARNs") => (pattern, POOL),
        ("Authorizer", "/type") => (pattern, "REQUEST"),
        ("Model", "/schema") => (pattern, "{}"),
        ("Authorizer", "/authorizerCredentials") => (pattern, "arn:aws:iam::000000000000:role/x"),
        (_, "/responseTemplates/{contentType}") => ("/responseTemplates/application~1json", "{}"),
        _ => (pattern, "text"),
    }
}

/// An authorizer of each type, a validator and a gateway response.
pub(crate) async fn put_nouns(plane: &Plane, api: &str) {
    let nouns = [
        (
            "authorizers",
            json!({ "id": "text", "name": "guard", "type": "TOKEN", "authorizerUri": FUNCTION,
            "identitySource": "method.request.header.A" }),
        ),
        (
            "authorizers",
            json!({ "id": "pool", "name": "pool", "type": "COGNITO_USER_POOLS", "providerARNs": [POOL, OTHER_POOL],
            "identitySource": "method.request.header.A" }),
        ),
        (
            "authorizers",
            json!({ "id": "jwt", "name": "jwt", "type": "JWT", "identitySource": "method.request.header.A",
            "jwtConfiguration": { "issuers": [{ "issuer": "https://a.example", "audiences": ["a"] }],
                "defaultAlgorithms": ["RS256"] } }),
        ),
        (
            "authorizers",
            json!({ "id": "request", "name": "request", "type": "REQUEST", "authorizerUri": FUNCTION,
            "authorizerResultTtlInSeconds": 0, "identitySource": "method.request.header.A" }),
        ),
        ("requestvalidators", json!({ "id": "text", "name": "all" })),
    ];
    for (kind, noun) in nouns {
        plane.plant(&format!("{api}/{kind}/{}", text(&noun["id"])), noun).await;
    }
    let response = json!({ "responseParameters": { "gatewayresponse.header.A": "'a'" },
        "responseTemplates": { "application/json": "x" } });
    plane.call("PUT", &format!("{api}/gatewayresponses/THROTTLED"), response).await.ok();
}

/// A plan with a stage and a key, neither of which the patched rows' values name; answers the noun's path.
pub(crate) async fn put_plan(plane: &Plane, api: &str, noun: &str) -> String {
    let api_id = api.trim_start_matches("/restapis/");
    plane.plant(&format!("{api}/stages/other"), json!({ "stageName": "other", "deploymentId": "d" })).await;
    plane.plant("/restapis/a/stages/s", json!({ "stageName": "s", "deploymentId": "d" })).await;
    let key = json!({ "name": "key", "stageKeys": [{ "restApiId": "a", "stageName": "s" }] });
    let key = text(&plane.call("POST", "/apikeys", key).await.ok()["id"]);
    let stages = json!([{ "apiId": "a", "stage": "s", "throttle": { "/pets/GET": { "rateLimit": 1.0 } } },
        { "apiId": api_id, "stage": "other" }]);
    let plan = json!({ "name": "plan", "apiStages": stages, "throttle": { "rateLimit": 1.0, "burstLimit": 1 },
        "quota": { "limit": 1, "period": "MONTH" } });
    let plan = format!("/usageplans/{}", text(&plane.call("POST", "/usageplans", plan).await.ok()["id"]));
    let given = json!({ "keyId": key, "keyType": "API_KEY" });
    plane.call("POST", &format!("{plan}/keys"), given).await.ok();
    match noun {
        "ApiKey" => format!("/apikeys/{key}"),
        "Usage" => format!("{plan}/keys/{key}/usage"),
        _ => plan,
    }
}

/// An authorizer of a type that has the member.
pub(crate) fn authorizer_for(target: &str, pattern: &str) -> String {
    let id = match pattern {
        "/jwtConfiguration" => "jwt",
        "/providerARNs" => "pool",
        "/identitySource" => "request",
        _ => "text",
    };
    target.replace("/text", &format!("/{id}"))
}
