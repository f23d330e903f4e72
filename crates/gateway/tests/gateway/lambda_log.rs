//! What is logged of a function: the execution log's lines (facts L6 and L12) and the access log's variables (fact L18).

use stagegate_gateway::InvokeFault;
use stagegate_plan::LogLevel;

use crate::functions::{Does, Functions};
use crate::plans::{Api, function};
use crate::world::World;

const ID: &str = "4f3e3b0f-39db-11e9-9c2e-5bd7c2de5998";

/// The lines of one request's execution log, without their prefix.
fn lines(level: LogLevel, has_data: bool, does: Does) -> Vec<String> {
    let api = Api::default().traces(level, has_data).route("GET /f", function());
    let world = World::invoking(api, Functions::that(does));
    world.ask("GET /s/f", &format!("x-amzn-RequestId: {ID}\r\nX-Amzn-Trace-Id: Root=1-a-b;Parent=7\r\n"), "");
    let prefix = format!("({ID}) ");
    world.execution_log().iter().map(|line| line.strip_prefix(&prefix).expect("a prefix").to_owned()).collect()
}

#[test]
fn fact_l12_failures_of_functions() {
    let malformed = Does::Returns(b"{}".to_vec());
    for (does, expected) in [
        (
            Does::Fails("{\"errorMessage\": \"no pets\"}"),
            &[
                "Lambda execution failed with status 200 due to customer function error: no pets. Lambda request id: rid",
                "Method completed with status: 502",
            ][..],
        ),
        (
            malformed,
            &[
                "Execution failed due to configuration error: Malformed Lambda proxy response",
                "Method completed with status: 502",
            ],
        ),
        (
            Does::Refuses(InvokeFault::TooManyRequests),
            &[
                "Lambda invocation failed with status: 429. Lambda request id: ",
                "Execution failed due to configuration error: Rate Exceeded.",
                "Method completed with status: 500",
            ],
        ),
        (
            Does::Refuses(InvokeFault::Timeout),
            &["Execution failed due to a timeout error", "Method completed with status: 504"],
        ),
    ] {
        assert_eq!(lines(LogLevel::Error, false, does.clone()), expected, "{does:?}");
    }
    let denied = lines(LogLevel::Error, false, Does::Refuses(InvokeFault::AccessDenied));
    let expected = "Execution failed due to configuration error: Invalid permissions on Lambda function";
    assert!(denied.contains(&expected.to_owned()), "{denied:?}");
}

#[test]
fn fact_l6_the_endpoint_s_request_id_is_last() {
    let fine = lines(LogLevel::Info, false, Does::Returns(b"{\"statusCode\": 200}".to_vec()));
    let last = ["Method completed with status: 200", "AWS Integration Endpoint RequestId : rid"];
    assert_eq!(&fine[fine.len() - 2..], last);
    let failed = lines(LogLevel::Info, false, Does::Fails("{}"));
    assert_eq!(failed.last().map(String::as_str), Some(last[1]));
}

#[test]
fn fact_l5_data_shows_the_call_and_its_answer() {
    let lines = lines(LogLevel::Info, true, Does::Returns(b"{\"statusCode\": 201, \"body\": \"x\"}".to_vec()));
    let uri = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/\
               arn:aws:lambda:us-east-1:000000000000:function:pets/invocations";
    for expected in [
        format!("Endpoint request URI: {uri}"),
        "Endpoint request headers: {X-Amz-Invocation-Type=RequestResponse, x-amzn-apigateway-api-id=api, \
         Accept=application/json, User-Agent=AmazonAPIGateway_api, X-Amzn-Trace-Id=Root=1-a-b;Parent=7;Sampled=1, \
         X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:000000000000:api/s/GET/f}"
            .to_owned(),
        format!("Sending request to {uri}"),
        "Endpoint response headers: {x-amzn-RequestId=rid, X-Amz-Executed-Version=$LATEST}".to_owned(),
        "Endpoint response body before transformations: {\"statusCode\": 201, \"body\": \"x\"}".to_owned(),
        "Method response body after transformations: x".to_owned(),
        "Method completed with status: 201".to_owned(),
    ] {
        assert!(lines.contains(&expected), "{expected}\n{lines:#?}");
    }
    let event = lines.iter().find_map(|line| line.strip_prefix("Endpoint request body after transformations: "));
    assert!(event.is_some_and(|event| event.starts_with("{\"resource\":\"/f\"") && event.ends_with(" [TRUNCATED]")));
}

#[test]
fn fact_l18_the_access_log_tells_the_function_s_status_from_lambda_s() {
    let format = "$context.integration.status $context.integrationStatus $context.integration.integrationStatus \
                  $context.integration.requestId $context.awsEndpointRequestId $context.status";
    let logged = |does| {
        let api = Api::default().logs(format).route("GET /f", function());
        let world = World::invoking(api, Functions::that(does));
        world.get("/s/f");
        world.log()
    };
    assert_eq!(logged(Does::Returns(b"{\"statusCode\": 404}".to_vec())), "404 200 200 rid rid 404\n");
    assert_eq!(logged(Does::Fails("{}")), "200 200 200 rid rid 502\n");
    assert_eq!(logged(Does::Refuses(InvokeFault::TooManyRequests)), "429 429 429 - - 500\n");
}
