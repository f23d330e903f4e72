//! Execution logs of a stage: lines, order and levels (facts L1, L2, L4, L5, L12 and L14).

use stagegate_plan::{LogLevel, Passthrough};

use crate::backend::Backend;
use crate::plans::{Api, HOST, mapped, no_templates, proxy, response, says};
use crate::world::World;

/// A UUID, so that the gateway takes it as the request's id (fact 123).
const ID: &str = "4f3e3b0f-39db-11e9-9c2e-5bd7c2de5998";

/// Makes one request with the id, and answers the lines of its log without the prefix that each has.
fn lines(api: Api, request: (&str, &str, &str)) -> Vec<String> {
    let world = World::start(api);
    let (line, fields, body) = request;
    let reply = world.ask(line, &format!("x-amzn-RequestId: {ID}\r\n{fields}"), body);
    let extended = reply.field("x-amz-apigw-id").expect("an extended id").to_owned();
    let lines = world.execution_log();
    let text = |line: &String| {
        let text = line.strip_prefix(&format!("({ID}) ")).expect("the prefix of every line");
        match text.split_once("latency: ") {
            Some((before, _)) => format!("{before}latency: N ms"),
            None => text.replace(&extended, "{extended}"),
        }
    };
    lines.iter().map(text).collect()
}

const STEPS: [&str; 8] = [
    "Extended Request Id: {extended}",
    "Verifying Usage Plan for request: 4f3e3b0f-39db-11e9-9c2e-5bd7c2de5998. API Key:  API Stage: api/s",
    "API Key  authorized because method 'ANY /{path+}' does not require API Key. Request will not contribute to throttle \
     or quota limits",
    "Usage Plan check succeeded for API Key  and API Stage api/s",
    "Starting execution for request: 4f3e3b0f-39db-11e9-9c2e-5bd7c2de5998",
    "HTTP Method: GET, Resource Path: /a/b",
    "Successfully completed execution",
    "Method completed with status: 200",
];

fn mock_api(level: LogLevel, has_data: bool) -> Api {
    Api::default().traces(level, has_data).route("ANY /{path+}", says("{}"))
}

#[test]
fn fact_l5_info_writes_the_steps_and_no_payload() {
    assert_eq!(lines(mock_api(LogLevel::Info, false), ("GET /s/a/b?q=1", "X-A: 1\r\n", "")), STEPS);
}

#[test]
fn fact_l14_data_trace_adds_payloads_in_their_places() {
    let all = lines(mock_api(LogLevel::Info, true), ("GET /s/a/b?q=1", "x-api-key: 0123456789\r\n", ""));
    let mut expected: Vec<String> = STEPS.iter().map(ToString::to_string).collect();
    let data = [
        "Method request path: {path=a/b}".to_owned(),
        "Method request query string: {q=1}".to_owned(),
        format!("Method request headers: {{Host={HOST}, x-amzn-RequestId={ID}, x-api-key=****456789}}"),
        "Method request body before transformations: ".to_owned(),
        "Method response body after transformations: {}".to_owned(),
        "Method response headers: {Content-Type=application/json}".to_owned(),
    ];
    expected.splice(6..6, data.iter().cloned());
    assert_eq!(all, expected);
    let errors = lines(mock_api(LogLevel::Error, true), ("GET /s/a/b?q=1", "x-api-key: 0123456789\r\n", ""));
    let with_id: Vec<String> = [STEPS[0].to_owned()].into_iter().chain(data).collect();
    assert_eq!(errors, with_id, "at ERROR, data is all that a success leaves");
}

#[test]
fn a_token_for_reasons_is_not_written() {
    let all = lines(mock_api(LogLevel::Info, true), ("GET /s/a/b", "x-stagegate-EXPLAIN: token\r\nX-A: 1\r\n", ""));
    assert!(all.iter().any(|line| line.contains("X-A=1")) && !all.iter().any(|line| line.contains("token")), "{all:?}");
}

#[test]
fn fact_l14_error_writes_errors_only() {
    assert_eq!(lines(mock_api(LogLevel::Error, false), ("GET /s/a/b", "", "")), [""; 0]);
    let nobody = Api::default().traces(LogLevel::Error, false);
    let broken = nobody.route("GET /", proxy("127.0.0.1:1".parse().expect("an address")));
    let expected =
        ["Execution failed due to a network error communicating with endpoint", "Method completed with status: 504"];
    assert_eq!(lines(broken, ("GET /s/", "", "")), expected);
}

#[test]
fn fact_l12_a_timeout_is_a_line_and_then_the_status() {
    let silent = Backend::start(|peer| _ = peer.wait_for_bytes(1_000_000));
    let target = proxy(silent.address).with(|plan| plan.timeout_ms = 50);
    let api = Api::default().traces(LogLevel::Info, false).route("ANY /{path+}", target);
    let all = lines(api, ("GET /s/a/b", "", ""));
    let mut expected = STEPS[..6].to_vec();
    expected.extend(["Execution failed due to a timeout error", "Method completed with status: 504"]);
    assert_eq!(all, expected);
}

#[test]
fn fact_l5_a_back_end_is_told_of_in_order() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na\nb\rc");
    let target = mapped(
        backend.address,
        vec![response(200, &[], &[("text/plain", "two\nlines")])],
        |_| Some(0),
        no_templates(Passthrough::WhenNoMatch),
    );
    let api = Api::default().traces(LogLevel::Info, true).route("POST /p", target);
    let all = lines(api, ("POST /s/p", "Content-Length: 3\r\n", "in\n"));
    let labels: Vec<&str> = all.iter().map(|line| line.split_once(':').map_or(&**line, |(label, _)| label)).collect();
    let expected = [
        "Extended Request Id",
        "Verifying Usage Plan for request",
        "API Key  authorized because method 'POST /p' does not require API Key. Request will not contribute to throttle or \
         quota limits",
        "Usage Plan check succeeded for API Key  and API Stage api/s",
        "Starting execution for request",
        "HTTP Method",
        "Method request path",
        "Method request query string",
        "Method request headers",
        "Method request body before transformations",
        "Endpoint request URI",
        "Endpoint request headers",
        "Endpoint request body after transformations",
        "Sending request to http",
        "Received response. Status",
        "Endpoint response headers",
        "Endpoint response body before transformations",
        "Method response body after transformations",
        "Method response headers",
        "Successfully completed execution",
        "Method completed with status",
    ];
    assert_eq!(labels, expected);
    let has = |line: &str| assert!(all.iter().any(|one| one == line), "{line} in {all:#?}");
    has("Endpoint response body before transformations: a\\nb\\rc");
    has("Method request body before transformations: in\\n");
    has("Method response body after transformations: two\\nlines");
}

#[test]
fn a_request_without_a_route_has_no_log() {
    let api = Api::default().traces(LogLevel::Info, true).route("GET /here", says("m"));
    assert_eq!(lines(api, ("GET /s/there", "", "")), [""; 0]);
}
