//! Conversions between text and binary content, on both sides of integrations that are no proxies (facts 63 to 68).

use stagegate_mapping::ResponseSource;
use stagegate_plan::ContentHandling::{self, ConvertToBinary, ConvertToText};
use stagegate_plan::{BodyTemplate, LogLevel, Passthrough, ResponsePlan, Templates};

use crate::backend::Backend;
use crate::plans::{Api, always, mapped, mock, no_templates, proxy, response, text_template};
use crate::wire::Reply;
use crate::world::World;

const CONFIGURATION_ERROR: (u16, &str) = (500, "{\"message\": \"Internal server error\"}");
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn one_template() -> Templates<BodyTemplate> {
    Templates { entries: [("$default".into(), text_template("made"))].into(), passthrough: Passthrough::Never }
}

fn converting(handling: Option<ContentHandling>, templates: &[(&str, &str)]) -> ResponsePlan {
    let headers = [("X-Type", ResponseSource::Header("Content-Type".into()))];
    ResponsePlan { content_handling: handling, ..response(200, &headers, templates) }
}

/// The content that an `HTTP` back end gets of a request with this type and body, and the client's answer.
fn sent(handling: Option<ContentHandling>, has_template: bool, content_type: &str, body: &str) -> (String, Reply) {
    let backend = Backend::answering(OK);
    let requests = if has_template { one_template() } else { no_templates(Passthrough::WhenNoMatch) };
    let target = mapped(backend.address, vec![response(200, &[], &[])], |_| Some(0), requests).converts(handling);
    let world = World::start(Api::default().route("POST /c", target).binary(&["image/*"]));
    let fields = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
    let reply = world.ask("POST /s/c", &fields, body);
    let seen = backend.seen().pop().unwrap_or_default();
    (seen.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()), reply)
}

#[test]
fn fact_67_a_request_is_converted_before_its_back_end_gets_it() {
    for (handling, content_type, body, expected) in [
        (Some(ConvertToBinary), "text/plain", "AAEC", "\0\u{1}\u{2}"),
        (Some(ConvertToText), "image/png", "\0\u{1}\u{2}", "AAEC"),
        (Some(ConvertToText), "text/plain", "AAEC", "AAEC"),
        (Some(ConvertToBinary), "image/png", "AAEC", "AAEC"),
        (None, "image/png", "AAEC", "AAEC"),
        (None, "text/plain", "AAEC", "AAEC"),
    ] {
        let (seen, reply) = sent(handling, false, content_type, body);
        assert_eq!((seen.as_str(), reply.status), (expected, 200), "{handling:?} {content_type}");
    }
}

#[test]
fn fact_67_a_request_that_is_no_base64_reaches_no_back_end() {
    let (seen, reply) = sent(Some(ConvertToBinary), false, "text/plain", "{}");
    assert_eq!((seen.as_str(), (reply.status, reply.text().as_str())), ("", CONFIGURATION_ERROR));
}

#[test]
fn fact_68_a_template_reads_text_only() {
    for (handling, content_type, status) in [
        (None, "image/png", 500),
        (Some(ConvertToBinary), "image/png", 500),
        (Some(ConvertToBinary), "text/plain", 500),
        (Some(ConvertToText), "image/png", 200),
        (None, "text/plain", 200),
    ] {
        let (seen, reply) = sent(handling, true, content_type, "AAEC");
        assert_eq!(reply.status, status, "{handling:?} {content_type}");
        assert_eq!(seen, if status == 200 { "made" } else { "" }, "{handling:?} {content_type}");
    }
}

/// The client's answer where a back end gives this content.
fn answered(response: ResponsePlan, content_type: &str, body: &str, accept: &str) -> Reply {
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}");
    let backend = Backend::answering(answer);
    let target = mapped(backend.address, vec![response], |_| Some(0), no_templates(Passthrough::WhenNoMatch));
    let world = World::start(Api::default().route("GET /c", target).binary(&["image/*"]));
    world.ask("GET /s/c", &format!("Accept: {accept}\r\n"), "")
}

#[test]
fn fact_67_an_answer_is_converted_before_the_client_gets_it() {
    for (handling, content_type, body, accept, expected) in [
        (None, "image/png", "\0\u{1}\u{2}", "text/html", "AAEC"),
        (None, "image/png", "\0\u{1}\u{2}", "image/webp,*/*", "\0\u{1}\u{2}"),
        (None, "text/plain", "AAEC", "image/webp,*/*", "\0\u{1}\u{2}"),
        (None, "text/plain", "AAEC", "text/html", "AAEC"),
        (Some(ConvertToText), "text/plain", "no base64", "image/png", "no base64"),
        (Some(ConvertToText), "image/png", "\0\u{1}\u{2}", "image/png", "AAEC"),
        (Some(ConvertToBinary), "text/plain", "AAEC", "text/html", "\0\u{1}\u{2}"),
    ] {
        let reply = answered(converting(handling, &[]), content_type, body, accept);
        assert_eq!((reply.status, reply.text().as_str()), (200, expected), "{handling:?} {content_type} {accept}");
        assert_eq!(reply.field("Content-Length"), Some(expected.len().to_string().as_str()));
        assert_eq!(reply.field("X-Type"), Some(content_type));
    }
}

#[test]
fn fact_67_text_that_a_client_wants_as_binary_must_be_base64() {
    let reply = answered(converting(None, &[]), "application/json", "{\"a\": 1}", "image/png");
    assert_eq!((reply.status, reply.text().as_str()), CONFIGURATION_ERROR);
    assert!(reply.field("X-Amzn-Trace-Id").is_some(), "{}", reply.head);
}

#[test]
fn fact_68_a_response_template_reads_text_only() {
    let templates = [("application/json", "made")];
    for (handling, accept, status) in [
        (None, "image/png", 500),
        (None, "application/json", 200),
        (Some(ConvertToText), "image/png", 200),
        (Some(ConvertToBinary), "application/json", 500),
    ] {
        let reply = answered(converting(handling, &templates), "image/png", "\0\u{1}", accept);
        assert_eq!(reply.status, status, "{handling:?} {accept}");
        assert_eq!(reply.text() == "made", status == 200);
    }
}

#[test]
fn fact_68_everything_binary_breaks_a_mock_until_its_requests_are_text() {
    let plan = || mock(always(Some(200)), vec![response(200, &[], &[])], |_| Some(0));
    for (handling, status) in [(None, 500), (Some(ConvertToBinary), 500), (Some(ConvertToText), 200)] {
        let api = Api::default().route("OPTIONS /m", plan().converts(handling)).binary(&["*/*"]);
        let reply = World::start(api).ask("OPTIONS /s/m", "Accept: */*\r\n", "");
        assert_eq!(reply.status, status, "{handling:?}");
    }
}

#[test]
fn a_proxy_converts_requests_where_it_asks_for_it_and_no_answers() {
    let echo = Backend::answering(OK);
    let target = proxy(echo.address).converts(Some(ConvertToText));
    let world = World::start(Api::default().route("POST /p", target).binary(&["image/*"]));
    let reply = world.ask("POST /s/p", "Content-Type: image/png\r\nContent-Length: 3\r\n", "\0\u{1}\u{2}");
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok"));
    assert!(echo.only().ends_with("\r\n\r\nAAEC"), "{}", echo.only());

    let answer = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\nabc";
    let backend = Backend::answering(answer);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)).binary(&["image/*"]));
    assert_eq!(world.ask("GET /s/p", "Accept: text/html\r\n", "").text(), "abc");
}

#[test]
fn large_content_is_converted_whole() {
    let content = "x".repeat(3_000_000);
    let reply = answered(converting(Some(ConvertToText), &[]), "image/png", &content, "image/png");
    assert!(reply.is_whole && reply.status == 200);
    assert_eq!(reply.body.len(), 4_000_000);
    assert!(reply.text().starts_with("eHh4") && reply.text().ends_with("eHh4"));
}

#[test]
fn fact_68_the_log_names_binary_content_and_what_failed() {
    for (content_type, lines) in [
        ("image/png", ["Method request body before transformations: [Binary Data]", "Unable to transform request"]),
        ("text/plain", ["Method request body before transformations: {}", "Unable to base64 decode the body."]),
    ] {
        let backend = Backend::answering(OK);
        let is_binary = content_type == "image/png";
        let requests = if is_binary { one_template() } else { no_templates(Passthrough::WhenNoMatch) };
        let target = mapped(backend.address, vec![response(200, &[], &[])], |_| Some(0), requests);
        let target = target.converts((!is_binary).then_some(ConvertToBinary));
        let api = Api::default().route("POST /c", target).binary(&["image/*"]).traces(LogLevel::Info, true);
        let world = World::start(api);
        let fields = format!("Content-Type: {content_type}\r\nContent-Length: 2\r\n");
        assert_eq!(world.ask("POST /s/c", &fields, "{}").status, 500);
        let log = world.execution_log().join("\n");
        for line in lines {
            assert!(log.contains(line), "{line} is not in\n{log}");
        }
    }
}
