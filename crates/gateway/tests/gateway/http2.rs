//! HTTP/2 with prior knowledge: the same journeys over streams.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::{HeaderMap, Request};
use stagegate_plan::{Passthrough, Verb};
use tokio::time::timeout;

use crate::backend::{Backend, pause};
use crate::plans::{Api, HOST, mapped, no_templates, proxy, response, says};
use crate::wire::PATIENCE;
use crate::world::World;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Runs a test's client.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE * 2, work).await.expect("an end in time") })
}

/// Connects; the second value becomes ready when the connection ends.
pub(crate) async fn connect(world: &World) -> (SendRequest<Bytes>, tokio::task::JoinHandle<Result<(), h2::Error>>) {
    let stream = tokio::net::TcpStream::connect(world.address).await.expect("a listener");
    stream.set_nodelay(true).expect("a live socket");
    let (client, connection) = h2::client::handshake(stream).await.expect("a handshake");
    (client.ready().await.expect("a settled connection"), tokio::spawn(connection))
}

/// A request.
pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(format!("http://{HOST}{path}"))
}

/// Begins a request; `ends` says whether it has no content.
pub(crate) fn begin(
    client: &mut SendRequest<Bytes>,
    builder: http::request::Builder,
    ends: bool,
) -> (ResponseFuture, SendStream<Bytes>) {
    client.send_request(builder.body(()).expect("a request"), ends).expect("a stream")
}

/// Status, fields and content of a response.
pub(crate) async fn whole(response: ResponseFuture) -> Result<(u16, HeaderMap, Vec<u8>), h2::Error> {
    let (head, mut body) = response.await?.into_parts();
    let mut content = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len()).expect("what was received");
        content.extend_from_slice(&piece);
    }
    Ok((head.status.as_u16(), head.headers, content))
}

async fn get(client: &mut SendRequest<Bytes>, path: &str) -> (u16, Vec<u8>) {
    let (status, _, content) = whole(begin(client, request("GET", path), true).0).await.expect("a response");
    (status, content)
}

/// Sends content as fast as the windows allow.
async fn upload(stream: &mut SendStream<Bytes>, size: usize) -> Result<(), h2::Error> {
    let mut left = size;
    while left > 0 {
        stream.reserve_capacity(left.min(50_000));
        let capacity = std::future::poll_fn(|context| stream.poll_capacity(context)).await;
        let count = capacity.unwrap_or(Err(Reason::CANCEL.into()))?.min(left);
        left -= count;
        stream.send_data(vec![b'y'; count].into(), left == 0)?;
    }
    Ok(())
}

#[test]
fn fields_pass_as_under_http_1() {
    let backend = Backend::answering(
        "HTTP/1.1 201 X\r\nContent-Length: 2\r\nServer: s\r\nConnection: a\r\nA: 1\r\nB: 2\r\n\r\nok",
    );
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let sent = request("GET", "/s/p?a=b")
            .header("X-One", "1")
            .header("cookie", "a")
            .header("cookie", "b")
            .header("te", "trailers");
        let (status, fields, content) = whole(begin(&mut client, sent, true).0).await.unwrap();
        assert_eq!((status, &*content), (201, &b"ok"[..]));
        assert_eq!(
            (fields["content-length"].as_bytes(), fields["x-amzn-remapped-server"].as_bytes()),
            (&b"2"[..], &b"s"[..])
        );
        assert!(!fields.contains_key("connection") && !fields.contains_key("a") && fields.contains_key("b"));
    });
    let seen = backend.only();
    assert!(
        seen.starts_with("GET /up?a=b HTTP/1.1\r\nHost: back.end\r\n") && seen.contains("\r\nx-one: 1\r\n"),
        "{seen}"
    );
    assert!(seen.contains("\r\ncookie: a; b\r\n") && !seen.contains("\r\nte:"), "{seen}");
}

#[test]
fn streams_run_side_by_side() {
    let backend = Backend::start(|peer| {
        peer.request();
        pause(2_500);
        peer.send(OK);
    });
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)).route("GET /m", says("m")));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let slow: Vec<_> = (0..20).map(|_| begin(&mut client, request("GET", "/s/p"), true).0).collect();
        let quick = timeout(Duration::from_secs(2), get(&mut client, "/s/m")).await;
        assert_eq!(quick.expect("not behind the slow ones"), (200, b"m".to_vec()));
        for response in slow {
            assert_eq!(whole(response).await.unwrap().2, b"ok");
        }
    });
}

#[test]
fn large_bodies_pass_both_ways() {
    let size = 3_000_000;
    let answer = [format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").into_bytes(), vec![b'x'; size]].concat();
    let backend = Backend::answering(answer);
    let world = World::start(Api::default().route("POST /p", proxy(backend.address)));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        for announced in [true, false] {
            let mut sent = request("POST", "/s/p");
            if announced {
                sent = sent.header("content-length", size);
            }
            let (response, mut stream) = begin(&mut client, sent, false);
            upload(&mut stream, size).await.unwrap();
            let (status, _, content) = whole(response).await.unwrap();
            assert_eq!((status, content.len()), (200, size), "{announced}");
        }
    });
    let seen = backend.seen();
    assert!(seen.iter().all(|seen| seen.len() > size), "{:?}", seen.iter().map(String::len).collect::<Vec<_>>());
    assert!(seen[0].contains("\r\ncontent-length: 3000000\r\n") || seen[0].contains("\r\nContent-Length: 3000000\r\n"));
}

#[test]
fn a_refused_upload_is_answered_whole() {
    let backend = Backend::answering(OK);
    let world = World::with(Api::default().route("POST /p", proxy(backend.address)), |config| {
        config.limits.payload_bytes = 100_000;
    });
    run(async {
        let (mut client, _connection) = connect(&world).await;
        for (path, announced, status, body) in [
            ("/s/p", true, 413, "{\"message\":\"Request Too Long\"}"),
            ("/s/p", false, 413, "{\"message\":\"Request Too Long\"}"),
            ("/s/none", false, 403, "{\"message\":\"Missing Authentication Token\"}"),
        ] {
            for _ in 0..20 {
                let mut sent = request("POST", path);
                if announced {
                    sent = sent.header("content-length", 200_000);
                }
                let (response, mut stream) = begin(&mut client, sent, false);
                let (_stopped, reply) = tokio::join!(upload(&mut stream, 200_000), whole(response));
                let (got, _, content) = reply.expect("a whole answer");
                assert_eq!((got, String::from_utf8_lossy(&content).as_ref()), (status, body), "{path} {announced}");
            }
        }
    });
}

#[test]
fn a_response_that_breaks_off_is_reset() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n";
    let backend = Backend::answering_once(format!("{head}{}", "x".repeat(200_000)));
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)).route("GET /m", says("m")));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let error = whole(begin(&mut client, request("GET", "/s/p"), true).0).await.expect_err("no clean end");
        assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
        assert_eq!(get(&mut client, "/s/m").await, (200, b"m".to_vec()));
    });
    world.wait_for(|counters| &counters.aborted, 1);
}

#[test]
fn answers_without_content_end_with_their_head() {
    let big = format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{}", "x".repeat(300_000));
    let backend = Backend::answering(big);
    let empty = Backend::answering("HTTP/1.1 204 No\r\n\r\n");
    let none =
        mapped(backend.address, vec![response(204, &[], &[])], |_| Some(0), no_templates(Passthrough::WhenNoMatch));
    let world = World::start(
        Api::default()
            .route("HEAD /get", proxy(backend.address).verb(Verb::Get))
            .route("HEAD /stream", proxy(backend.address).verb(Verb::Get).stream())
            .route("GET /mapped", none)
            .route("GET /empty", proxy(empty.address).stream()),
    );
    run(async {
        let (mut client, _connection) = connect(&world).await;
        for (method, path, status, length) in [
            ("HEAD", "/s/get", 200, Some("300000")),
            ("HEAD", "/s/stream", 200, Some("300000")),
            ("GET", "/s/mapped", 204, None),
            ("GET", "/s/empty", 204, None),
        ] {
            let (got, fields, content) = whole(begin(&mut client, request(method, path), true).0).await.expect(path);
            let announced = fields.get("content-length").map(|value| value.to_str().expect("digits"));
            assert_eq!((got, announced, content.len()), (status, length, 0), "{path}");
        }
    });
}

#[test]
fn trailers_are_dropped() {
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("POST /p", proxy(backend.address)));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let (response, mut stream) = begin(&mut client, request("POST", "/s/p"), false);
        stream.send_data("hello".into(), false).unwrap();
        let trailers =
            HeaderMap::from_iter([(http::header::HeaderName::from_static("x-t"), http::HeaderValue::from_static("1"))]);
        stream.send_trailers(trailers).unwrap();
        assert_eq!(whole(response).await.unwrap().0, 200);
    });
    let seen = backend.only();
    assert!(seen.contains("hello") && !seen.contains("x-t"), "{seen}");
}

#[test]
fn a_drain_lets_running_streams_finish() {
    let backend = Backend::start(|peer| {
        peer.request();
        pause(300);
        peer.send(OK);
    });
    let mut world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let drained = run(async {
        let (mut client, connection) = connect(&world).await;
        let (idle, idle_connection) = connect(&world).await;
        let running = begin(&mut client, request("GET", "/s/p"), true).0;
        tokio::task::spawn_blocking(move || backend.wait_for(1)).await.unwrap();
        let drained = world.drain();
        assert!(timeout(Duration::from_millis(250), idle_connection).await.expect("idle ones end at once").is_ok());
        drop(idle);
        assert_eq!(whole(running).await.unwrap().2, b"ok");
        drop(client);
        connection.await.unwrap().unwrap();
        drained
    });
    drained.join().unwrap();
}
