//! Content on its way to the back end: whole, streamed, cut off, over a limit.

use std::time::Duration;

use crate::backend::{Backend, pause};
use crate::plans::{Api, proxy, says};
use crate::wire::End;
use crate::world::{World, request};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Bodies of a size by length and in chunks.
fn framings(size: usize) -> [(String, Vec<u8>); 2] {
    let pieces = vec![b'y'; size];
    let mut chunks = Vec::new();
    for piece in pieces.chunks(7_001) {
        chunks.extend_from_slice(format!("{:x};ext=1\r\n", piece.len()).as_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\nT: 1\r\n\r\n");
    [(format!("Content-Length: {size}\r\n"), pieces), ("Transfer-Encoding: chunked\r\n".to_owned(), chunks)]
}

#[test]
fn bodies_of_both_framings_arrive_whole() {
    for size in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
        for (fields, body) in framings(size) {
            let backend = Backend::answering(OK);
            let world = World::start(Api::default().route("POST /b", proxy(backend.address)));
            let mut client = world.client();
            for round in 1..=2 {
                client.send(request("POST /s/b", &fields)).send(&body);
                assert_eq!(client.reply().text(), "ok");
                let seen = backend.seen();
                assert_eq!(seen.len(), round, "{size} {fields}");
                let at = seen[round - 1].find("\r\n\r\n").expect("a head") + 4;
                let sent = seen[round - 1].as_bytes();
                let is_chunked = seen[round - 1].contains("\r\nTransfer-Encoding: chunked\r\n");
                let content = if is_chunked { crate::wire::unchunk(&sent[at..]) } else { sent[at..].to_vec() };
                assert!(content.len() == size && content.iter().all(|byte| *byte == b'y'), "{size} {fields}");
                assert!(!seen[round - 1].contains("ext=1") && !seen[round - 1].contains("T: 1"));
            }
        }
    }
}

#[test]
fn what_is_over_the_limit_is_413_and_no_whole_request() {
    let limit = 100_000;
    for (fields, body) in framings(limit + 1) {
        let backend = Backend::answering(OK);
        let world = World::with(Api::default().route("POST /b", proxy(backend.address)), |config| {
            config.limits.payload_bytes = limit as u64;
        });
        let mut client = world.client();
        client.send(request("POST /s/b", &fields)).send(&body);
        let reply = client.reply();
        assert_eq!((reply.status, reply.text().as_str()), (413, "{\"message\":\"Request Too Long\"}"), "{fields}");
        assert_eq!(reply.field("Connection"), Some("close"));
        drop(world);
        for seen in backend.seen() {
            let at = seen.find("\r\n\r\n").map_or(0, |at| at + 4);
            assert!(crate::wire::framed(seen.as_bytes(), at).is_none(), "the back end got a whole request");
        }
    }
}

#[test]
fn a_body_that_breaks_early_is_seen_by_no_back_end() {
    let cases = [
        ("Transfer-Encoding: chunked\r\n", "5\r\nhelloX\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "-5\r\nhello\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n", 413),
        ("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n", 400),
        ("Content-Length: 10485761\r\n", "", 413),
    ];
    for (fields, body, status) in cases {
        let backend = Backend::answering(OK);
        let world = World::start(Api::default().route("POST /b", proxy(backend.address)));
        let mut client = world.client();
        client.send(request("POST /s/b", fields)).send(body).send(request("GET /s/b", ""));
        assert_eq!(client.reply().status, status, "{body}");
        assert_eq!(client.end(), End::Closed, "{body}");
        drop(world);
        assert_eq!(backend.connections(), 0, "{body}");
    }
}

#[test]
fn a_body_that_breaks_after_the_hold_is_cut_off_upstream() {
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("POST /b", proxy(backend.address)));
    for (late, status) in [("zz\r\n", Some(400)), ("", None)] {
        let mut client = world.client();
        client.send(request("POST /s/b", "Transfer-Encoding: chunked\r\n")).send("5\r\nhello\r\n");
        pause(250);
        if let Some(status) = status {
            client.send(late);
            assert_eq!(client.reply().status, status);
        } else {
            drop(client);
        }
        let seen = backend.wait_for(if status.is_some() { 1 } else { 2 });
        assert!(seen.iter().all(|seen| seen.ends_with("\r\n\r\n5\r\nhello\r\n")), "{seen:?}");
    }
}

#[test]
fn a_slow_upload_is_streamed() {
    let backend = Backend::start(|peer| {
        peer.head();
        peer.wait_for_bytes(10);
        peer.record(b"first piece");
        peer.rest("");
    });
    let world = World::start(Api::default().route("POST /b", proxy(backend.address)));
    let mut client = world.client();
    client.send(request("POST /s/b", "Content-Length: 15\r\n")).send("first");
    backend.wait_for(1);
    client.send("56789");
    assert_eq!(backend.wait_for(2)[1], "first piece");
}

#[test]
fn an_answer_before_the_end_of_the_upload_is_passed_on() {
    let backend = Backend::start(|peer| {
        peer.head();
        peer.send("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
        peer.rest("rest:");
    });
    let world = World::start(Api::default().route("POST /b", proxy(backend.address)));
    let mut client = world.client();
    client.send(request("POST /s/b", "Content-Length: 1000000\r\n")).send(vec![b'y'; 200_000]);
    let reply = client.reply();
    assert_eq!((reply.status, reply.text().as_str(), reply.field("Connection")), (403, "no", Some("close")));
    drop(client);
    assert_eq!(world.ask("GET /s/none", "", "").status, 403);
}

#[test]
fn a_back_end_that_echoes_while_it_reads_gets_the_whole_upload() {
    let backend = Backend::start(|peer| {
        peer.head();
        peer.wait_for_bytes(100_000);
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n");
        if peer.wait_for_bytes(1_000_000) {
            peer.send("4\r\nlate\r\n0\r\n\r\n");
        }
    });
    let world = World::start(Api::default().route("POST /b", proxy(backend.address).timeout_ms(2_000)));
    let mut client = world.client();
    client.send(request("POST /s/b", "Content-Length: 1000000\r\n")).send(vec![b'y'; 200_000]);
    pause(100);
    client.send(vec![b'y'; 800_000]);
    let reply = client.reply();
    assert_eq!((reply.status, reply.text().as_str(), reply.is_whole), (200, "earlylate", true));
}

#[test]
fn a_client_that_expects_100_is_told_to_go_on() {
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("POST /b", proxy(backend.address)).route("GET /m", says("m")));
    let fields = "Expect: 100-continue\r\nContent-Length: 5\r\n";
    for wait_ms in [0, 250] {
        let mut client = world.client();
        client.send(request("POST /s/b", fields));
        assert_eq!(client.reply().head, "HTTP/1.1 100 Continue\r\n\r\n");
        pause(wait_ms);
        client.send("hello");
        assert_eq!(client.reply().text(), "ok");
    }
    let mut client = world.client();
    client.send(request("POST /s/none", fields));
    let refused = client.reply();
    assert_eq!((refused.status, refused.field("Connection")), (403, Some("close")));
    assert!(!backend.seen().iter().any(|seen| seen.contains("Expect")));
}

#[test]
fn a_body_that_stalls_is_408() {
    let backend = Backend::start(|peer| peer.rest(""));
    let world = World::with(Api::default().route("POST /b", proxy(backend.address)), |config| {
        config.timeouts.body_progress = Duration::from_millis(200);
    });
    for hold_first in ["", "hello"] {
        let mut client = world.client();
        client.send(request("POST /s/b", "Content-Length: 50\r\n")).send(hold_first);
        let reply = client.reply();
        assert_eq!((reply.status, reply.text().as_str()), (408, "{\"message\":\"Request Timeout\"}"));
        assert_eq!(client.end(), End::Closed);
    }
}
