//! `AWS` integrations: what they compile to, and the operation that a stage binds them to.

use serde_json::{Value, json};
use stagegate_plan::{
    EndpointPart, IntegrationPlan, InvokeCredentials, RouteId, ServicePlan, ServiceProtocol, ServiceTarget, StagePlan,
};

use crate::documents::{api, compiled, open};
use crate::stage::stage;

const ROLE: &str = "arn:aws:iam::123456789012:role/pets";

fn document(members: &Value) -> Value {
    let mut document = json!({"type": "AWS", "httpMethod": "POST", "credentials": ROLE});
    document.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    document
}

fn integration(members: &Value) -> IntegrationPlan {
    let (plan, _) = compiled(&api(&json!({}), &[("/", json!({"POST": open(&document(members))}))]));
    plan.routes.into_iter().next().expect("one route").integration
}

fn bound(members: &Value, variables: &Value) -> StagePlan {
    let (plan, _) = compiled(&api(&json!({}), &[("/", json!({"POST": open(&document(members))}))]));
    stage(&plan.into(), &json!({"variables": variables})).0
}

fn target(uri: &str, variables: &Value) -> Result<ServiceTarget, String> {
    let stage = bound(&json!({"uri": format!("arn:aws:apigateway:eu-west-1:{uri}")}), variables);
    stage.service(RouteId(0)).expect("a service").clone().map_err(|unbound| unbound.why.to_string())
}

fn text(parts: &[EndpointPart]) -> String {
    let text = |part: &EndpointPart| match part {
        EndpointPart::Literal(text) => text.to_string(),
        EndpointPart::Placeholder(name, _) => format!("{{{name}}}"),
    };
    parts.iter().map(text).collect()
}

#[test]
fn operations_are_bound_to_hosts_paths_and_queries() {
    let variables = json!({"queue": "cats"});
    for (uri, host, path, query) in [
        ("sqs:path/1/q", "sqs.eu-west-1.amazonaws.com", "/1/q", None),
        ("sqs:path/1/${stageVariables.queue}", "sqs.eu-west-1.amazonaws.com", "/1/cats", None),
        ("s3:path//", "s3.eu-west-1.amazonaws.com", "/", None),
        ("pets.s3:path/a/b?acl", "pets.s3.eu-west-1.amazonaws.com", "/a/b", Some("acl")),
        ("sns:action/Publish", "sns.eu-west-1.amazonaws.com", "/", Some("Action=Publish")),
        ("sns:action/Publish&Message=x", "sns.eu-west-1.amazonaws.com", "/", Some("Action=Publish&Message=x")),
        ("iam:action/ListUsers", "iam.amazonaws.com", "/", Some("Action=ListUsers")),
    ] {
        let target = target(uri, &variables).expect(uri);
        assert_eq!((&*target.endpoint.host, text(&target.endpoint.path).as_str()), (host, path), "{uri}");
        assert_eq!(target.endpoint.query.as_deref().map(text).as_deref(), query, "{uri}");
        assert_eq!(target.credentials, Some(InvokeCredentials::Role(ROLE.into())));
    }
}

#[test]
fn protocols_are_told_apart() {
    let protocol = |uri| target(uri, &json!({})).expect(uri).protocol;
    let json_target = |uri| match protocol(uri) {
        ServiceProtocol::Json(action) => action.target.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(json_target("dynamodb:action/PutItem"), "DynamoDB_20120810.PutItem");
    assert_eq!(json_target("states:action/StartExecution&x=1"), "AWSStepFunctions.StartExecution");
    assert_eq!(protocol("sns:action/Publish"), ServiceProtocol::Query { version: "2010-03-31" });
    for uri in ["sqs:path/1/q", "dynamodb:path/", "unheard-of:action/Do"] {
        assert_eq!(protocol(uri), ServiceProtocol::Rest, "{uri}");
    }
}

#[test]
fn placeholders_are_mapped() {
    let uri = "arn:aws:apigateway:eu-west-1:s3:path/{bucket}/{key}";
    let parameters = json!({
        "integration.request.path.bucket": "'pets'",
        "integration.request.path.key": "method.request.querystring.key",
    });
    let stage = bound(&json!({"uri": uri, "requestParameters": parameters}), &json!({}));
    let target = stage.service(RouteId(0)).expect("a service").as_ref().expect("bound");
    assert_eq!(text(&target.endpoint.path), "/pets/{key}");
    let stage = bound(&json!({"uri": uri}), &json!({}));
    let unbound = stage.service(RouteId(0)).expect("a service").as_ref().expect_err("nothing maps them");
    assert!(unbound.why.contains("`{bucket}`"), "{unbound}");
}

#[test]
fn what_cannot_be_bound_says_why() {
    for (uri, why) in
        [("sqs:path/${stageVariables.missing}", "no variable `missing`"), ("sqs:path/a b", "illegal character")]
    {
        let refused = target(uri, &json!({})).expect_err(uri);
        assert!(refused.contains(why), "{uri}: {refused}");
    }
    let stage = bound(
        &json!({"uri": "arn:aws:apigateway:eu-west-1:sqs:path/1/q", "credentials": "arn:aws:iam::1:user/ann"}),
        &json!({}),
    );
    let unbound = stage.service(RouteId(0)).expect("a service").as_ref().expect_err("no role");
    assert!(unbound.why.contains("neither the ARN of a role"), "{unbound}");
}

#[test]
fn lambda_has_ways_of_its_own() {
    let function = "arn:aws:lambda:us-east-1:000000000000:function:pets";
    let uri = format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations");
    let stage = bound(&json!({"uri": uri, "credentials": ""}), &json!({}));
    let target = stage.function(RouteId(0)).expect("a function").as_ref().expect("bound");
    assert_eq!((target.function.to_string().as_str(), &target.credentials), (function, &None));
    assert!(stage.service(RouteId(0)).is_none());
    // Any other operation of Lambda's is a call of a service.
    let listed = integration(&json!({"uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"}));
    assert!(matches!(listed, IntegrationPlan::Service(ServicePlan { .. })), "{listed:?}");
}

#[test]
fn fact_61_a_functions_error_message_selects_its_response() {
    let function = "arn:aws:lambda:us-east-1:000000000000:function:pets";
    let uri = format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations");
    let responses = json!({
        "200": {"statusCode": "200"},
        "404": {"statusCode": "404", "selectionPattern": "\\[NotFound\\].*"},
        "500": {"statusCode": "500", "selectionPattern": "(\\n|.)+"},
    });
    let plan = integration(&json!({"uri": uri, "integrationResponses": responses}));
    let IntegrationPlan::MappedFunction(plan) = plan else { unreachable!("{plan:?}") };
    for (message, status) in
        [("", 200), ("[NotFound] x", 404), ("[NotFound]\nx", 500), ("x [NotFound]", 500), ("boom", 500)]
    {
        assert_eq!(plan.responses.select(message, |_| {}).map(|response| response.status), Some(status), "{message}");
    }
}

#[test]
fn fact_41_forbidden_headers_and_other_refusals() {
    let uri = "arn:aws:apigateway:us-east-1:sqs:path/1/q";
    let header =
        |name: &str| json!({"uri": uri, "requestParameters": {format!("integration.request.header.{name}"): "'x'"}});
    let private = json!({"uri": uri, "connectionType": "VPC_LINK", "connectionId": "abc"});
    let streamed = json!({"uri": uri, "responseTransferMode": "STREAM"});
    let cases = [
        header("Authorization"),
        header("te"),
        header("Content-Length"),
        private,
        streamed,
        json!({"uri": "http://x"}),
    ];
    for members in cases {
        let plan = integration(&members);
        assert!(matches!(plan, IntegrationPlan::Misconfigured { .. }), "{members}: {plan:?}");
    }
    assert!(matches!(integration(&header("X-Amz-Target")), IntegrationPlan::Service(_)));
}
