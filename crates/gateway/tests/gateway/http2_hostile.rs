//! HTTP/2 clients that mean harm: floods, resets, lies about lengths, and leaving early.

use std::io::Read;
use std::sync::atomic::Ordering::Relaxed;

use h2::Reason;

use crate::backend::{Backend, pause};
use crate::http2::{begin, connect, request, run, whole};
use crate::plans::{Api, proxy, says};
use crate::wire::Client;
use crate::world::World;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

/// A frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A raw connection behind its preface.
fn raw(world: &World) -> Client {
    let mut client = world.client();
    client.send([PREFACE, &frame(SETTINGS, 0, 0, b"")].concat());
    client
}

/// Everything the gateway says until it ends the connection.
fn all(mut client: Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _reset = client.stream.read_to_end(&mut bytes);
    bytes
}

/// A back end that never answers.
fn silent() -> Backend {
    Backend::start(|peer| {
        peer.request();
        peer.rest("ended");
    })
}

#[test]
fn a_stream_that_is_reset_ends_its_call() {
    let backend = silent();
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let (_response, mut stream) = begin(&mut client, request("GET", "/s/p"), true);
        let backend = tokio::task::spawn_blocking(move || {
            backend.wait_for(1);
            backend
        });
        let backend = backend.await.unwrap();
        stream.send_reset(Reason::CANCEL);
        let seen = tokio::task::spawn_blocking(move || backend.wait_for(2)).await.unwrap();
        assert_eq!(seen[1], "ended");
    });
}

#[test]
fn a_connection_that_is_lost_ends_its_calls() {
    let backend = silent();
    let world = World::with(Api::default().route("GET /p", proxy(backend.address)), |config| {
        config.budgets.requests_in_flight = 3;
    });
    run(async {
        let (mut client, connection) = connect(&world).await;
        let _responses: Vec<_> = (0..3).map(|_| begin(&mut client, request("GET", "/s/p"), true)).collect();
        let waiting = tokio::task::spawn_blocking(move || {
            backend.wait_for(3);
            backend
        });
        let backend = waiting.await.unwrap();
        connection.abort();
        drop(client);
        tokio::task::spawn_blocking(move || backend.wait_for(6)).await.unwrap();
    });
    assert_eq!(world.get("/s/none").status, 403, "places in flight were given back");
}

#[test]
fn rapid_resets_cannot_take_every_place() {
    let backend = silent();
    let api = Api::default().route("GET /p", proxy(backend.address)).route("GET /m", says("m"));
    let world = World::with(api, |config| config.budgets.requests_in_flight = 400);
    run(async {
        let (mut client, connection) = connect(&world).await;
        for _ in 0..2_000 {
            let Ok(ready) = client.clone().ready().await else { break };
            client = ready;
            let Ok((_response, mut stream)) = client.send_request(request("GET", "/s/p").body(()).unwrap(), true)
            else {
                break;
            };
            tokio::task::yield_now().await;
            stream.send_reset(Reason::CANCEL);
        }
        connection.abort();
    });
    assert_eq!(world.get("/s/m").text(), "m");
    assert_eq!(world.counters.over_budget.load(Relaxed), 0);
}

#[test]
fn an_endless_header_block_ends_the_connection() {
    let world = World::start(Api::default().route("GET /m", says("m")));
    let mut client = raw(&world);
    // Literal fields without indexing, never ended.
    let field = [&[0x00, 0x03][..], b"x-a", &[0x40], &[b'v'; 0x40]].concat();
    client.send(frame(HEADERS, 0x1, 1, &field.repeat(20)));
    for _ in 0..2_000 {
        client.send(frame(CONTINUATION, 0, 1, &field.repeat(200)));
    }
    let said = all(client);
    assert!(said.len() < 10_000, "{} bytes", said.len());
    assert_eq!(world.get("/s/m").text(), "m");
    world.wait_for(|counters| &counters.connections_open, 0);
}

#[test]
fn a_header_list_over_the_limit_is_431() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    for (fields, bytes) in [(1, 12_000), (60, 300), (150, 1)] {
        run(async {
            let (mut client, _connection) = connect(&world).await;
            let mut sent = request("GET", "/s/p");
            for index in 0..fields {
                sent = sent.header(format!("x-{index}"), "v".repeat(bytes));
            }
            let status = whole(begin(&mut client, sent, true).0).await.map(|(status, ..)| status);
            assert_eq!(status.ok(), Some(431), "{fields} of {bytes}");
        });
    }
    assert_eq!(backend.connections(), 0);
}

#[test]
fn a_length_that_is_a_lie_reaches_no_back_end_whole() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let world = World::start(Api::default().route("POST /p", proxy(backend.address)));
    for (announced, sent) in [(5, "hell"), (5, "hello!"), (0, "x"), (5, "")] {
        run(async {
            let (mut client, _connection) = connect(&world).await;
            let head = request("POST", "/s/p").header("content-length", announced);
            let (response, mut stream) = begin(&mut client, head, false);
            stream.send_data(sent.into(), true).unwrap();
            let answer = whole(response).await;
            assert!(answer.as_ref().map_or(true, |(status, ..)| *status == 400), "{announced} {sent:?} {answer:?}");
        });
    }
    assert!(backend.seen().is_empty(), "{:?}", backend.seen());
}

#[test]
fn pseudo_fields_that_make_no_request_are_refused() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let host = crate::plans::HOST;
    for (name, value) in [("connection", "close"), ("transfer-encoding", "chunked"), ("host", "other"), ("te", "gzip")]
    {
        let mut client = raw(&world);
        // GET, http, and literal fields without indexing.
        let mut block = vec![0x82, 0x86];
        for (name, value) in [(":authority", host), (":path", "/s/p"), (name, value)] {
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend_from_slice(text.as_bytes());
            }
        }
        client.send(frame(HEADERS, 0x5, 1, &block));
        pause(50);
    }
    assert!(backend.seen().is_empty(), "{:?}", backend.seen());
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let same = request("GET", "/s/p").header("host", host);
        assert_eq!(whole(begin(&mut client, same, true).0).await.unwrap().0, 200);
        for path in ["/s/../p", "/s/%2e%2e/p", "/s/p%00"] {
            assert_eq!(whole(begin(&mut client, request("GET", path), true).0).await.unwrap().0, 400, "{path}");
        }
    });
    assert_eq!(backend.seen().len(), 1);
}

#[test]
fn an_idle_or_half_open_connection_ends_in_time() {
    let world = World::with(Api::default().route("GET /m", says("m")), |config| {
        config.timeouts.head = std::time::Duration::from_millis(200);
        config.timeouts.idle = std::time::Duration::from_millis(200);
    });
    let mut preface_only = world.client();
    preface_only.send(PREFACE);
    let half_preface = world.client().send(&PREFACE[..10]).stream.try_clone().unwrap();
    let mut half_head = raw(&world);
    half_head.send(frame(HEADERS, 0x1, 1, &[0x82]));
    let idle = raw(&world);
    for client in [preface_only, half_head, idle] {
        all(client);
    }
    drop(half_preface);
    world.wait_for(|counters| &counters.connections_open, 0);
}
