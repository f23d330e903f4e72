//! What becomes of a function's result (facts 17, 42, 43, 52 to 57 and L12), and of functions that cannot be invoked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_gateway::{InvocationType, InvokeFault};
use stagegate_mapping::RequestSource;
use stagegate_plan::InvokeCredentials;

use crate::functions::{Does, Functions};
use crate::plans::{Api, function};
use crate::wire::Reply;
use crate::world::World;

const ERROR: &str = "{\"message\": \"Internal server error\"}";

fn ask(does: Does) -> Reply {
    let world = World::invoking(Api::default().route("GET /f", function()), Functions::that(does));
    world.get("/s/f")
}

fn returned(document: &Value) -> Reply {
    ask(Does::returns(document))
}

#[test]
fn a_function_s_answer_is_the_client_s() {
    let reply = returned(&json!({
        "statusCode": 201, "headers": {"X-A": "1", "Content-Type": "text/plain"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": "höllo"
    }));
    assert_eq!((reply.status, reply.text().as_str()), (201, "höllo"));
    assert_eq!(reply.field("Content-Type"), Some("text/plain"));
    assert_eq!(reply.all("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(reply.field("Content-Length"), Some("6"));
}

#[test]
fn fact_43_the_trace_id_is_returned() {
    for does in [Does::Returns(b"{\"statusCode\": 200}".to_vec()), Does::Fails("{}")] {
        let reply = ask(does);
        assert!(reply.field("X-Amzn-Trace-Id").is_some_and(|trace| trace.starts_with("Root=1-")), "{}", reply.head);
    }
}

#[test]
fn fact_42_what_the_gateway_sets_itself_is_remapped() {
    let reply = returned(&json!({"headers": {
        "Connection": "x", "Content-Length": "9", "Date": "then", "server": "mine", "X-Amzn-RequestId": "me",
        "Transfer-Encoding": "chunked", "X-Amzn-Trace-Id": "no", "Content-Encoding": "br", "WWW-Authenticate": "Basic"
    }, "body": "ok"}));
    for (name, value) in [
        ("x-amzn-Remapped-Connection", "x"),
        ("x-amzn-Remapped-Content-Length", "9"),
        ("x-amzn-Remapped-Date", "then"),
        ("x-amzn-Remapped-server", "mine"),
        ("x-amzn-Remapped-X-Amzn-RequestId", "me"),
        ("Content-Length", "2"),
        ("Content-Encoding", "br"),
        ("WWW-Authenticate", "Basic"),
    ] {
        assert_eq!(reply.field(name), Some(value), "{name}: {}", reply.head);
    }
    assert_eq!(reply.field("Transfer-Encoding"), None);
    assert_ne!(reply.field("X-Amzn-Trace-Id"), Some("no"));
}

#[test]
fn facts_17_and_52_a_malformed_answer_is_a_502() {
    for payload in ["{}", "null", "\"text\"", "", "{\"errorType\": \"x\"}", "{\"statusCode\": \"x\"}", "[1]"] {
        let reply = ask(Does::Returns(payload.into()));
        assert_eq!((reply.status, reply.text().as_str()), (502, ERROR), "{payload}");
        assert_eq!(reply.field("x-amzn-ErrorType"), Some("InternalServerErrorException"));
    }
}

#[test]
fn a_header_that_could_be_two_is_malformed() {
    for headers in [json!({"a": "x\r\nb: y"}), json!({"a b": "x"}), json!({"": "x"}), json!({"a": "x\u{0}"})] {
        assert_eq!(returned(&json!({"headers": headers})).status, 502, "{headers}");
    }
    let many: serde_json::Map<_, _> = (0..300).map(|index| (format!("h{index}"), json!("x"))).collect();
    assert_eq!(returned(&json!({"headers": many})).status, 502);
    assert_eq!(returned(&json!({"headers": {"a": "x".repeat(70_000)}})).status, 502);
}

#[test]
fn fact_55_the_list_comes_first_and_gives_the_case() {
    let reply = returned(&json!({"headers": {"x-a": "3", "Y": "4"}, "multiValueHeaders": {"X-A": ["1", "2"]}}));
    assert_eq!((reply.all("X-A"), reply.all("x-a"), reply.field("Y")), (vec!["1", "2", "3"], vec![], Some("4")));
}

#[test]
fn fact_56_json_is_the_default_and_content_may_be_empty() {
    let reply = returned(&json!({"statusCode": 204}));
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    let reply = returned(&json!({"statusCode": 200}));
    assert_eq!((reply.field("Content-Type"), reply.field("Content-Length")), (Some("application/json"), Some("0")));
}

#[test]
fn fact_57_base64_is_decoded_only_for_clients_that_accept_binary() {
    let answer = json!({"statusCode": 200, "isBase64Encoded": true, "body": "iVBORw==", "headers": {"Content-Type": "image/png"}});
    let api = || Api::default().route("GET /f", function()).binary(&["image/png"]);
    for (accept, body) in [
        ("Accept: image/png\r\n", &b"\x89PNG"[..]),
        ("Accept: image/png;q=0.5, text/html\r\n", b"\x89PNG"),
        ("Accept: text/html, image/png\r\n", b"iVBORw=="),
        ("Accept: */*\r\n", b"iVBORw=="),
        ("", b"iVBORw=="),
    ] {
        let world = World::invoking(api(), Functions::that(Does::returns(&answer)));
        let reply = world.ask("GET /s/f", accept, "");
        assert_eq!((reply.status, &*reply.body), (200, body), "{accept}");
    }
    let broken = Does::returns(&json!({"isBase64Encoded": true, "body": "a!"}));
    let world = World::invoking(api(), Functions::that(broken));
    assert_eq!(world.ask("GET /s/f", "Accept: image/png\r\n", "").status, 502);
}

#[test]
fn facts_17_and_l12_failures_in_aws_s_words() {
    let network = "{\"message\": \"Network error communicating with endpoint\"}";
    let timeout = "{\"message\": \"Endpoint request timed out\"}";
    for (does, status, body) in [
        (Does::Fails("{\"errorMessage\": \"secret\"}"), 502, ERROR),
        (Does::Refuses(InvokeFault::AccessDenied), 500, ERROR),
        (Does::Refuses(InvokeFault::ResourceNotFound), 500, ERROR),
        (Does::Refuses(InvokeFault::TooManyRequests), 500, ERROR),
        (Does::Refuses(InvokeFault::Service), 502, ERROR),
        (Does::Refuses(InvokeFault::NotReady), 502, ERROR),
        (Does::Refuses(InvokeFault::Network), 504, network),
        (Does::Refuses(InvokeFault::Timeout), 504, timeout),
        (Does::Refuses(InvokeFault::RequestTooLarge), 413, "{\"message\":\"Request Too Long\"}"),
    ] {
        let reply = ask(does.clone());
        assert_eq!((reply.status, reply.text().as_str()), (status, body), "{does:?}");
    }
}

#[test]
fn a_function_that_takes_too_long_is_not_waited_for() {
    let api = Api::default().route("GET /f", function().timeout_ms(60));
    let world = World::invoking(api, Functions::that(Does::Hangs));
    let began = Instant::now();
    assert_eq!(world.get("/s/f").status, 504);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn an_answer_beyond_the_payload_limit_is_refused() {
    let api = Api::default().route("GET /f", function());
    let answer = Does::returns(&json!({"body": "x".repeat(2000)}));
    let world = World::invoking_with(api, Functions::that(answer), |config| config.limits.payload_bytes = 1000);
    assert_eq!((world.get("/s/f").status, world.get("/s/f").text()), (500, ERROR.to_owned()));
}

#[test]
fn head_gets_the_length_and_no_content() {
    let api = Api::default().route("HEAD /f", function());
    let world = World::invoking(api, Functions::that(Does::returns(&json!({"body": "hello"}))));
    let reply = world.ask("HEAD /s/f", "", "");
    assert_eq!((reply.status, reply.field("Content-Length"), reply.body.len()), (200, Some("5"), 0));
}

#[test]
fn an_event_is_accepted_and_not_waited_for() {
    let kind = RequestSource::Header("X-Kind".into());
    for (sent, status, seen) in [
        ("Event", 202, Some(InvocationType::Event)),
        ("DryRun", 204, Some(InvocationType::DryRun)),
        ("Nothing", 500, None),
    ] {
        let target = function().lambda(|plan| plan.invocation_type = Some(kind.clone()));
        let functions = Functions::that(Does::Accepts(status));
        let world = World::invoking(Api::default().route("GET /f", target), Arc::clone(&functions));
        let reply = world.ask("GET /s/f", &format!("X-Kind: {sent}\r\n"), "");
        assert_eq!(reply.status, status, "{sent}");
        if let Some(kind) = seen {
            assert_eq!(functions.only().kind, kind);
        }
    }
    let functions = Functions::fine();
    let target = function().lambda(|plan| plan.invocation_type = Some(kind));
    let world = World::invoking(Api::default().route("GET /f", target), Arc::clone(&functions));
    assert_eq!(world.get("/s/f").status, 200);
    assert_eq!(functions.only().kind, InvocationType::RequestResponse, "an unmapped type is the default");
}

#[test]
fn client_context_and_credentials_reach_lambda() {
    let functions = Functions::fine();
    let target = function()
        .lambda(|plan| plan.client_context = Some(RequestSource::Static("e30=".into())))
        .invoked_by(InvokeCredentials::Role("arn:aws:iam::000000000000:role/r".into()));
    let world = World::invoking(Api::default().route("GET /f", target), Arc::clone(&functions));
    assert_eq!(world.get("/s/f").status, 200);
    let seen = functions.only();
    assert_eq!(seen.client_context.as_deref(), Some("e30="));
    assert_eq!(seen.credentials, Some(InvokeCredentials::Role("arn:aws:iam::000000000000:role/r".into())));
}

#[test]
fn without_functions_the_route_is_misconfigured() {
    let world = World::start(Api::default().route("GET /f", function()));
    assert_eq!((world.get("/s/f").status, world.get("/s/f").text()), (500, ERROR.to_owned()));
}
