//! Deployments: every method becomes a route, and what is not served is refused with a finding.

use crate::documents::{api, compiled, mock, open, proxy, served};
use serde_json::{Value, json};
use stagegate_compile::{Effect, Subject};
use stagegate_plan::{IntegrationPlan, PrivatePlan, Verb};

#[test]
fn routes_carry_their_path_and_variables_and_follow_aws_s_priorities() {
    let (plan, findings) = compiled(&api(
        &json!({}),
        &[
            ("/", json!({"GET": mock()})),
            ("/pets/{petId}", json!({"GET": mock(), "ANY": mock()})),
            ("/pets/mine", json!({"GET": mock()})),
            ("/{proxy+}", json!({"ANY": mock()})),
        ],
    ));
    assert_eq!(findings, []);
    let cases = [
        (Verb::Get, "/", "/"),
        (Verb::Get, "/pets/7", "/pets/{petId}"),
        (Verb::Get, "/pets/mine", "/pets/mine"),
        (Verb::Put, "/pets/mine", "/pets/{petId}"),
        (Verb::Put, "/a/b", "/{proxy+}"),
    ];
    for (verb, path, resource) in cases {
        assert_eq!(served(&plan, verb, path), Some((resource.to_owned(), None)), "{path}");
    }
    let route = |path: &str| plan.routes.iter().find(|route| &*route.resource_path == path).unwrap();
    assert_eq!(*route("/pets/{petId}").parameters, ["petId".into()]);
    assert_eq!(*route("/{proxy+}").parameters, ["proxy".into()]);
    assert_eq!(served(&plan, Verb::Post, "/"), None);
}

/// A method with one change from a served one.
fn changed(change: impl Fn(&mut Value)) -> Value {
    let mut method = open(&json!({"type": "HTTP", "httpMethod": "GET", "uri": "http://back.test/",
                                  "integrationResponses": {"200": {"statusCode": "200"}}}));
    change(&mut method);
    method
}

#[test]
fn what_is_not_served_is_refused_with_its_subject() {
    let integration = |key: &'static str, value: Value| changed(move |m| m["methodIntegration"][key] = value.clone());
    let response = |key: &'static str, value: Value| {
        changed(move |m| m["methodIntegration"]["integrationResponses"]["200"][key] = value.clone())
    };
    let method =
        |members: Value| changed(move |m| m.as_object_mut().unwrap().extend(members.as_object().unwrap().clone()));
    let cases = [
        (method(json!({"authorizationType": "CUSTOM", "authorizerId": "a"})), Subject::Authorization),
        (method(json!({"authorizationType": "CUSTOM"})), Subject::Authorization),
        (method(json!({"authorizationType": "COGNITO_USER_POOLS"})), Subject::Authorization),
        (method(json!({"authorizationType": "JWT"})), Subject::Authorization),
        (changed(|m| _ = m.as_object_mut().unwrap().remove("authorizationType")), Subject::Authorization),
        (
            method(json!({"requestValidatorId": "v", "requestParameters": {"method.request.header.x": true}})),
            Subject::RequestValidator,
        ),
        (
            method(json!({"requestValidatorId": "v", "requestModels": {"application/json": "Pet"}})),
            Subject::RequestValidator,
        ),
        (changed(|m| _ = m.as_object_mut().unwrap().remove("methodIntegration")), Subject::Integration),
        (integration("type", json!("AWS")), Subject::Integration),
        (integration("type", json!("AWS_PROXY")), Subject::Integration),
        (integration("connectionType", json!("VPC_LINK")), Subject::Integration),
        (integration("integrationTarget", json!("arn:x")), Subject::Integration),
        (integration("uri", json!("")), Subject::Integration),
        (integration("httpMethod", json!(null)), Subject::Integration),
        (integration("responseTransferMode", json!("STREAM")), Subject::Integration),
        (integration("timeoutInMillis", json!(0)), Subject::Integration),
        (integration("timeoutInMillis", json!(-1)), Subject::Integration),
        (integration("requestTemplates", json!({"application/json": "#if("})), Subject::RequestTemplate),
        (
            integration("requestParameters", json!({"integration.request.header.x": "method.request.body."})),
            Subject::RequestParameter,
        ),
        (response("responseTemplates", json!({"application/json": "#set($x"})), Subject::IntegrationResponse),
        (response("selectionPattern", json!("(?=4)\\h")), Subject::IntegrationResponse),
        (
            response("responseParameters", json!({"method.response.header.x": "integration.response.bodyguard"})),
            Subject::IntegrationResponse,
        ),
        (
            response("responseParameters", json!({"method.response.header.x": "'a\r\nb: c'"})),
            Subject::IntegrationResponse,
        ),
    ];
    for (method, subject) in cases {
        let text = method.to_string();
        let resources = [("/guarded", json!({"GET": method})), ("/{proxy+}", json!({"ANY": mock()}))];
        let (plan, findings) = compiled(&api(&json!({}), &resources));
        let [finding] = &findings[..] else { panic!("one finding for {text}, not {findings:?}") };
        assert_eq!((finding.what, finding.effect), (subject, Effect::Refused), "{text}");
        assert_eq!(finding.resource_path.as_deref(), Some("/guarded"));
        assert_eq!(finding.method.as_deref(), Some("GET"));
        let (resource, why) = served(&plan, Verb::Get, "/guarded").unwrap();
        assert_eq!((resource.as_str(), why.as_deref()), ("/guarded", Some(finding.why.as_str())), "{text}");
        assert_eq!(served(&plan, Verb::Post, "/other"), Some(("/{proxy+}".to_owned(), None)));
    }
}

#[test]
fn required_parameters_without_a_validator_are_not_enforced_as_on_aws() {
    for members in [
        json!({"requestParameters": {"method.request.header.x": true}}),
        json!({"requestModels": {"application/json": "Pet"}}),
    ] {
        let mut method = mock();
        method.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let (plan, findings) = compiled(&api(&json!({}), &[("/", json!({"GET": method}))]));
        assert_eq!(findings, [], "{members}");
        assert_eq!(served(&plan, Verb::Get, "/"), Some(("/".to_owned(), None)), "{members}");
    }
}

#[test]
fn reasons_of_the_whole_api_refuse_every_route() {
    for rest_api in [json!({"policy": "{\"Statement\":"}), json!({"policy": "{\"Statement\":[]}"})] {
        let resources =
            [("/a", json!({"GET": mock()})), ("/b", json!({"GET": proxy("http://back.test/", &json!({}))}))];
        let (plan, findings) = compiled(&api(&rest_api, &resources));
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].effect, findings[0].resource_path.as_deref()), (Effect::Refused, None));
        for path in ["/a", "/b"] {
            assert!(served(&plan, Verb::Get, path).unwrap().1.is_some(), "{rest_api} {path}");
        }
    }
}

#[test]
fn a_private_api_knows_its_endpoints() {
    let endpoints = json!({"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1", "vpce-2"]});
    let private = |rest_api| compiled(&api(&rest_api, &[("/", json!({"GET": mock()}))])).0.private;
    let plan = private(json!({"endpointConfiguration": endpoints})).unwrap();
    assert_eq!(plan.vpc_endpoint_ids.iter().map(|id| &**id).collect::<Vec<_>>(), ["vpce-1", "vpce-2"]);
    assert_eq!(private(json!({"endpointConfiguration": {"types": ["PRIVATE"]}})), Some(PrivatePlan::default()));
    assert_eq!(private(json!({"endpointConfiguration": {"types": ["REGIONAL"]}})), None);
    assert_eq!(private(json!({})), None);
}

#[test]
fn an_impossible_tree_is_refused_whole_so_that_nothing_falls_through() {
    let impossible = [
        [("/a/{x}", json!({"GET": mock()})), ("/a/{y}", json!({"GET": mock()}))],
        [("/{p+}/a", json!({"GET": mock()})), ("/{proxy+}", json!({"GET": mock()}))],
    ];
    for resources in impossible {
        let (plan, findings) = compiled(&api(&json!({}), &resources));
        assert!(findings.iter().any(|finding| finding.what == Subject::Resource), "{findings:?}");
        assert!(plan.routes.iter().all(|route| matches!(route.integration, IntegrationPlan::Misconfigured { .. })));
    }
    let mut orphan = api(&json!({}), &[("/a", json!({"GET": mock()})), ("/{proxy+}", json!({"ANY": mock()}))]);
    orphan.resources.retain(|resource| resource.path != "/a");
    let (plan, _) = compiled(&orphan);
    assert!(served(&plan, Verb::Get, "/a").unwrap().1.is_some());
}

#[test]
fn parts_without_effect_are_noted_and_change_nothing() {
    let mut document = api(&json!({}), &[("/", json!({"GET": changed(|_| ())}))]);
    document.unserved = json!({"gatewayResponses": {"DEFAULT_4XX": {}}, "models": {}, "authorizers": []});
    let (plan, findings) = compiled(&document);
    assert!(findings.iter().all(|finding| finding.effect == Effect::Ignored), "{findings:?}");
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(served(&plan, Verb::Get, "/"), Some(("/".to_owned(), None)));
}

#[test]
fn compression_and_binary_types_are_frozen_with_the_deployment() {
    let settings = json!({"minimumCompressionSize": 1024, "binaryMediaTypes": ["image/*"]});
    let (plan, findings) = compiled(&api(&settings, &[("/", json!({"GET": mock()}))]));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(plan.compression.map(|compression| compression.minimum_bytes), Some(1024));
    assert!(plan.binary_types.is_binary(Some(b"image/png")));
    let (plan, _) = compiled(&api(&json!({}), &[("/", json!({"GET": mock()}))]));
    assert!(plan.compression.is_none() && plan.binary_types.is_empty());
}

#[test]
fn findings_read_as_one_line() {
    let mut method = mock();
    method["authorizationType"] = json!("JWT");
    let (_, findings) = compiled(&api(&json!({}), &[("/pets", json!({"GET": method}))]));
    assert_eq!(
        findings[0].to_string(),
        "api0000001 GET /pets: authorization (answers API_CONFIGURATION_ERROR): \
         authorization type JWT needs an authorizer"
    );
}
