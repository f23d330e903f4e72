//! Lambda proxy integrations: what they compile to, and the function that a stage binds them to.

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_compile::{Effect, Finding, Subject};
use stagegate_mapping::RequestSource;
use stagegate_plan::{FunctionTarget, IntegrationPlan, InvokeCredentials, LambdaPlan, ResponseTransferMode, RouteId};

use crate::documents::{api, compiled, open};
use crate::stage::stage;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:pets";

fn buffered(function: &str) -> String {
    format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations")
}

fn streamed(function: &str) -> String {
    format!("arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{function}/response-streaming-invocations")
}

/// A Lambda proxy integration with these members changed.
fn changed(members: &Value) -> Value {
    let mut document = json!({"type": "AWS_PROXY", "httpMethod": "POST", "uri": buffered(FUNCTION)});
    document.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    document
}

fn integration(members: &Value) -> (IntegrationPlan, Vec<Finding>) {
    let (plan, findings) = compiled(&api(&json!({}), &[("/f", json!({"ANY": open(&changed(members))}))]));
    (plan.routes.into_iter().next().expect("one route").integration, findings)
}

fn lambda(members: &Value) -> LambdaPlan {
    match integration(members) {
        (IntegrationPlan::Lambda(plan), findings) => {
            assert!(findings.iter().all(|finding| finding.effect == Effect::Ignored), "{findings:?}");
            plan
        }
        (other, _) => unreachable!("{members} became {other:?}"),
    }
}

#[test]
fn a_function_behind_a_proxy_compiles() {
    let plan = lambda(&json!({}));
    assert_eq!((plan.timeout_ms, plan.transfer), (29_000, ResponseTransferMode::Buffered));
    assert!(plan.credentials.is_none() && plan.invocation_type.is_none() && plan.client_context.is_none());
    let plan = lambda(&json!({"timeoutInMillis": 50, "requestParameters": {
        "integration.request.header.X-Amz-Invocation-Type": "'Event'",
        "integration.request.header.x-amz-client-context": "method.request.header.ctx",
        "integration.request.header.X-Other": "method.request.body.a",
        "integration.request.querystring.q": "'ignored'"
    }}));
    assert_eq!(plan.timeout_ms, 50);
    assert_eq!(plan.invocation_type, Some(RequestSource::Static("Event".into())));
    assert_eq!(plan.client_context, Some(RequestSource::Header("ctx".into())));
}

#[test]
fn a_streamed_answer_may_take_fifteen_minutes() {
    let stream = json!({"responseTransferMode": "STREAM", "uri": streamed(FUNCTION)});
    let plan = lambda(&stream);
    assert_eq!((plan.timeout_ms, plan.transfer), (900_000, ResponseTransferMode::Stream));
}

#[test]
fn what_a_proxy_ignores_is_reported() {
    let (plan, findings) = integration(&json!({"contentHandling": "CONVERT_TO_TEXT"}));
    assert!(matches!(plan, IntegrationPlan::Lambda(_)));
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].effect, Effect::Ignored);
}

#[test]
fn facts_18_and_41_what_fails_on_aws_is_refused() {
    let header = |name: &str| json!({"requestParameters": {format!("integration.request.header.{name}"): "'x'"}});
    let cases = [
        (json!({"httpMethod": "GET"}), Subject::Integration, "must be POST"),
        (json!({"httpMethod": "ANY"}), Subject::Integration, "must be POST"),
        (json!({"uri": ""}), Subject::Integration, "no URI"),
        (json!({"uri": "http://example.com"}), Subject::Integration, "arn:aws:apigateway"),
        (json!({"uri": "arn:aws:apigateway:us-east-1:firehose:action/PutRecord"}), Subject::Integration, "Firehose"),
        (json!({"uri": "arn:aws:apigateway:us-east-1:sqs:path/q"}), Subject::Integration, "only supports Lambda"),
        (json!({"timeoutInMillis": 0}), Subject::Integration, "timeout"),
        (header("Content-Length"), Subject::RequestParameter, "cannot be mapped"),
        (header("Transfer-Encoding"), Subject::RequestParameter, "cannot be mapped"),
        (header("X-Amzn-Trace-Id"), Subject::RequestParameter, "cannot be mapped"),
        (header("x-amzn-apigateway-api-id"), Subject::RequestParameter, "cannot be mapped"),
        (header("Authorization"), Subject::RequestParameter, "cannot be mapped"),
        (header("Connection"), Subject::RequestParameter, "cannot be mapped"),
        (header("Expect"), Subject::RequestParameter, "cannot be mapped"),
        (header("Proxy-Authenticate"), Subject::RequestParameter, "cannot be mapped"),
        (header("TE"), Subject::RequestParameter, "cannot be mapped"),
        (
            json!({"requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "method.request.body.t"}}),
            Subject::RequestParameter,
            "cannot come from the body",
        ),
    ];
    for (members, what, why) in cases {
        let (plan, findings) = integration(&members);
        assert!(matches!(plan, IntegrationPlan::Misconfigured { .. }), "{members}");
        assert_eq!((findings[0].what, findings[0].effect), (what, Effect::Refused), "{members}");
        assert!(findings[0].why.contains(why), "{members}: {}", findings[0].why);
    }
}

/// The function that a stage binds, or why there is none.
fn bound(members: &Value, variables: &Value) -> Result<FunctionTarget, String> {
    let deployment = compiled(&api(&json!({}), &[("/f", json!({"ANY": open(&changed(members))}))])).0;
    let (plan, findings) = stage(&Arc::new(deployment), &json!({"variables": variables}));
    let target = plan.function(RouteId(0)).expect("the route has a function").clone();
    assert_eq!(target.is_err(), findings.iter().any(|finding| finding.effect == Effect::Refused), "{findings:?}");
    target.map_err(|unbound| unbound.why.to_string())
}

#[test]
fn a_stage_binds_the_function_and_the_role() {
    let target = bound(&json!({}), &json!({})).expect("a function");
    assert_eq!((target.function.to_string().as_str(), target.credentials), (FUNCTION, None));
    let variable = "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.fn}:${stageVariables.alias}";
    let members =
        json!({"uri": buffered(variable), "credentials": "arn:aws:iam::000000000000:role/${stageVariables.role}"});
    let target = bound(&members, &json!({"fn": "cats", "alias": "live", "role": "r"})).expect("a function");
    assert_eq!((&*target.function.name, target.function.qualifier.as_deref()), ("cats", Some("live")));
    assert_eq!(target.credentials, Some(InvokeCredentials::Role("arn:aws:iam::000000000000:role/r".into())));
    let caller = bound(&json!({"credentials": "arn:aws:iam::*:user/*"}), &json!({})).expect("a function");
    assert_eq!(caller.credentials, Some(InvokeCredentials::Caller));
    let stream = json!({"responseTransferMode": "STREAM", "uri": streamed(FUNCTION)});
    assert_eq!(bound(&stream, &json!({})).expect("a function").function.to_string(), FUNCTION);
}

#[test]
fn what_names_no_function_is_refused() {
    let uri = |uri: &str| json!({"uri": uri});
    for (members, why) in [
        (uri(&buffered("${stageVariables.none}")), "no variable `none`"),
        (uri(&buffered("pets")), "not the ARN of a Lambda function"),
        (uri(&buffered("{function}")), "no stage variable"),
        (uri("arn:aws:apigateway:us-east-1:lambda:action/Invoke"), "no `path/`"),
        (uri("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/x"), "names no operation"),
        (uri(&streamed(FUNCTION)), "BUFFERED needs"),
        (json!({"responseTransferMode": "STREAM"}), "STREAM needs"),
        (json!({"credentials": "admin"}), "neither the ARN of a role"),
        (json!({"credentials": "arn:aws:iam::000000000000:user/me"}), "neither the ARN of a role"),
    ] {
        let refused = bound(&members, &json!({})).expect_err("no function");
        assert!(refused.contains(why), "{members}: {refused}");
    }
}

#[test]
fn binary_media_types_are_part_of_the_deployment() {
    let frozen = api(&json!({"binaryMediaTypes": ["image/*"]}), &[("/f", json!({"ANY": open(&changed(&json!({})))}))]);
    let (plan, findings) = compiled(&frozen);
    assert!(plan.binary_types.is_binary(Some(b"image/png")) && !plan.binary_types.is_binary(None));
    assert!(findings.is_empty(), "{findings:?}");
}
