//! `ImportApi`, `ReimportApi` and `ExportApi`: definitions become HTTP APIs, and come out again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use stagegate_control::{Discovery, Undiscovered};
use stagegate_store::BoxFuture;

use crate::plane::{Answer, Plane, text};

const ISSUER: &str = "https://issuer.example/pool";
const EVERYTHING: &str = r#"
openapi: 3.0.1
info: {title: Pets, version: "1", description: All of them}
tags: [{name: team, x-amazon-apigateway-tag-value: blue}]
x-amazon-apigateway-cors: {allowOrigins: ["https://a.example"], maxAge: 60}
x-stagegate-api-key-source: HEADER
paths:
  /pets:
    get:
      operationId: list
      security: [{tokens: [read]}]
      x-stagegate-cache: {ttlInSeconds: 60}
      x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/pets'}
    post:
      security: [{tokens: []}]
      x-stagegate-api-key-required: true
      x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/pets'}
  /signed: {put: {security: [{iam: []}], x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: "http://b.example/", payloadFormatVersion: "1.0", timeoutInMillis: 900, x-stagegate-timeout-in-millis: 60000}}}
  /$default: {x-amazon-apigateway-any-method: {security: [{function: []}]}}
components:
  x-amazon-apigateway-integrations:
    pets: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:pets", payloadFormatVersion: "2.0"}
  securitySchemes:
    tokens: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: "https://issuer.example/pool", audience: [a]}, x-stagegate-algorithms: [EdDSA]}}
    iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    function: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: request, authorizerPayloadFormatVersion: "2.0", enableSimpleResponses: true, authorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}}
"#;

/// Issuers that have a discovery document; the others do not answer.
#[derive(Default)]
struct Issuers(Mutex<Vec<String>>);

impl Discovery for Issuers {
    fn document<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Bytes, Undiscovered>> {
        let known = self.0.lock().expect("a lock");
        let issuer = known.iter().find(|issuer| url == format!("{issuer}/.well-known/openid-configuration"));
        let document =
            issuer.map(|issuer| json!({ "issuer": issuer, "jwks_uri": "https://keys.example/" }).to_string());
        Box::pin(async move { document.map(Bytes::from).ok_or_else(|| Undiscovered("unreachable".to_owned())) })
    }
}

fn plane() -> Plane {
    Plane::discovering(Arc::new(Issuers(Mutex::new(vec![ISSUER.to_owned()]))))
}

async fn import(plane: &Plane, target: &str, definition: &str) -> Answer {
    plane.call("PUT", target, json!({ "body": definition })).await
}

async fn items(plane: &Plane, target: &str) -> Vec<Value> {
    let answer = plane.get(&format!("{target}?maxResults=500")).await.ok();
    answer["items"].as_array().cloned().unwrap_or_default()
}

/// The nouns of an API by what names them, their ids taken out.
async fn nouns(plane: &Plane, api: &str) -> BTreeMap<String, Value> {
    let integrations = items(plane, &format!("{api}/integrations")).await;
    let authorizers = items(plane, &format!("{api}/authorizers")).await;
    let named = |id: &Value| authorizers.iter().find(|one| one["authorizerId"] == *id).map(|one| one["name"].clone());
    let target = |id: &Value| {
        let found = integrations.iter().find(|one| *id == format!("integrations/{}", text(&one["integrationId"])));
        found.map(|found| without(found.clone(), "integrationId"))
    };
    let mut nouns = BTreeMap::new();
    for route in items(plane, &format!("{api}/routes")).await {
        let mut route = without(route, "routeId");
        route["target"] = json!(target(&route["target"]));
        route["authorizerId"] = json!(named(&route["authorizerId"]));
        nouns.insert(text(&route["routeKey"]), route);
    }
    nouns.extend(authorizers.iter().map(|one| (text(&one["name"]), without(one.clone(), "authorizerId"))));
    nouns
}

fn without(mut noun: Value, member: &str) -> Value {
    noun.as_object_mut().and_then(|members| members.shift_remove(member));
    noun
}

async fn export(plane: &Plane, api: &str, query: &str) -> Response<Bytes> {
    plane.send("GET", &format!("{api}/exports/OAS30?{query}"), Bytes::new()).await
}

#[tokio::test]
async fn a_definition_becomes_an_api() {
    let plane = plane();
    let made = import(&plane, "/v2/apis", EVERYTHING).await.ok();
    assert_eq!((&made["name"], &made["version"]), (&json!("Pets"), &json!("1")));
    assert_eq!(made["corsConfiguration"], json!({ "allowOrigins": ["https://a.example"], "maxAge": 60 }));
    assert_eq!(made["tags"], json!({ "team": "blue" }));
    assert!(made["warnings"].is_null() && made["importInfo"].is_null(), "{made}");
    let api = format!("/v2/apis/{}", text(&made["apiId"]));
    let nouns = nouns(&plane, &api).await;
    let keys: Vec<&str> = nouns.keys().map(String::as_str).collect();
    assert_eq!(keys, ["$default", "GET /pets", "POST /pets", "PUT /signed", "function", "tokens"]);
    assert_eq!(nouns["GET /pets"]["authorizationScopes"], json!(["read"]));
    assert_eq!(nouns["GET /pets"]["operationName"], "list");
    assert_eq!(nouns["GET /pets"]["target"]["integrationUri"], "arn:aws:lambda:us-east-1:000000000000:function:pets");
    assert_eq!(nouns["PUT /signed"]["authorizationType"], "AWS_IAM");
    assert_eq!(nouns["PUT /signed"]["target"]["timeoutInMillis"], 900);
    assert_eq!(nouns["$default"]["authorizerId"], "function");
    assert_eq!(items(&plane, &format!("{api}/integrations")).await.len(), 2, "one is shared");
}

#[tokio::test]
async fn what_is_exported_imports_as_the_same_api() {
    let plane = plane();
    let one = format!("/v2/apis/{}", text(&import(&plane, "/v2/apis", EVERYTHING).await.ok()["apiId"]));
    for language in ["JSON", "YAML"] {
        let exported = export(&plane, &one, &format!("outputType={language}")).await;
        assert_eq!(exported.status(), 200);
        assert_eq!(exported.headers()["content-type"], format!("application/{}", language.to_lowercase()));
        let definition = String::from_utf8(exported.body().to_vec()).expect("UTF-8");
        let two = format!("/v2/apis/{}", text(&import(&plane, "/v2/apis", &definition).await.ok()["apiId"]));
        assert_eq!(nouns(&plane, &one).await, nouns(&plane, &two).await);
        let again = export(&plane, &two, &format!("outputType={language}")).await;
        let host = |api: &str| api.trim_start_matches("/v2/apis/").to_owned();
        let definition = definition.replace(&host(&one), &host(&two));
        assert_eq!(again.body().len(), definition.len(), "{definition}");
    }
}

#[tokio::test]
async fn what_is_beyond_aws_is_in_exports_and_in_no_other_answer() {
    let plane = plane();
    let made = import(&plane, "/v2/apis", EVERYTHING).await.ok();
    let api = format!("/v2/apis/{}", text(&made["apiId"]));
    let mut answers = vec![made, plane.get(&api).await.ok(), plane.get("/v2/apis").await.ok()];
    for kind in ["routes", "integrations", "authorizers"] {
        let target = format!("{api}/{kind}");
        answers.push(plane.get(&target).await.ok());
        for one in items(&plane, &target).await {
            let id = ["routeId", "integrationId", "authorizerId"].iter().find_map(|name| one[*name].as_str());
            answers.push(plane.get(&format!("{target}/{}", id.expect("an id"))).await.ok());
        }
    }
    for answer in answers {
        assert!(!answer.to_string().contains("beyond"), "{answer}");
    }
    // Whoever changes a route by AWS's operations takes nothing away.
    let routes = items(&plane, &format!("{api}/routes")).await;
    let route = routes.iter().find(|route| route["routeKey"] == "GET /pets").expect("a route");
    let target = format!("{api}/routes/{}", text(&route["routeId"]));
    plane.call("PATCH", &target, json!({ "operationName": "other" })).await.ok();
    let exported = export(&plane, &api, "outputType=JSON").await;
    let document: Value = serde_json::from_slice(exported.body()).expect("JSON");
    assert_eq!(document["x-stagegate-api-key-source"], "HEADER");
    assert_eq!(document["paths"]["/pets"]["get"]["x-stagegate-cache"], json!({ "ttlInSeconds": 60 }));
    assert_eq!(document["paths"]["/pets"]["get"]["operationId"], "other");
    assert_eq!(document["paths"]["/pets"]["post"]["x-stagegate-api-key-required"], true);
    let integration = &document["paths"]["/signed"]["put"]["x-amazon-apigateway-integration"];
    assert_eq!(integration["x-stagegate-timeout-in-millis"], 60_000);
    let authorizer = &document["components"]["securitySchemes"]["tokens"]["x-amazon-apigateway-authorizer"];
    assert_eq!(authorizer["x-stagegate-algorithms"], json!(["EdDSA"]));
    let plain = export(&plane, &api, "outputType=JSON&includeExtensions=false").await;
    assert!(!String::from_utf8_lossy(plain.body()).contains("x-stagegate"));
}

#[tokio::test]
async fn fact_h42_an_issuer_without_discovery_leaves_its_authorizer_and_routes_out() {
    let plane = plane();
    let definition = EVERYTHING.replace("https://issuer.example/pool", "https://nobody.example");
    let made = import(&plane, "/v2/apis", &definition).await.ok();
    let api = format!("/v2/apis/{}", text(&made["apiId"]));
    let nouns = nouns(&plane, &api).await;
    assert_eq!(nouns.keys().map(String::as_str).collect::<Vec<_>>(), ["$default", "PUT /signed", "function"]);
    assert_eq!(items(&plane, &format!("{api}/integrations")).await.len(), 1, "what only they had is not made either");
    let warnings: Vec<String> = made["warnings"].as_array().into_iter().flatten().map(text).collect();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings[0].starts_with(
        "Unable to create authorizer 'tokens': Caught exception when connecting to \
         https://nobody.example/.well-known/openid-configuration for issuer https://nobody.example. Please try again later."
    ));
    assert!(warnings[1].starts_with("Unable to create route 'GET /pets': there is no authorizer 'tokens'."));
    let before = items(&plane, "/v2/apis").await.len();
    let (code, message) = import(&plane, "/v2/apis?failOnWarnings=true", &definition).await.fault();
    assert_eq!(code, "BadRequestException");
    assert!(message.starts_with("Warnings found during import:\n\tUnable to create authorizer 'tokens'"), "{message}");
    assert_eq!(items(&plane, "/v2/apis").await.len(), before, "nothing was made");
}

#[tokio::test]
async fn a_reimport_keeps_ids_and_takes_away_what_is_gone() {
    let plane = plane();
    let api = format!("/v2/apis/{}", text(&import(&plane, "/v2/apis", EVERYTHING).await.ok()["apiId"]));
    plane.call("POST", &format!("{api}/stages"), json!({ "stageName": "$default", "autoDeploy": true })).await.ok();
    let all = |kind: &'static str| {
        let (plane, api) = (&plane, &api);
        async move { items(plane, &format!("{api}/{kind}")).await }
    };
    let before = (all("routes").await, all("integrations").await, all("authorizers").await);
    import(&plane, &api, EVERYTHING).await.ok();
    assert_eq!((all("routes").await, all("integrations").await, all("authorizers").await), before);
    let less = "openapi: 3.0.1\ninfo: {title: Less}\npaths: {/pets: {get: {}}, /new: {get: {}}}\n";
    let after = import(&plane, &api, less).await.ok();
    assert_eq!(after["name"], "Less");
    assert_eq!(after["tags"], json!({ "team": "blue" }));
    assert!(after["corsConfiguration"].is_null() && after["description"].is_null());
    assert_eq!((all("integrations").await, all("authorizers").await), (vec![], vec![]));
    let id = |routes: &[Value]| {
        let found = routes.iter().find(|route| route["routeKey"] == "GET /pets");
        found.map(|route| text(&route["routeId"]))
    };
    let routes = all("routes").await;
    assert_eq!(routes.len(), 2);
    assert_eq!(id(&routes), id(&before.0));
    // The stage deploys by itself, and an export of it shows what it serves.
    let stage = plane.get(&format!("{api}/stages/%24default")).await.ok();
    let message = text(&stage["lastDeploymentStatusMessage"]);
    assert!(message.starts_with("Successfully deployed stage with deployment ID"), "{message}");
    let exported = export(&plane, &api, "outputType=JSON&stageName=%24default").await;
    let document: Value = serde_json::from_slice(exported.body()).expect("JSON");
    assert_eq!(document["paths"].as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(document["info"]["version"], "2027-01-15 08:00:00UTC", "the date of an API without a version");
}

#[tokio::test]
async fn an_export_of_a_stage_is_of_its_deployment() {
    let plane = plane();
    let api = format!("/v2/apis/{}", text(&import(&plane, "/v2/apis", EVERYTHING).await.ok()["apiId"]));
    plane.call("POST", &format!("{api}/stages"), json!({ "stageName": "v1" })).await.ok();
    let (code, message) = Answer::of(&export(&plane, &api, "outputType=JSON&stageName=v1").await).fault();
    assert_eq!((code.as_str(), message.contains("no deployment")), ("BadRequestException", true));
    plane.call("POST", &format!("{api}/deployments"), json!({ "stageName": "v1" })).await.ok();
    import(&plane, &api, "openapi: 3.0.1\ninfo: {title: Less}\npaths: {/new: {get: {}}}\n").await.ok();
    let paths = |exported: &Response<Bytes>| {
        let document: Value = serde_json::from_slice(exported.body()).expect("JSON");
        let paths = document["paths"].as_object().map(|paths| paths.keys().cloned().collect::<Vec<_>>());
        (paths.unwrap_or_default(), text(&document["servers"][0]["variables"]["basePath"]["default"]))
    };
    let (deployed, base) = paths(&export(&plane, &api, "outputType=JSON&stageName=v1").await);
    assert_eq!(deployed, ["/$default", "/pets", "/signed"]);
    assert!(base.ends_with("/v1"), "{base}");
    assert_eq!(paths(&export(&plane, &api, "outputType=JSON").await).0, ["/new"]);
}

#[tokio::test]
async fn what_cannot_be_made_is_left_out_with_a_warning() {
    let plane = plane();
    let definition = r#"
openapi: 3.0.1
info: {title: Half}
paths:
  /aws: {get: {x-amazon-apigateway-integration: {type: AWS, httpMethod: POST, uri: "arn:aws:lambda:us-east-1:1:function:f", payloadFormatVersion: "1.0"}}}
  /link: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, connectionType: VPC_LINK, connectionId: gone, uri: "arn:a"}}}
  /mapping: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://a.example", requestParameters: {"append:header.host": "x", "overwrite:header.apigw-requestid": "x"}}}}
  /slow: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://a.example", timeoutInMillis: 30001}}}
  /whole: {get: {}}
"#;
    let made = import(&plane, "/v2/apis", definition).await.ok();
    let api = format!("/v2/apis/{}", text(&made["apiId"]));
    assert_eq!(nouns(&plane, &api).await.into_keys().collect::<Vec<_>>(), ["GET /whole"]);
    assert_eq!(items(&plane, &format!("{api}/integrations")).await.len(), 0);
    let warnings = made["warnings"].to_string();
    for words in ["proxy integrations (AWS_PROXY, HTTP_PROXY)", "VpcLink gone does not exist", "TimeoutInMillis"] {
        assert!(warnings.contains(words), "{words}: {warnings}");
    }
}

#[tokio::test]
async fn what_is_no_definition_is_refused() {
    let plane = plane();
    let head = "openapi: 3.0.1\ninfo: {title: t}\n";
    let cases = [
        ("/v2/apis", "{", "Invalid OpenAPI input."),
        ("/v2/apis", r#"{"swagger": "2.0", "info": {"title": "t"}}"#, "OpenAPI 3.0 only"),
        ("/v2/apis", "openapi: 3.1.0\ninfo: {title: t}", "3.1.0"),
        ("/v2/apis?basepath=cut", head, "Invalid basepath specified"),
        (
            "/v2/apis",
            &format!("openapi: 3.0.1\ninfo: {{title: {}}}", "t".repeat(129)),
            "Errors found during import:\n\tInvalid value for Name",
        ),
        (
            "/v2/apis",
            &format!("{head}x-amazon-apigateway-cors: {{allowOrigins: ['*'], allowCredentials: true}}"),
            "allow-credentials is not supported if 'allow-origin' is *",
        ),
        ("/v2/apis", &format!("{head}tags: [{{name: 'aws:x'}}]"), "The prefix aws: is reserved"),
    ];
    for (target, definition, words) in cases {
        let (code, message) = import(&plane, target, definition).await.fault();
        assert_eq!(code, "BadRequestException");
        assert!(message.contains(words), "{message}");
    }
    plane.call("PUT", "/v2/apis", json!({})).await.refused("BadRequestException", "Body is a required parameter");
    let (code, _) = import(&plane, "/v2/apis/nosuch", head).await.fault();
    assert_eq!(code, "NotFoundException");
    assert_eq!(items(&plane, "/v2/apis").await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_nobody_can_export_is_refused() {
    let plane = plane();
    let api = format!("/v2/apis/{}", text(&import(&plane, "/v2/apis", EVERYTHING).await.ok()["apiId"]));
    for (target, code) in [
        (format!("{api}/exports/OAS20?outputType=JSON"), "BadRequestException"),
        (format!("{api}/exports/OAS30"), "BadRequestException"),
        (format!("{api}/exports/OAS30?outputType=XML"), "BadRequestException"),
        (format!("{api}/exports/OAS30?outputType=JSON&exportVersion=2.0"), "BadRequestException"),
        (format!("{api}/exports/OAS30?outputType=JSON&includeExtensions=perhaps"), "BadRequestException"),
        (format!("{api}/exports/OAS30?outputType=JSON&stageName=nosuch"), "NotFoundException"),
        ("/v2/apis/nosuch/exports/OAS30?outputType=JSON".to_owned(), "NotFoundException"),
    ] {
        assert_eq!(plane.get(&target).await.fault().0, code, "{target}");
    }
}

#[tokio::test]
async fn a_definition_of_many_routes_is_imported_in_time() {
    let plane = plane();
    let route = |index| {
        format!(
            "  /p{index}: {{get: {{x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: \"http://a.example/{index}\"}}}}}}\n"
        )
    };
    let routes: String = (0..5_000).map(route).collect();
    let definition = format!("openapi: 3.0.1\ninfo: {{title: Many}}\npaths:\n{routes}");
    let started = Instant::now();
    let api = format!("/v2/apis/{}", text(&import(&plane, "/v2/apis", &definition).await.ok()["apiId"]));
    plane.call("POST", &format!("{api}/stages"), json!({ "stageName": "$default", "autoDeploy": true })).await.ok();
    import(&plane, &api, &definition).await.ok();
    // A debug build; what grows with the square of the routes would take minutes.
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    assert_eq!(items(&plane, &format!("{api}/routes")).await.len(), 500);
}
