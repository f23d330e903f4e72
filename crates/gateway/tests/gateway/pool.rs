//! Connections to back ends: which are used again, and when a request is sent a second time.

use std::sync::atomic::Ordering::Relaxed;

use crate::backend::{Backend, pause};
use crate::plans::{Api, Target, proxy};
use crate::world::World;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn world(target: Target) -> World {
    World::start(Api::default().route("ANY /p", target))
}

#[test]
fn a_connection_is_used_again_only_after_a_whole_clean_answer() {
    let big = format!("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{}", "x".repeat(200_000));
    let cases = [
        (OK.to_owned(), true),
        (big, true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n".into(), true),
        ("HTTP/1.1 204 No\r\n\r\n".into(), true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".into(), false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok".into(), false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok".into(), true),
        ("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n".into(), false),
        (format!("{OK}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"), false),
        (format!("{OK}x"), false),
    ];
    for (answer, is_reused) in cases {
        let backend = Backend::answering(answer.clone());
        let world = world(proxy(backend.address));
        for _ in 0..3 {
            assert!(matches!(world.get("/s/p").status, 200 | 204));
            pause(20);
        }
        let short = &answer[..answer.len().min(90)];
        assert_eq!(backend.connections(), if is_reused { 1 } else { 3 }, "{short:?}");
    }
}

#[test]
fn bytes_that_come_while_a_connection_is_unused_spoil_it() {
    let backend = Backend::start(|peer| {
        while peer.request().is_some() {
            peer.send(OK);
            pause(20);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
        }
    });
    let world = world(proxy(backend.address));
    for _ in 0..3 {
        assert_eq!(world.get("/s/p").text(), "ok");
        pause(60);
    }
    assert_eq!((backend.connections(), world.counters.upstream_retries.load(Relaxed)), (3, 0));
}

#[test]
fn idle_connections_are_closed_in_time() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.send(OK);
        peer.rest("closed");
    });
    let world = World::with(Api::default().route("GET /p", proxy(backend.address)), |config| {
        config.upstream.idle = std::time::Duration::from_millis(100);
    });
    world.get("/s/p");
    assert_eq!(backend.wait_for(2)[1], "closed");
    drop(world);
}

/// A back end whose first connection answers once and then takes a second request without an answer.
fn forgetful(last_words: &'static str) -> Backend {
    Backend::start(move |peer| {
        while peer.request().is_some() {
            if peer.number == 0 && peer.record(b"").is_empty() {
                peer.send(OK);
                peer.request();
                peer.send(last_words);
                return;
            }
            peer.send(OK);
        }
    })
}

#[test]
fn an_idempotent_request_on_a_stale_connection_is_sent_once_more() {
    let body = "Content-Length: 2\r\n";
    let cases = [
        ("GET", "", "", 200, 1),
        ("PUT", body, "hi", 200, 1),
        ("DELETE", "", "", 200, 1),
        ("OPTIONS", "", "", 200, 1),
        ("POST", body, "hi", 504, 0),
        ("POST", "", "", 504, 0),
        ("PATCH", body, "hi", 504, 0),
    ];
    for (verb, fields, content, status, retries) in cases {
        let backend = forgetful("");
        let world = world(proxy(backend.address));
        assert_eq!(world.get("/s/p").status, 200);
        let reply = world.ask(&format!("{verb} /s/p"), fields, content);
        assert_eq!((reply.status, world.counters.upstream_retries.load(Relaxed)), (status, retries), "{verb}");
        let sent = backend.seen().iter().filter(|seen| seen.starts_with(&format!("{verb} /up"))).count();
        let firsts = usize::from(verb == "GET");
        assert_eq!(sent - firsts, 1 + usize::try_from(retries).unwrap(), "{verb}");
    }
}

#[test]
fn nothing_is_sent_again_once_an_answer_began_or_on_a_fresh_connection() {
    for last_words in ["HTTP/1.1 200", "HTTP/1.1 100 Continue\r\n\r\n", "x"] {
        let backend = forgetful(last_words);
        let world = world(proxy(backend.address));
        world.get("/s/p");
        assert!(matches!(world.get("/s/p").status, 500 | 504), "{last_words}");
        assert_eq!(world.counters.upstream_retries.load(Relaxed), 0, "{last_words}");
    }
    let backend = Backend::start(|peer| {
        peer.request();
    });
    let world = world(proxy(backend.address));
    assert_eq!((world.get("/s/p").status, backend.connections()), (504, 1));
}

#[test]
fn a_stale_connection_that_is_known_to_be_closed_is_not_even_tried() {
    let backend = Backend::answering_once(OK);
    let world = world(proxy(backend.address));
    for verb in ["GET", "POST", "PATCH"] {
        assert_eq!(world.ask(&format!("{verb} /s/p"), "", "").status, 200);
        pause(30);
    }
    assert_eq!((backend.connections(), world.counters.upstream_retries.load(Relaxed)), (3, 0));
}

#[test]
fn a_back_end_that_cannot_be_reached_is_an_integration_failure() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let reply = world(proxy(address)).get("/s/p");
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (504, "{\"message\": \"Network error communicating with endpoint\"}")
    );
    let backend = Backend::answering(OK);
    let guarded = backend.address;
    let world = World::with(Api::default().route("GET /p", proxy(guarded)), |config| config.guarded = vec![guarded]);
    let reply = world.get("/s/p");
    assert_eq!((reply.status, reply.text().as_str()), (500, "{\"message\": \"Internal server error\"}"));
    assert_eq!((backend.connections(), world.counters.upstream_guarded.load(Relaxed)), (0, 1));
}
