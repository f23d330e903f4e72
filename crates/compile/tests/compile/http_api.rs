//! HTTP APIs driven from frozen documents to plans.

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_compile::{Finding, Surroundings, compile_http_deployment, compile_http_stage};
use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_plan::{
    ApiFacts, DeploymentPlan, EndpointPart, Envelope, Forwarding, IntegrationPlan, PayloadFormat, ResponseTransferMode,
    Scheme, StagePlan, Unrouted, Verb, VerbChoice,
};

const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/1/2";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:pets";

/// An API of routes, each with the integration it leads to.
fn compiled(routes: &[(&str, Value)], more: &Value) -> (DeploymentPlan, Vec<Finding>) {
    let with_id = |(index, (_, integration)): (usize, &(&str, Value))| {
        let mut integration = integration.clone();
        integration["integrationId"] = json!(format!("i{index}"));
        integration
    };
    let integrations: Vec<Value> = routes.iter().enumerate().map(with_id).collect();
    let route = |(index, (key, _)): (usize, &(&str, Value))| json!({"routeId": format!("r{index}"), "routeKey": key, "target": format!("integrations/i{index}")});
    let routes: Vec<Value> = routes.iter().enumerate().map(route).collect();
    let mut document =
        json!({"apiId": "api0000001", "routes": routes, "integrations": integrations, "authorizers": []});
    document.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let frozen: FrozenHttpApi = serde_json::from_value(document).expect("documents in wire form");
    compile_http_deployment(&frozen, "00")
}

fn proxy(uri: &str) -> Value {
    json!({"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": uri, "payloadFormatVersion": "1.0"})
}

fn function(version: &str) -> Value {
    json!({"integrationType": "AWS_PROXY", "integrationUri": FUNCTION, "payloadFormatVersion": version})
}

/// The stage over a deployment.
fn staged(plan: DeploymentPlan, stage: &Value, surroundings: &Surroundings) -> (StagePlan, Vec<Finding>) {
    let mut document = json!({"stageName": "$default", "deploymentId": "d"});
    document.as_object_mut().expect("an object").extend(stage.as_object().expect("an object").clone());
    let facts = ApiFacts {
        id: "api0000001".into(),
        account: "000000000000".into(),
        region: "us-east-1".into(),
        name: "pets".into(),
        envelope: Envelope::Apigw,
    };
    let document = serde_json::from_value(document).expect("a stage in wire form");
    compile_http_stage(&document, &Arc::new(facts), &Arc::new(plan), &Arc::default(), surroundings)
}

#[test]
fn routes_become_a_tree_and_a_fallback() {
    let routes = ["GET /pets/{id}", "ANY /pets/{name}/toys", "$default"];
    let (plan, findings) = compiled(&routes.map(|key| (key, proxy("http://a.example/"))), &json!({}));
    assert_eq!((findings, plan.unrouted, plan.overrides_method), (vec![], Unrouted::NotFound, false));
    let key = |path: &[u8], verb| plan.find(path, verb).and_then(|found| plan.route(found.route)?.key.as_deref());
    assert_eq!(key(b"/pets/7", Verb::Get), Some("GET /pets/{id}"));
    assert_eq!(key(b"/pets/7/toys", Verb::Put), Some("ANY /pets/{name}/toys"));
    assert_eq!(key(b"/pets/7", Verb::Put), Some("$default"));
    assert_eq!(key(b"/", Verb::Get), Some("$default"));
    assert_eq!((&*plan.routes[0].resource_id, &*plan.routes[2].resource_path), ("GET /pets/{id}", "$default"));
}

#[test]
fn what_cannot_be_served_refuses_with_a_finding() {
    for (key, integration, why) in [
        ("GET /a", json!({"integrationType": "MOCK"}), "AWS_PROXY and HTTP_PROXY only"),
        ("GET /a", json!({"integrationType": "HTTP_PROXY", "integrationMethod": "GET"}), "no URI"),
        ("GET /a", function("3.0"), "there is no payload format 3.0"),
        (
            "GET /a",
            json!({"integrationType": "HTTP_PROXY", "integrationMethod": "FETCH", "integrationUri": "http://a/"}),
            "`FETCH` is no HTTP method",
        ),
        (
            "GET /a",
            json!({"integrationType": "HTTP_PROXY", "integrationMethod": "GET", "integrationUri": LISTENER, "connectionType": "VPC_LINK"}),
            "need a connectionId",
        ),
    ] {
        let (plan, findings) = compiled(&[(key, integration)], &json!({}));
        let IntegrationPlan::Misconfigured { why: told } = &plan.routes[0].integration else { unreachable!("served") };
        assert!(told.contains(why), "{told}");
        assert!(findings[0].to_string().contains(why), "{findings:?}");
    }
    let (plan, findings) = compiled(&[("GET /pets/", proxy("http://a/"))], &json!({}));
    assert!(plan.routes.is_empty() && findings.len() == 1, "a key that nothing matches takes no requests");
}

#[test]
fn routes_that_differ_in_names_alone_refuse_each_other() {
    let keys = ["GET /a/{x}", "GET /a/{y}", "POST /a/{z}", "ANY /a/{rest+}"];
    let (plan, findings) = compiled(&keys.map(|key| (key, proxy("http://a.example/"))), &json!({}));
    let refused: Vec<bool> =
        plan.routes.iter().map(|route| matches!(route.integration, IntegrationPlan::Misconfigured { .. })).collect();
    assert_eq!((refused, findings.len()), (vec![true, true, false, false], 2));
}

#[test]
fn proxies_have_the_defaults_of_http_apis_and_more_where_asked() {
    let (plan, _) = compiled(&[("ANY /{id}", proxy("http://a.example/{id}"))], &json!({}));
    let IntegrationPlan::Http(http) = &plan.routes[0].integration else { unreachable!("no proxy") };
    assert_eq!((http.timeout_ms, http.verb, http.forwarding), (30_000, VerbChoice::Client, Forwarding::Forwarded));
    assert_eq!(http.transfer, ResponseTransferMode::Buffered);
    let mut beyond = proxy("http://a.example/");
    beyond["beyond"] = json!({"timeoutInMillis": 120_000, "responseTransferMode": "STREAM"});
    let (plan, _) = compiled(&[("GET /", beyond)], &json!({}));
    let IntegrationPlan::Http(http) = &plan.routes[0].integration else { unreachable!("no proxy") };
    assert_eq!((http.timeout_ms, http.transfer), (120_000, ResponseTransferMode::Stream));
}

#[test]
fn functions_are_told_in_the_form_of_their_integration() {
    for (version, expected) in [("1.0", PayloadFormat::OneCanonical), ("2.0", PayloadFormat::Two)] {
        let (plan, _) = compiled(&[("$default", function(version))], &json!({}));
        let IntegrationPlan::Lambda(lambda) = &plan.routes[0].integration else { unreachable!("no function") };
        assert_eq!(lambda.format, expected);
        let (stage, findings) = staged(plan, &json!({}), &Surroundings::default());
        let target = stage.functions[0].as_ref().expect("a function").as_ref().expect("bound");
        assert_eq!((target.function.to_string(), findings), (FUNCTION.to_owned(), vec![]));
    }
}

#[test]
fn uris_are_bound_to_path_parameters_and_stage_variables() {
    let (plan, _) = compiled(&[("GET /{id}/x", proxy("http://${stageVariables.host}/v/{id}"))], &json!({}));
    let (stage, _) = staged(plan, &json!({"stageVariables": {"host": "a.example"}}), &Surroundings::default());
    let endpoint = stage.endpoints[0].as_ref().expect("a back end").as_ref().expect("bound");
    assert_eq!(&*endpoint.host, "a.example");
    assert!(
        matches!(&*endpoint.path, [EndpointPart::Literal(_), EndpointPart::Placeholder(name, _)] if **name == *"id")
    );
    let (plan, _) = compiled(&[("GET /x", proxy("http://a.example/{id}"))], &json!({}));
    let (stage, findings) = staged(plan, &json!({}), &Surroundings::default());
    assert!(stage.endpoints[0].as_ref().expect("a back end").is_err() && findings.len() == 1);
}

#[test]
fn fact_103_a_listener_leaves_path_and_host_to_the_request() {
    let mut integration = proxy(LISTENER);
    integration["connectionType"] = json!("VPC_LINK");
    integration["connectionId"] = json!("link1");
    let surroundings = Surroundings {
        vpc_links: [("link1".to_owned(), vec!["pets".to_owned()])].into(),
        private_targets: Arc::new(["pets".into()].into()),
        ..Surroundings::default()
    };
    for (tls, scheme, host, origin) in [
        (json!(null), Scheme::Http, "listener", "http://listener:80 private=pets"),
        (
            json!({"serverNameToVerify": "Pets.internal"}),
            Scheme::Https,
            "pets.internal",
            "https://pets.internal:443 private=pets",
        ),
    ] {
        integration["tlsConfig"] = tls;
        let (plan, _) = compiled(&[("GET /{id}", integration.clone())], &json!({}));
        let (stage, findings) = staged(plan, &json!({}), &surroundings);
        let endpoint = stage.endpoints[0].as_ref().expect("a back end").as_ref().expect("bound");
        assert_eq!((endpoint.scheme, &*endpoint.host, &*endpoint.origin), (scheme, host, origin));
        assert!(endpoint.way.keeps_target && findings.is_empty());
    }
    let (plan, _) = compiled(&[("GET /", integration)], &json!({}));
    let (_, findings) = staged(plan, &json!({}), &Surroundings::default());
    assert!(findings[0].to_string().contains("[vpc_links]"), "{findings:?}");
}

#[test]
fn rates_and_counters_follow_the_settings_of_routes() {
    let keys = ["GET /a", "GET /b", "$default"];
    let (plan, _) = compiled(&keys.map(|key| (key, proxy("http://a.example/"))), &json!({}));
    let stage = json!({
        "defaultRouteSettings": {"throttlingRateLimit": 5.0, "throttlingBurstLimit": 6, "detailedMetricsEnabled": true},
        "routeSettings": {"GET /b": {"throttlingRateLimit": 1.0, "detailedMetricsEnabled": false}, "$default": {"throttlingRateLimit": -1.0}},
    });
    let (stage, _) = staged(plan, &stage, &Surroundings::default());
    let names: Vec<_> = stage.rates.routes.iter().flatten().map(|limit| &*limit.method).collect();
    assert_eq!(names, keys);
    assert!(stage.route_meters.iter().all(Option::is_some), "fact H58");
}

#[test]
fn browsers_are_told_what_is_configured_and_nothing_else() {
    for (cors, is_there) in
        [(json!(null), false), (json!({}), false), (json!({"allowOrigins": ["https://a.example"]}), true)]
    {
        let (plan, _) = compiled(&[], &json!({"corsConfiguration": cors}));
        assert_eq!(plan.cors.is_some(), is_there, "{cors}");
    }
}
