//! Content on its way to the client: whole, streamed, cut off, over a limit; never a clean end to what is not whole.

use stagegate_plan::{Passthrough, Verb};

use crate::backend::{Backend, pause};
use crate::plans::{Api, mapped, no_templates, proxy, response};
use crate::wire::End;
use crate::world::{World, request};

const BIG: usize = 300_000;

fn with_length(length: usize, sent: usize) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes(), vec![b'x'; sent]].concat()
}

fn chunked(sent: usize, end: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{sent:x}\r\n");
    [head.into_bytes(), vec![b'x'; sent], end.as_bytes().to_vec()].concat()
}

fn until_close(sent: usize) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; sent]].concat()
}

#[test]
fn every_framing_of_the_back_end_passes_whole() {
    for size in [0, 1, 65_536, 65_537, BIG, 2_000_000] {
        let framings = [with_length(size, size), until_close(size), chunked(size.max(1), "\r\n0\r\nT: 1\r\n\r\n")];
        for (index, answer) in framings.into_iter().enumerate() {
            let backend = Backend::answering_once(answer);
            let api = Api::default().route("GET /b", proxy(backend.address));
            let world = World::start(api.route("GET /s", proxy(backend.address).stream()));
            for path in ["/s/b", "/s/s"] {
                let reply = world.get(path);
                let expected = if index == 2 { size.max(1) } else { size };
                assert!(reply.is_whole && reply.body.len() == expected, "{path} {size} {index}: {}", reply.head);
                assert!(!reply.head.contains("\r\nT: 1"), "trailers are dropped");
            }
        }
    }
}

#[test]
fn a_response_that_breaks_off_is_cut_off_too() {
    let broken = [with_length(BIG, BIG - 1), chunked(BIG, "\r\n"), chunked(BIG, "\r\nzz\r\n"), chunked(BIG, "x\r\n")];
    for answer in broken {
        for version in ["1.0", "1.1"] {
            let backend = Backend::answering_once(answer.clone());
            let world = World::start(Api::default().route("GET /b", proxy(backend.address)));
            let mut client = world.client();
            client.send(request("GET /s/b", "").replace("HTTP/1.1", &format!("HTTP/{version}")));
            let reply = client.reply();
            assert!(reply.status == 200 && !reply.is_whole, "HTTP/{version} {}", reply.head);
            world.wait_for(|counters| &counters.aborted, 1);
        }
    }
}

#[test]
fn a_short_response_that_breaks_off_becomes_a_gateway_response() {
    let cases = [
        (with_length(10, 9), 504, "{\"message\": \"Network error communicating with endpoint\"}"),
        (chunked(10, "\r\n"), 504, "{\"message\": \"Network error communicating with endpoint\"}"),
        (chunked(10, "\r\nzz\r\n"), 500, "{\"message\": \"Internal server error\"}"),
    ];
    for (answer, status, body) in cases {
        let backend = Backend::answering_once(answer);
        let world = World::start(Api::default().route("GET /b", proxy(backend.address)));
        let reply = world.get("/s/b");
        assert_eq!((reply.status, reply.text().as_str(), reply.is_whole), (status, body, true));
    }
}

#[test]
fn a_response_over_the_limit_is_refused_or_cut_off() {
    let limit = 200_000;
    let over = limit + 1;
    let cases =
        [(with_length(over, over), Some(500)), (chunked(over, "\r\n0\r\n\r\n"), Some(500)), (until_close(over), None)];
    for (answer, status) in cases {
        for version in ["1.0", "1.1"] {
            let backend = Backend::answering_once(answer.clone());
            let api = Api::default().route("GET /b", proxy(backend.address));
            let world = World::with(api, |config| config.limits.payload_bytes = limit as u64);
            let mut client = world.client();
            client.send(request("GET /s/b", "").replace("HTTP/1.1", &format!("HTTP/{version}")));
            let reply = client.reply();
            assert_eq!(reply.status, status.unwrap_or(200));
            assert_eq!(reply.is_whole, status.is_some(), "HTTP/{version}: {}", reply.head);
        }
    }
}

#[test]
fn statuses_without_content_have_none() {
    let lengths = ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"];
    for status in [204, 304] {
        for length in lengths {
            let answer = format!("HTTP/1.1 {status} X\r\n{length}\r\n");
            let backend = Backend::answering(answer);
            let api = Api::default().route("GET /b", proxy(backend.address));
            let world = World::start(api.route("GET /s", proxy(backend.address).stream()));
            let mut client = world.client();
            for path in ["/s/b", "/s/s", "/s/b"] {
                client.send(request(&format!("GET {path}"), ""));
                let reply = client.reply();
                assert_eq!((reply.status, reply.field("Content-Length")), (status, None), "{path} {}", reply.head);
                assert_eq!(reply.field("Transfer-Encoding"), None);
            }
            assert!(client.is_quiet(20));
        }
    }
}

#[test]
fn a_long_response_that_is_mapped_to_204_sends_no_content() {
    let backend = Backend::answering(with_length(BIG, BIG));
    let target =
        || mapped(backend.address, vec![response(204, &[], &[])], |_| Some(0), no_templates(Passthrough::WhenNoMatch));
    let world = World::start(Api::default().route("GET /b", target()).route("GET /s", target().stream()));
    let mut client = world.client();
    for path in ["/s/b", "/s/s", "/s/b"] {
        client.send(request(&format!("GET {path}"), ""));
        let reply = client.reply();
        assert_eq!((reply.status, reply.field("Content-Length"), reply.field("Transfer-Encoding")), (204, None, None));
    }
    assert!(client.is_quiet(20));
}

#[test]
fn a_head_is_answered_without_content_whatever_the_back_end_sends() {
    let backend = Backend::start(|peer| {
        while let Some(request) = peer.request() {
            let sent = if request.starts_with("HEAD") { 0 } else { BIG };
            peer.send(with_length(BIG, sent));
        }
    });
    let target = || proxy(backend.address);
    let api = Api::default().route("HEAD /b", target()).route("HEAD /s", target().stream());
    let api = api.route("HEAD /get", target().verb(Verb::Get)).route("HEAD /sget", target().stream().verb(Verb::Get));
    let world = World::start(api);
    let mut client = world.client();
    for path in ["/s/b", "/s/s", "/s/get", "/s/sget", "/s/b"] {
        client.send(request(&format!("HEAD {path}"), ""));
        let reply = client.reply_to(true);
        assert_eq!((reply.status, reply.field("Content-Length")), (200, Some("300000")), "{path}");
    }
    assert!(client.is_quiet(20));
}

#[test]
fn a_head_does_not_wait_for_an_endless_stream() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while peer.send("1\r\nx\r\n") {
            pause(5);
        }
        peer.record(b"gone");
    });
    let world = World::start(Api::default().route("HEAD /s", proxy(backend.address).stream().verb(Verb::Get)));
    let mut client = world.client();
    for _ in 0..2 {
        client.send(request("HEAD /s/s", ""));
        assert_eq!(client.reply_to(true).status, 200);
    }
    assert!(backend.wait_for(4).contains(&"gone".to_owned()));
}

#[test]
fn interim_responses_are_dropped_and_a_switch_of_protocols_is_refused() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let cases = [
        (format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 200),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_owned(), 500),
        (format!("{interim}garbage"), 500),
        (interim.to_owned(), 504),
    ];
    for (answer, status) in cases {
        let backend = Backend::answering_once(answer);
        let world = World::start(Api::default().route("GET /b", proxy(backend.address)));
        let mut client = world.client();
        client.send(request("GET /s/b", ""));
        let reply = client.reply();
        assert_eq!(reply.status, status, "{}", reply.head);
        assert!(!reply.head.contains("Link"));
    }
}

#[test]
fn a_stream_reaches_the_client_piece_by_piece() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
        pause(1_500);
        peer.send("3\r\ntwo\r\n");
        pause(50);
        peer.send("0\r\n\r\n");
    });
    let world = World::start(Api::default().route("GET /s", proxy(backend.address).stream()));
    let mut client = world.client();
    client.send(request("GET /s/s", "Connection: close\r\n"));
    let started = std::time::Instant::now();
    let mut head = [0; 9];
    std::io::Read::read_exact(&mut client.stream, &mut head).unwrap();
    assert!(started.elapsed().as_millis() < 1_200, "the head waited for the content");
    client.send("");
    let reply = crate::wire::unchunk(&rest(&mut client));
    assert_eq!(reply, b"onetwo");
    assert_eq!(client.end(), End::Closed);
}

/// The bytes behind the head of a reply whose first nine bytes were read.
fn rest(client: &mut crate::wire::Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut client.stream, &mut bytes).expect("an end");
    let at = crate::wire::find(&bytes, b"\r\n\r\n").expect("a head") + 4;
    bytes.split_off(at)
}
