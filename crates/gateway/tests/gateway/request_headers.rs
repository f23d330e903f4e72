//! Which headers of a request a back end sees (facts 38–41, 44–46).

use stagegate_mapping::RequestSource;
use stagegate_plan::Passthrough;

use crate::backend::Backend;
use crate::plans::{Api, HOST, mapped, no_templates, proxy, response};
use crate::world::World;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The fields that the back end got, in order, without the trace id.
fn fields(request: &str) -> Vec<&str> {
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().skip(1).filter(|line| !line.starts_with("X-Amzn-Trace-Id: ")).collect()
}

#[test]
fn a_proxied_request_carries_the_clients_fields_and_the_gateways() {
    let dropped = "Connection: x-hop, keep-alive\r\nX-Hop: 1\r\nContent-MD5: x\r\nMax-Forwards: 3\r\n\
                   Proxy-Authenticate: a\r\nProxy-Authorization: b\r\nServer: s\r\nTE: trailers\r\nTrailer: T\r\n\
                   Upgrade: h2c\r\nWWW-Authenticate: w\r\nContent-Encoding: gzip\r\nVia: 1.1 me\r\nKeep-Alive: 3\r\n\
                   Proxy-Connection: close\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Proto: https\r\n\
                   X-Amzn-Apigateway-Api-Id: forged\r\nAuthorization: AWS4-HMAC-SHA256 Credential=x\r\n";
    let kept = ["tEsT-HEADeR: v", "X-Two: 1", "X-Two: 2", "Cookie: a=b", "User-Agent: me", "Accept: */*", "Empty: "];
    let forwarded = "X-Forwarded-For: 203.0.113.9\r\n";
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let reply = world.ask("GET /s/p", &format!("{dropped}{}\r\n{forwarded}", kept.join("\r\n")), "");
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok"));
    let port = world.address.port();
    let own = [
        "X-Forwarded-For: 203.0.113.9, 127.0.0.1".to_owned(),
        format!("X-Forwarded-Port: {port}"),
        "X-Forwarded-Proto: http".to_owned(),
        "X-Amzn-Apigateway-Api-Id: api".to_owned(),
    ];
    let mut expected = vec!["Host: back.end"];
    expected.extend(kept);
    expected.extend(own.iter().map(String::as_str));
    assert_eq!(fields(&backend.only()), expected);
}

#[test]
fn an_authorization_that_is_no_aws_signature_goes_on() {
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    for (sent, passes) in [("Bearer t", true), ("Basic YQ==", true), ("AWS4-ECDSA-P256-SHA256 x", false)] {
        world.ask("GET /s/p", &format!("Authorization: {sent}\r\n"), "");
        let seen = backend.seen().pop().expect("a request");
        assert_eq!(seen.contains(&format!("\r\nAuthorization: {sent}\r\n")), passes, "{seen}");
    }
}

#[test]
fn mapped_headers_replace_the_clients_and_the_gateways() {
    let set = |text: &str| RequestSource::Static(text.into());
    let names =
        ["Host", "Content-Encoding", "Max-Forwards", "Server", "X-Forwarded-For", "X-Forwarded-Proto", "User-Agent"];
    let headers: Vec<_> = names.iter().map(|name| (*name, set("set"))).collect();
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address).headers(&headers)));
    world.ask("GET /s/p", "User-Agent: me\r\nhost-like: h\r\n", "");
    let seen = backend.only();
    for name in names {
        let own = fields(&seen).into_iter().filter(|line| line.starts_with(&format!("{name}: "))).collect::<Vec<_>>();
        assert_eq!(own, [format!("{name}: set")], "{seen}");
    }
    assert!(!seen.contains("203.0.113.9") && seen.contains("\r\nX-Forwarded-Port: "), "{seen}");
}

#[test]
fn a_mapped_integration_sends_only_what_is_mapped() {
    let backend = Backend::answering(OK);
    let target = || {
        mapped(backend.address, vec![response(200, &[], &[])], |_| Some(0), no_templates(Passthrough::WhenNoMatch))
            .headers(&[("X-Mapped", RequestSource::Header("X-In".into()))])
    };
    let world = World::start(Api::default().route("GET /p", target()).route("POST /p", target()));
    world.ask("GET /s/p", "X-In: 7\r\nX-Other: 8\r\nCookie: c\r\nUser-Agent: me\r\n", "");
    world.ask("POST /s/p", "Content-Type: text/plain\r\nContent-Length: 2\r\n", "hi");
    let common = ["Host: back.end", "Accept: application/json"];
    let own = ["User-Agent: AmazonAPIGateway_api", "X-Amzn-Apigateway-Api-Id: api"];
    let seen = backend.seen();
    assert_eq!(fields(&seen[0]), [&["X-Mapped: 7"][..], &common, &own].concat());
    let expected = [&common[..], &["Content-Type: text/plain"], &own, &["Content-Length: 2"]].concat();
    assert_eq!(fields(&seen[1]), expected);
    assert!(seen[1].ends_with("\r\n\r\nhi"));
}

#[test]
fn the_trace_id_keeps_what_came() {
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let cases = [
        ("", "X-Amzn-Trace-Id: Root=1-", ";Sampled=0"),
        ("X-Amzn-Trace-Id: Root=1-a-b\r\n", "X-Amzn-Trace-Id: Root=1-a-b;Parent=", ";Sampled=0"),
        ("X-Amzn-Trace-Id: Root=1-a-b;Parent=9\r\n", "X-Amzn-Trace-Id: Root=1-a-b;Parent=9", ";Sampled=1"),
        ("X-Amzn-Trace-Id: Root=<script>\r\n", "X-Amzn-Trace-Id: Root=1-", ";Sampled=0"),
    ];
    for (sent, start, end) in cases {
        world.ask("GET /s/p", sent, "");
        let seen = backend.seen().pop().expect("a request");
        let trace: Vec<_> = seen.lines().filter(|line| line.starts_with("X-Amzn-Trace-Id: ")).collect();
        assert_eq!(trace.len(), 1);
        assert!(trace[0].starts_with(start) && trace[0].ends_with(end), "{}", trace[0]);
    }
}

#[test]
fn an_absolute_target_reaches_the_back_end_in_origin_form() {
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let mut client = world.client();
    client.send(format!("GET http://{HOST}/s/p?a=1 HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    assert_eq!(client.reply().status, 200);
    assert!(backend.only().starts_with("GET /up?a=1 HTTP/1.1\r\n"));
    let mut client = world.client();
    client.send(format!("GET http://other.host/s/p HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    assert_eq!(client.reply().status, 400);
}
