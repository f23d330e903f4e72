//! Authorizers tried out: what the function is told, what its answer is worth, and the log (facts A15, A16, A18 to A20, L3, L7, L9).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_gateway::{AuthorizerRehearsal, AuthorizerRehearsed, InvokeFault, RehearsalError};
use stagegate_mapping::{ContextVariable, RequestSource};
use stagegate_plan::{
    DecisionForm, EmptyIdentity, FunctionArn, FunctionTarget, IdentitySource, LambdaAuthorizerKind,
    LambdaAuthorizerPlan, LambdaPlan, PayloadFormat, ResponseTransferMode,
};

use crate::functions::{Does, Functions};
use crate::plans::{Api, says};
use crate::world::World;

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:guard";

fn policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*" }] })
}

fn token() -> LambdaAuthorizerKind {
    LambdaAuthorizerKind::Token { header: "Auth".into(), expression: None }
}

fn request(sources: &[(&str, RequestSource)]) -> LambdaAuthorizerKind {
    let source = |(written, source): &(&str, RequestSource)| IdentitySource {
        written: (*written).into(),
        source: source.clone(),
    };
    LambdaAuthorizerKind::Request { sources: sources.iter().map(source).collect(), empty: EmptyIdentity::Missing }
}

fn world(does: Does) -> (World, Arc<Functions>) {
    let functions = Functions::that(does);
    let api = Api::default().variable("v", "1").route("GET /", says("m"));
    (World::invoking(api, Arc::clone(&functions)), functions)
}

fn plan(kind: LambdaAuthorizerKind) -> LambdaAuthorizerPlan {
    let invoke = LambdaPlan {
        uri: ARN.into(),
        credentials: None,
        invocation_type: None,
        client_context: None,
        timeout_ms: 0,
        transfer: ResponseTransferMode::Buffered,
        format: PayloadFormat::One,
    };
    LambdaAuthorizerPlan { id: "guard1".into(), kind, ttl_s: 0, invoke, answer: DecisionForm::Policy }
}

fn tried(world: &World, kind: LambdaAuthorizerKind, path: &str, headers: &[(&str, &str)]) -> AuthorizerRehearsed {
    let function = FunctionArn::parse(ARN).expect("an ARN");
    let target = FunctionTarget { function: Arc::new(function), credentials: None };
    let rehearsal = AuthorizerRehearsal {
        stage: world.stage(),
        authorizer: plan(kind),
        target,
        path_with_query: path.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        context: BTreeMap::from([("tier".to_owned(), "gold".to_owned())]),
    };
    world.rehearse_authorizer(rehearsal).expect("an answer")
}

/// The lines without their dates and ids; of those with headers, the label.
fn lines(rehearsed: &AuthorizerRehearsed) -> Vec<String> {
    let mut lines = rehearsed.log.lines();
    let id = lines.next().and_then(|line| line.strip_prefix("Execution log for request ")).expect("a first line");
    let text = |line: &str| {
        let (_date, text) = line.split_once(" UTC ").and_then(|(_, rest)| rest.split_once(" : ")).expect("a date");
        match text.split_once(" headers: ") {
            Some((label, _)) => format!("{label} headers"),
            None => text.replace(id, "{id}"),
        }
    };
    lines.map(text).collect()
}

#[test]
fn fact_a18_a_token_is_all_that_its_function_is_told() {
    let answer = json!({ "principalId": "principal", "policyDocument": policy(), "context": { "n": 1 } });
    let (world, functions) = world(Does::returns(&answer));
    let rehearsed = tried(&world, token(), "/", &[("auth", "token-of-mine")]);
    assert_eq!(rehearsed.client_status, 0, "a policy that denies is a policy");
    assert_eq!(rehearsed.principal_id.as_deref(), Some("principal"));
    assert_eq!(serde_json::from_str::<Value>(rehearsed.policy.as_deref().expect("a policy")).unwrap(), policy());
    assert_eq!(rehearsed.context, BTreeMap::from([("n".to_owned(), "1".to_owned())]));
    let asked = functions.only();
    let event = "{\"type\":\"TOKEN\",\"authorizationToken\":\"token-of-mine\",\"methodArn\":\
                 \"arn:aws:execute-api:us-east-1:000000000000:api/ESTestInvoke-stage/GET/\"}";
    assert_eq!(String::from_utf8_lossy(&asked.payload), event);
    assert_eq!(asked.source.arn(), "arn:aws:execute-api:us-east-1:000000000000:api/authorizers/guard1", "fact A20");
    let uri = format!("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{ARN}/invocations");
    let expected = [
        "Starting authorizer: guard1 for request: {id}".to_owned(),
        "Incoming identity: *******f-mine".to_owned(),
        format!("Endpoint request URI: {uri}"),
        "Endpoint request headers".to_owned(),
        format!("Endpoint request body after transformations: {event}"),
        format!("Sending request to {uri}"),
        format!("Authorizer result body before parsing: {answer}"),
        "Using valid authorizer policy for principal: ***ncipal".to_owned(),
        "Successfully completed authorizer execution".to_owned(),
    ];
    assert_eq!(lines(&rehearsed), expected, "fact L3");
}

#[test]
fn fact_a19_a_request_is_told_with_its_parameters() {
    let (world, functions) = world(Does::returns(&json!({ "principalId": "", "policyDocument": policy() })));
    let sources = [
        ("method.request.header.A", RequestSource::Header("A".into())),
        ("method.request.querystring.q", RequestSource::Query("q".into())),
        ("stageVariables.v", RequestSource::StageVariable("v".into())),
        ("context.tier", RequestSource::Context(ContextVariable::Absent)),
        ("context.stage", RequestSource::Context(ContextVariable::Stage)),
    ];
    let rehearsed =
        tried(&world, request(&sources), "/p?q=1%202", &[("A", "0123456789"), ("A", "9876543210"), ("B", "b")]);
    assert_eq!((rehearsed.client_status, rehearsed.principal_id.as_deref()), (0, Some("")));
    let event = functions.event();
    let keys: Vec<&String> = event.as_object().expect("an object").keys().collect();
    let expected = [
        "type",
        "methodArn",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    ];
    assert_eq!(keys, expected);
    assert_eq!(
        (&event["type"], &event["path"], &event["httpMethod"]),
        (&json!("REQUEST"), &json!("/p"), &json!("GET"))
    );
    assert_eq!(event["headers"], json!({ "A": "9876543210", "B": "b" }));
    assert_eq!(event["multiValueHeaders"], json!({ "A": ["0123456789", "9876543210"], "B": ["b"] }));
    assert_eq!(event["queryStringParameters"], json!({ "q": "1 2" }));
    assert_eq!((&event["pathParameters"], &event["stageVariables"]), (&json!({}), &json!({ "v": "1" })));
    let context = &event["requestContext"];
    let shown = ["resourceId", "accountId", "apiId", "stage", "domainPrefix", "domainName", "path", "protocol"];
    let shown = shown.map(|name| context[name].as_str().unwrap_or_default());
    let expected =
        ["test-invoke-resource-id", "000000000000", "api", "s", "testPrefix", "testPrefix.testDomainName", "/p"];
    assert_eq!((&shown[..7], shown[7]), (&expected[..], "HTTP/1.1"));
    assert_eq!(context["identity"]["sourceIp"], "test-invoke-source-ip");
    let lines = lines(&rehearsed);
    let identity = "Incoming identity: {method.request.header.A=****543210, method.request.querystring.q=***, \
                    stageVariables.v=*, context.tier=****, context.stage=*}";
    assert_eq!(lines[1], identity);
    assert_eq!(lines[lines.len() - 2], "Using valid authorizer policy for principal: ", "a blank stays");
}

#[test]
fn fact_a15_without_an_identity_the_function_is_not_asked() {
    let (world, functions) = world(Does::Hangs);
    let expression = regex::Regex::new(r"\A(?:x+)\z").expect("an expression");
    let strict = LambdaAuthorizerKind::Token { header: "Auth".into(), expression: Some(expression) };
    let both = request(&[
        ("method.request.header.A", RequestSource::Header("A".into())),
        ("stageVariables.none", RequestSource::StageVariable("none".into())),
    ]);
    let cases = [(token(), ("Other", "1")), (token(), ("Auth", "")), (strict, ("Auth", "xxy")), (both, ("A", "1"))];
    for (kind, header) in cases {
        let rehearsed = tried(&world, kind, "/", &[header]);
        assert_eq!((rehearsed.client_status, &rehearsed.policy, &rehearsed.principal_id), (401, &None, &None));
        let expected = ["Starting authorizer: guard1 for request: {id}", "Unauthorized request: {id}", "Unauthorized"];
        assert_eq!(lines(&rehearsed), expected, "fact L7");
    }
    assert!(functions.is_unasked());
}

#[test]
fn a_function_that_says_unauthorized_means_401() {
    let (world, _) = world(Does::Fails(r#"{"errorMessage":"Unauthorized","errorType":"Error"}"#));
    let rehearsed = tried(&world, token(), "/", &[("Auth", "1")]);
    assert_eq!(rehearsed.client_status, 401);
    assert_eq!(lines(&rehearsed)[6..], ["Unauthorized request: {id}", "Unauthorized"]);
}

#[test]
fn fact_l9_an_authorizer_that_cannot_be_used_says_why() {
    let prefix = "Execution failed due to configuration error: ";
    let cases = [
        (Does::Refuses(InvokeFault::AccessDenied), "Invalid permissions on Lambda function"),
        (Does::Refuses(InvokeFault::ResourceNotFound), "Invalid permissions on Lambda function"),
        (Does::Refuses(InvokeFault::TooManyRequests), "Rate Exceeded."),
        (
            Does::Fails(r#"{"errorMessage":"no","errorType":"Error"}"#),
            "Invalid JSON in response: Unrecognized field \"errorType\" , not marked as ignorable",
        ),
        (Does::Returns(b"nonsense".to_vec()), "Invalid JSON in response"),
        (Does::Returns(b"{\"principalId\":\"a\"}".to_vec()), "Invalid policy document: there is none"),
    ];
    for (does, why) in cases {
        let (world, _) = world(does);
        let rehearsed = tried(&world, token(), "/", &[("Auth", "1")]);
        assert_eq!((rehearsed.client_status, &rehearsed.policy), (500, &None), "{why}");
        let lines = lines(&rehearsed);
        let end = [format!("{prefix}{why}"), "AuthorizerConfigurationException".to_owned()];
        assert_eq!(lines[lines.len() - 2..], end);
    }
}

#[test]
fn headers_that_no_request_has_are_refused() {
    let (world, _) = world(Does::Hangs);
    let function = FunctionArn::parse(ARN).expect("an ARN");
    let target = FunctionTarget { function: Arc::new(function), credentials: None };
    let rehearsal = AuthorizerRehearsal {
        stage: world.stage(),
        authorizer: plan(token()),
        target,
        path_with_query: "/".to_owned(),
        headers: vec![("X A".to_owned(), "1".to_owned())],
        context: BTreeMap::new(),
    };
    assert!(matches!(world.rehearse_authorizer(rehearsal), Err(RehearsalError::Request(_))));
}
