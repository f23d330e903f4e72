//! Which headers of a back end's response a client sees (facts 22, 42, 43 and 48).

use stagegate_mapping::{ContextVariable, ResponseSource};
use stagegate_plan::Passthrough;

use crate::backend::Backend;
use crate::plans::{Api, mapped, no_templates, proxy, response};
use crate::world::World;

/// The fields of a reply without those that every reply has first.
fn fields(head: &str) -> Vec<&str> {
    head.lines().skip(4).filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_proxied_response_keeps_remaps_or_drops() {
    let answer = "HTTP/1.1 200 Fine\r\nDate: then\r\nServer: s\r\nContent-Length: 2\r\nConnection: x-hop, keep-alive\r\n\
                  X-Hop: 1\r\nKeep-Alive: 5\r\nContent-Encoding: gzip\r\nVia: v\r\nTrailer: T\r\nUpgrade: h2c\r\n\
                  x-amzn-RequestId: theirs\r\nx-amz-apigw-id: forged\r\nSet-Cookie: a\r\nset-cookie: b\r\nX-E: \r\n\
                  Content-Type: text/plain\r\nWWW-Authenticate: Basic\r\n\r\nok";
    let backend = Backend::answering(answer);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let reply = world.get("/s/p");
    assert!(reply.head.starts_with("HTTP/1.1 200 OK\r\n"), "{}", reply.head);
    let expected = [
        "x-amzn-Remapped-Date: then",
        "x-amzn-Remapped-Server: s",
        "x-amzn-Remapped-Content-Length: 2",
        "x-amzn-Remapped-Connection: x-hop, keep-alive",
        "x-amzn-Remapped-x-amzn-RequestId: theirs",
        "Set-Cookie: a",
        "set-cookie: b",
        "X-E: ",
        "Content-Type: text/plain",
        "WWW-Authenticate: Basic",
        "Content-Length: 2",
        "Connection: keep-alive",
    ];
    assert_eq!(fields(&reply.head), expected);
}

#[test]
fn a_mapped_response_has_only_what_is_mapped() {
    let headers = [
        ("X-One", ResponseSource::Header("x-in".into())),
        ("X-All", ResponseSource::MultiHeader("x-in".into())),
        ("X-Static", ResponseSource::Static("text".into())),
        ("X-Var", ResponseSource::StageVariable("v".into())),
        ("X-Stage", ResponseSource::Context(ContextVariable::Stage)),
        ("X-None", ResponseSource::Header("absent".into())),
        ("X-Crlf", ResponseSource::StageVariable("crlf".into())),
        ("X-Static-Crlf", ResponseSource::Static("a\nb".into())),
        ("Server", ResponseSource::Static("mine".into())),
        ("Keep-Alive", ResponseSource::Static("9".into())),
        ("Transfer-Encoding", ResponseSource::Static("chunked".into())),
        ("Content-Length", ResponseSource::Static("9".into())),
        ("Connection", ResponseSource::Static("close".into())),
        ("x-amzn-RequestId", ResponseSource::Static("mine".into())),
        ("Content-Type", ResponseSource::Header("Content-Type".into())),
    ];
    let answer = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-In: 1\r\nX-IN: 2\r\nX-Other: 3\r\n\
                  Content-Type: text/plain\r\n\r\nok";
    let backend = Backend::answering(answer);
    let target = mapped(
        backend.address,
        vec![response(203, &headers, &[])],
        |_| Some(0),
        no_templates(Passthrough::WhenNoMatch),
    );
    let api = Api::default().variable("v", "bound").variable("crlf", "a\r\nX-Evil: 1").route("GET /p", target);
    let reply = World::start(api).get("/s/p");
    assert_eq!((reply.status, reply.text().as_str()), (203, "ok"));
    let trace = reply.field("X-Amzn-Trace-Id").expect("a trace id");
    assert!(trace.starts_with("Root=1-") && !trace.contains(';'), "{trace}");
    let trace = format!("X-Amzn-Trace-Id: {trace}");
    let expected = [
        "X-One: 2",
        "X-All: 1,2",
        "X-Static: text",
        "X-Var: bound",
        "X-Stage: s",
        "x-amzn-Remapped-Server: mine",
        "x-amzn-Remapped-Content-Length: 9",
        "x-amzn-Remapped-Connection: close",
        "x-amzn-Remapped-x-amzn-RequestId: mine",
        "Content-Type: text/plain",
        &trace,
        "Content-Length: 2",
        "Connection: keep-alive",
    ];
    assert_eq!(fields(&reply.head), expected);
}

#[test]
fn errors_of_the_integration_carry_the_trace_id_and_others_do_not() {
    let backend = Backend::answering_once("garbage\r\n\r\n");
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let reply = world.ask("GET /s/p", "X-Amzn-Trace-Id: Root=1-a-b;Parent=7\r\n", "");
    assert_eq!((reply.status, reply.text().as_str()), (500, "{\"message\": \"Internal server error\"}"));
    assert_eq!(reply.field("X-Amzn-Trace-Id"), Some("Root=1-a-b"));
    assert_eq!(reply.field("x-amzn-ErrorType"), Some("InternalServerErrorException"));
    assert_eq!(world.get("/s/none").field("X-Amzn-Trace-Id"), None);
}

#[test]
fn a_client_may_choose_a_request_id_that_is_a_uuid() {
    let world = World::start(Api::default());
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    for (sent, id) in [(uuid, uuid), ("me", "UUID_REPLACED_INVALID_REQUEST_ID")] {
        let reply = world.ask("GET /s/p", &format!("x-amzn-RequestId: {sent}\r\n"), "");
        assert_eq!(reply.field("x-amzn-RequestId"), Some(id));
    }
}
