//! Stages: URIs are bound to variables, and what cannot be bound is refused.

use std::sync::Arc;

use crate::documents::{api, compiled, mock, proxy};
use serde_json::{Value, json};
use stagegate_compile::{Effect, Finding, Surroundings, compile_stage};
use stagegate_mapping::RequestSource;
use stagegate_plan::{
    ApiFacts, ClientIdentity, DeploymentPlan, Endpoint, EndpointPart, Envelope, IntegrationPlan, RouteId, Scheme,
    StagePlan,
};

fn deployed(uri: &str, parameters: &Value) -> Arc<DeploymentPlan> {
    let resources = [("/", json!({"GET": proxy(uri, parameters)})), ("/mock", json!({"GET": mock()}))];
    Arc::new(compiled(&api(&json!({}), &resources)).0)
}

/// The stage `prod` over a deployment.
pub(crate) fn stage(deployment: &Arc<DeploymentPlan>, members: &Value) -> (StagePlan, Vec<Finding>) {
    let mut document = json!({"stageName": "prod", "deploymentId": "d1"});
    document
        .as_object_mut()
        .expect("a well-formed document")
        .extend(members.as_object().expect("a well-formed document").clone());
    let facts = ApiFacts {
        id: "api0000001".into(),
        account: "000000000000".into(),
        region: "us-east-1".into(),
        name: "pets".into(),
        envelope: Envelope::Amzn,
    };
    let document = serde_json::from_value(document).expect("a well-formed document");
    compile_stage(&document, &Arc::new(facts), deployment, &Arc::default(), &Surroundings::default())
}

fn bound(uri: &str, parameters: &Value, variables: &Value) -> Result<Endpoint, String> {
    let (plan, _) = stage(&deployed(uri, parameters), &json!({"variables": variables}));
    plan.endpoint(RouteId(0)).expect("the route has a back end").clone().map_err(|unbound| unbound.why.to_string())
}

fn literal(text: &str) -> EndpointPart {
    EndpointPart::Literal(text.into())
}

#[test]
fn uris_are_taken_apart() {
    let cases = [
        ("http://back.test", Scheme::Http, "back.test", 80, "back.test"),
        ("https://Back.Test/", Scheme::Https, "back.test", 443, "Back.Test"),
        ("HTTP://back.test:8090/", Scheme::Http, "back.test", 8090, "back.test:8090"),
        ("http://127.0.0.1:1/", Scheme::Http, "127.0.0.1", 1, "127.0.0.1:1"),
        ("http://[::1]/", Scheme::Http, "::1", 80, "[::1]"),
        ("http://[::1]:8090/", Scheme::Http, "::1", 8090, "[::1]:8090"),
    ];
    for (uri, scheme, host, port, authority) in cases {
        let endpoint = bound(uri, &json!({}), &json!({})).unwrap_or_else(|why| panic!("{uri}: {why}"));
        assert_eq!((endpoint.scheme, &*endpoint.host, endpoint.port), (scheme, host, port), "{uri}");
        assert_eq!(&*endpoint.authority, authority, "{uri}");
        assert_eq!((&*endpoint.path, endpoint.query), (&[literal("/")][..], None), "{uri}");
    }
    assert_eq!(&*bound("http://Back.Test:80/x", &json!({}), &json!({})).unwrap().origin, "http://back.test:80");
}

#[test]
fn paths_and_queries_keep_placeholders_as_values() {
    let parameters = json!({
        "integration.request.path.id": "method.request.path.petId",
        "integration.request.path.fixed": "'a%2Fb'",
        "integration.request.path.v": "stageVariables.version"
    });
    let id = || EndpointPart::Placeholder("id".into(), RequestSource::Path("petId".into()));
    let cases = [
        ("http://b/pets/{id}", vec![literal("/pets/"), id()], None),
        ("http://b/{id}/toys", vec![literal("/"), id(), literal("/toys")], None),
        ("http://b/{fixed}/{v}", vec![literal("/"), literal("a%2Fb"), literal("/"), literal("v2")], None),
        ("http://b?x={id}", vec![literal("/")], Some(vec![literal("x="), id()])),
        ("http://b/p?x={id}&y=?", vec![literal("/p")], Some(vec![literal("x="), id(), literal("&y=?")])),
        ("http://b/p?", vec![literal("/p")], Some(vec![])),
    ];
    for (uri, path, query) in cases {
        let endpoint = bound(uri, &parameters, &json!({"version": "v2"})).unwrap_or_else(|why| panic!("{uri}: {why}"));
        assert_eq!(endpoint.path.to_vec(), path, "{uri}");
        assert_eq!(endpoint.query.map(|query| query.to_vec()), query, "{uri}");
    }
}

#[test]
fn a_changed_variable_binds_anew_over_the_same_deployment() {
    let deployment = deployed("http://${stageVariables.host}/${stageVariables.base}", &json!({}));
    for (host, base) in [("one.test:81", "a"), ("two.test:82", "b")] {
        let (plan, findings) = stage(&deployment, &json!({"variables": {"host": host, "base": base}}));
        assert_eq!(findings, []);
        let endpoint = plan.endpoint(RouteId(0)).unwrap().as_ref().unwrap();
        assert_eq!(&*endpoint.authority, host);
        assert_eq!(*endpoint.path, [literal(&format!("/{base}"))]);
        assert!(Arc::ptr_eq(&plan.deployment, &deployment));
        assert!(plan.endpoint(RouteId(1)).is_none());
    }
}

#[test]
fn what_cannot_be_bound_is_refused() {
    let parameters = json!({"integration.request.path.host": "method.request.header.x",
                            "integration.request.path.v": "stageVariables.nope"});
    for uri in [
        "http://${stageVariables.nope}/",
        "http://b/{unmapped}",
        "http://b/{v}",
        "http://{host}/",
        "http://b{host}/",
        "http://b:{host}/",
        "{host}",
        "ftp://b/",
        "b/",
        "/path",
        "http://",
        "http:///x",
        "http://user@b/",
        "http://user:secret@b/",
        "http://b:0/",
        "http://b:70000/",
        "http://b:+80/",
        "http://b:80:80/",
        "http://[::1/",
        "http://[b]/",
        "http://[::1]x/",
        "http://b/a b",
        "http://b/a\r\nX: y",
        "http://b/#fragment",
        "http://b#fragment",
        "http://b/{",
        "http://b\\c/",
        "http://bä/",
    ] {
        assert!(bound(uri, &parameters, &json!({})).is_err(), "{uri}");
    }
    let (_, findings) = stage(&deployed("ftp://b/", &json!({})), &json!({}));
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].effect, findings[0].resource_path.as_deref()), (Effect::Refused, Some("/")));
}

#[test]
fn guards_of_a_stage_that_are_not_served_refuse() {
    let deployment = deployed("http://b/", &json!({}));
    let (plan, findings) = stage(&deployment, &json!({"clientCertificateId": "c"}));
    assert!(plan.endpoint(RouteId(0)).unwrap().is_err());
    assert_eq!(findings.len(), 1);
    let (plan, findings) = stage(&deployment, &json!({"webAclArn": "arn:aws:wafv2:x"}));
    let refused = |index| {
        let route = plan.deployment.route(RouteId(index)).unwrap();
        matches!(route.integration, IntegrationPlan::Misconfigured { .. })
    };
    assert!(refused(0) && refused(1));
    assert_eq!(findings.len(), 1);
}

#[test]
fn an_access_log_needs_a_destination_and_a_format() {
    let deployment = deployed("http://b/", &json!({}));
    let both = json!({"accessLogSettings": {"destinationArn": "arn:aws:logs:us-east-1:0:log-group:g", "format": "$context.requestId"}});
    let log = stage(&deployment, &both).0.access_log.unwrap();
    assert_eq!((&*log.destination_arn, log.format.parts().len()), ("arn:aws:logs:us-east-1:0:log-group:g", 1));
    for settings in [
        json!({}),
        json!({"destinationArn": "arn"}),
        json!({"format": "f"}),
        json!({"destinationArn": "", "format": "f"}),
    ] {
        assert!(stage(&deployment, &json!({"accessLogSettings": settings})).0.access_log.is_none(), "{settings}");
    }
}

#[test]
fn a_stage_says_whether_its_requests_are_traced() {
    for (settings, is_traced) in
        [(json!({}), false), (json!({"tracingEnabled": false}), false), (json!({"tracingEnabled": true}), true)]
    {
        let (plan, findings) = stage(&deployed("http://b/", &json!({})), &settings);
        assert_eq!((plan.is_traced, findings.len()), (is_traced, 0), "{settings}");
    }
}

#[test]
fn the_most_specific_setting_limits_a_route_and_the_accounts_limits_limit_none() {
    let deployment = deployed("http://b/", &json!({}));
    let route = &deployment.routes[0];
    let (path, verb) = (route.resource_path.replace('/', "~1"), "GET");
    for (settings, limit) in [
        (json!({}), None),
        (json!({"*/*": {"throttlingRateLimit": 2.5, "throttlingBurstLimit": 3}}), Some((2.5, 3))),
        (json!({"*/*": {"throttlingRateLimit": 2.5}}), Some((2.5, 5_000))),
        (json!({"*/*": {"throttlingRateLimit": 10_000.0, "throttlingBurstLimit": 5_000}}), None),
        (json!({"*/*": {"throttlingRateLimit": -1.0, "throttlingBurstLimit": -1}}), None),
        (
            json!({"*/*": {"throttlingRateLimit": 9.0, "throttlingBurstLimit": 9},
                format!("{path}/{verb}"): {"throttlingRateLimit": 0.5, "throttlingBurstLimit": 0}}),
            Some((0.5, 0)),
        ),
        (json!({"~1other/GET": {"throttlingRateLimit": 1.0}}), None),
    ] {
        let (plan, findings) = stage(&deployment, &json!({ "methodSettings": settings }));
        assert_eq!(findings, [], "{settings}");
        let found = plan.rates.route(RouteId(0)).map(|it| (it.limit.rate.per_second(), it.limit.rate.burst()));
        assert_eq!(found, limit, "{settings}");
    }
}

proptest::proptest! {
    #[test]
    fn any_uri_binds_to_a_safe_endpoint_or_is_refused(uri in "(http://)?[a-z0-9:@/\\?#\\[\\]{}$. \r\n\\\\]{1,30}") {
        if let Ok(endpoint) = bound(&uri, &json!({}), &json!({})) {
            proptest::prop_assert!(!endpoint.host.is_empty() && endpoint.port > 0);
            proptest::prop_assert!(!endpoint.authority.contains(['@', '/', '\r', '\n', ' ']));
            proptest::prop_assert!(matches!(&endpoint.path[0], EndpointPart::Literal(first) if first.starts_with('/')));
        }
    }
}

fn surrounded(integration: &Value, surroundings: &Surroundings) -> Result<Endpoint, String> {
    let resources = [("/", json!({"GET": crate::documents::open(integration)}))];
    let deployment = Arc::new(compiled(&api(&json!({}), &resources)).0);
    let document = json!({"stageName": "prod", "deploymentId": "d1", "clientCertificateId": "abc123"});
    let document = serde_json::from_value(document).expect("a well-formed document");
    let facts = ApiFacts {
        id: "a".into(),
        account: "0".into(),
        region: "us-east-1".into(),
        name: "pets".into(),
        envelope: Envelope::Amzn,
    };
    let (plan, _) = compile_stage(&document, &Arc::new(facts), &deployment, &Arc::default(), surroundings);
    plan.endpoint(RouteId(0)).expect("a back end").clone().map_err(|unbound| unbound.why.to_string())
}

#[test]
fn certificates_and_links_are_part_of_the_origin() {
    let certificate =
        ClientIdentity { id: "abc123".into(), certificate_pem: "PEM".into(), private_key_pem: "KEY".into() };
    let mut surroundings = Surroundings {
        client_certificate: Some(Arc::new(certificate)),
        vpc_links: [("link1".to_owned(), ["pets", "arn:aws:x"].map(str::to_owned).into())].into(),
        private_targets: Arc::new(["pets".into(), "arn:aws:y".into()].into()),
        ..Surroundings::default()
    };
    let mut integration = json!({
        "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "https://pets.internal/", "connectionType": "VPC_LINK",
        "connectionId": "link1", "tlsConfig": {"insecureSkipVerification": true},
    });
    let endpoint = surrounded(&integration, &surroundings).expect("bound");
    assert_eq!(&*endpoint.origin, "https://pets.internal any-issuer certificate=abc123 private=pets");
    assert!(endpoint.way.accepts_any_issuer && endpoint.way.identity.is_some());
    integration["integrationTarget"] = json!("arn:aws:y");
    let endpoint = surrounded(&integration, &surroundings).expect("bound");
    assert_eq!(endpoint.way.private.as_deref(), Some("arn:aws:y"));
    integration["uri"] = json!("http://pets.internal/");
    let endpoint = surrounded(&integration, &surroundings).expect("bound");
    assert_eq!(&*endpoint.origin, "http://pets.internal private=arn:aws:y", "plain connections show and check nothing");
    let certificate = surroundings.client_certificate.take();
    assert!(surrounded(&integration, &surroundings).expect_err("none").contains("no client certificate `abc123`"));
    surroundings = Surroundings { client_certificate: certificate, ..Surroundings::default() };
    assert!(surrounded(&integration, &surroundings).expect_err("nowhere").contains("[vpc_links]"));
}
