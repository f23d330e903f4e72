//! Integrations that are served: `MOCK`, `HTTP` and `HTTP_PROXY`.

use crate::documents::{api, compiled, open};
use serde_json::{Value, json};
use stagegate_mapping::{RequestSource, ResponseSource};
use stagegate_plan::{
    BodyTemplate, ContentHandling, HttpKind, HttpPlan, IntegrationPlan, MockPlan, Passthrough, ResponseTransferMode,
    Selected, StatusTemplate, Verb, VerbChoice,
};

fn integration(document: &Value) -> IntegrationPlan {
    let (plan, _) = compiled(&api(&json!({}), &[("/", json!({"GET": open(document)}))]));
    plan.routes.into_iter().next().expect("one route").integration
}

fn mock(document: &Value) -> MockPlan {
    let plan = integration(document);
    let IntegrationPlan::Mock(plan) = plan else { unreachable!("a MOCK became {plan:?}") };
    plan
}

fn http(document: &Value) -> HttpPlan {
    let plan = integration(document);
    let IntegrationPlan::Http(plan) = plan else { unreachable!("an HTTP integration became {plan:?}") };
    plan
}

#[test]
fn a_mock_s_status_is_read_tolerantly_at_compile_time() {
    let cases = [
        ("{\"statusCode\": 200}", Some(200)),
        ("{statusCode: 201}", Some(201)),
        ("{'statusCode': 404}", Some(404)),
        ("{\"statusCode\": 200,}", Some(200)),
        ("{\"statusCode\": 200, null}", Some(200)),
        ("{}", None),
        ("nothing", None),
    ];
    for (template, status) in cases {
        let plan = mock(&json!({"type": "MOCK", "requestTemplates": {"application/json": template}}));
        let selected = plan.requests.select(None);
        assert!(
            matches!(selected, Selected::Template(StatusTemplate::Literal(found)) if *found == status),
            "{template}: {selected:?}"
        );
    }
}

#[test]
fn a_mock_s_responses_are_chosen_by_status_and_carry_headers_and_bodies() {
    let plan = mock(&json!({
        "type": "MOCK", "passthroughBehavior": "WHEN_NO_TEMPLATES",
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "integrationResponses": {
            "200": {"statusCode": "200", "selectionPattern": "",
                    "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
                    "responseTemplates": {"application/json": "{\"ok\": true}"}},
            "404": {"statusCode": "404", "selectionPattern": "404"}
        }
    }));
    assert_eq!(plan.requests.passthrough, Passthrough::WhenNoTemplates);
    let ok = plan.responses.select(200).unwrap();
    assert_eq!(ok.status, 200);
    assert_eq!(*ok.headers, [("Access-Control-Allow-Origin".into(), ResponseSource::Static("*".into()))]);
    let template = ok.template(None);
    assert!(
        matches!(template, Some(("application/json", BodyTemplate::Literal(text))) if **text == *b"{\"ok\": true}")
    );
    assert_eq!(plan.responses.select(404).map(|plan| plan.status), Some(404));
    assert_eq!(plan.responses.select(500).map(|plan| plan.status), Some(200));
}

#[test]
fn a_proxy_maps_parameters_and_ignores_templates_and_responses() {
    let plan = http(&json!({
        "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://back.test/{id}", "timeoutInMillis": 60000,
        "responseTransferMode": "STREAM", "contentHandling": "CONVERT_TO_TEXT",
        "requestParameters": {"integration.request.path.id": "method.request.path.petId",
                              "integration.request.header.X-Stage": "context.stage",
                              "integration.request.querystring.v": "stageVariables.v"},
        "requestTemplates": {"application/json": "$input.body"},
        "integrationResponses": {"200": {"statusCode": "200", "responseTemplates": {"application/json": "$input.body"}}}
    }));
    assert!(matches!(plan.kind, HttpKind::Proxy));
    assert_eq!(plan.content_handling, Some(ContentHandling::ConvertToText));
    assert_eq!((plan.verb, plan.timeout_ms), (VerbChoice::Client, 60_000));
    assert_eq!(plan.transfer, ResponseTransferMode::Stream);
    assert_eq!(*plan.path, [("id".into(), RequestSource::Path("petId".into()))]);
    assert_eq!(*plan.query, [("v".into(), RequestSource::StageVariable("v".into()))]);
    assert_eq!(plan.headers.len(), 1);
}

#[test]
fn content_handling_of_both_sides_is_compiled() {
    let plan = http(&json!({
        "type": "HTTP", "httpMethod": "POST", "uri": "http://back.test/", "contentHandling": "CONVERT_TO_TEXT",
        "integrationResponses": {"200": {"statusCode": "200", "contentHandling": "CONVERT_TO_BINARY"},
                                 "500": {"statusCode": "500", "selectionPattern": "5.."}}
    }));
    let HttpKind::Mapped(mapped) = &plan.kind else { panic!("not mapped: {plan:?}") };
    assert_eq!(plan.content_handling, Some(ContentHandling::ConvertToText));
    let handling = |status| mapped.responses.select(status).map(|response| response.content_handling);
    assert_eq!(handling(200), Some(Some(ContentHandling::ConvertToBinary)));
    assert_eq!(handling(500), Some(None));
}

#[test]
fn http_carries_literal_templates_and_responses() {
    let plan = http(&json!({
        "type": "HTTP", "httpMethod": "POST", "uri": "http://back.test/", "passthroughBehavior": "NEVER",
        "requestTemplates": {"application/json": "{\"fixed\": 1}"},
        "integrationResponses": {"200": {"statusCode": "200"}, "500": {"statusCode": "500", "selectionPattern": "5\\d{2}"}}
    }));
    assert_eq!((plan.verb, plan.timeout_ms), (VerbChoice::Fixed(Verb::Post), 29_000));
    assert_eq!(plan.transfer, ResponseTransferMode::Buffered);
    let HttpKind::Mapped(mapped) = &plan.kind else { panic!("mapped") };
    let selected = mapped.requests.select(Some(b"application/json"));
    assert!(matches!(selected, Selected::Template(BodyTemplate::Literal(text)) if **text == *b"{\"fixed\": 1}"));
    assert!(matches!(mapped.requests.select(Some(b"text/plain")), Selected::Unsupported));
    assert_eq!(mapped.responses.select(503).map(|plan| plan.status), Some(500));
}

#[test]
fn without_a_matching_response_nothing_is_selected() {
    let only_errors = json!({"type": "HTTP", "httpMethod": "GET", "uri": "http://back.test/",
                             "integrationResponses": {"500": {"statusCode": "500", "selectionPattern": "5.."}}});
    let HttpKind::Mapped(mapped) = http(&only_errors).kind else { panic!("mapped") };
    assert!(mapped.responses.select(200).is_none());
    assert!(mock(&json!({"type": "MOCK"})).responses.select(200).is_none());
}
