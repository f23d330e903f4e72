//! Client connections: keep-alive, pipelining, HTTP/1.0, and requests that follow a refused one.

use crate::backend::Backend;
use crate::plans::{Api, HOST, proxy, says};
use crate::wire::End;
use crate::world::{World, request};

fn api() -> Api {
    Api::default().route("ANY /m", says("m")).route("GET /n", says("n"))
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let world = World::start(api().route("POST /p", proxy(backend.address)));
    let mut client = world.client();
    let post = format!("{}hello", request("POST /s/p", "Content-Length: 5\r\n"));
    let chunked = format!("{}5\r\nhello\r\n0\r\n\r\n", request("POST /s/p", "Transfer-Encoding: chunked\r\n"));
    let mut all = String::new();
    for _ in 0..20 {
        all.push_str(&request("GET /s/m", ""));
        all.push_str(&post);
        all.push_str(&request("GET /s/none", ""));
        all.push_str(&chunked);
        all.push_str(&request("GET /s/n", ""));
    }
    client.send(all);
    for _ in 0..20 {
        for expected in ["m", "ok", "{\"message\":\"Missing Authentication Token\"}", "ok", "n"] {
            assert_eq!(client.reply().text(), expected);
        }
    }
    assert!(client.is_quiet(20));
}

#[test]
fn the_connection_ends_when_either_side_wants_it_to() {
    let world = World::start(api());
    let line = |version: &str, fields: &str| format!("GET /s/m HTTP/{version}\r\nHost: {HOST}\r\n{fields}\r\n");
    let cases = [
        (line("1.1", ""), true),
        (line("1.1", "Connection: keep-alive\r\n"), true),
        (line("1.1", "Connection: x, CLOSE\r\n"), false),
        (line("1.0", ""), false),
        (line("1.0", "Connection: Keep-Alive\r\n"), true),
        (line("1.0", "Connection: keep-alive, close\r\n"), false),
    ];
    for (head, persists) in cases {
        let mut client = world.client();
        client.send(&head);
        let reply = client.reply();
        let said = if persists { "keep-alive" } else { "close" };
        assert_eq!((reply.text().as_str(), reply.field("Connection")), ("m", Some(said)), "{head}");
        if persists {
            client.send(request("GET /s/n", ""));
            assert_eq!(client.reply().text(), "n");
        } else {
            assert_eq!(client.end(), End::Closed);
        }
    }
}

#[test]
fn http_1_0_never_gets_chunks() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    let world = World::start(Api::default().route("GET /s", proxy(backend.address).stream()));
    let mut client = world.client();
    client.send(format!("GET /s/s HTTP/1.0\r\nHost: {HOST}\r\nConnection: keep-alive\r\n\r\n"));
    let reply = client.reply();
    assert_eq!((reply.text().as_str(), reply.is_whole, reply.field("Connection")), ("ok", true, Some("close")));
    assert_eq!(reply.field("Transfer-Encoding"), None);
}

#[test]
fn content_that_was_not_read_is_never_taken_for_a_request() {
    let world = World::start(api());
    let smuggled = request("GET /s/n", "");
    let fields = format!("Content-Length: {}\r\n", smuggled.len());
    for line in ["POST /s/none", "POST /t/m", "PROPFIND /s/m"] {
        let mut client = world.client();
        client.send(request(line, &fields)).send(&smuggled);
        let reply = client.reply();
        assert_eq!((reply.status, reply.field("Connection")), (403, Some("close")), "{line}");
        assert_eq!(client.end(), End::Closed, "{line}");
    }
    let mut client = world.client();
    client.send(request("POST /s/m", &fields)).send(&smuggled).send(request("GET /s/n", ""));
    assert_eq!((client.reply().text(), client.reply().text()), ("m".to_owned(), "n".to_owned()));
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let world = World::start(api());
    let mut client = world.client();
    for byte in format!("\r\n{}", request("GET /s/m", "X: y\r\n")).bytes() {
        client.send([byte]);
    }
    assert_eq!(client.reply().text(), "m");
}

#[test]
fn a_newer_snapshot_serves_the_next_request() {
    let world = World::start(api());
    let mut client = world.client();
    client.send(request("GET /s/m", ""));
    assert_eq!(client.reply().text(), "m");
    world.snapshot.store(std::sync::Arc::new(Api::default().route("GET /m", says("new")).snapshot()));
    client.send(request("GET /s/m", ""));
    assert_eq!(client.reply().text(), "new");
}
