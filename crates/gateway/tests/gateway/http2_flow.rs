//! HTTP/2 windows, budgets and limits in time.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use tokio::time::timeout;

use crate::backend::Backend;
use crate::http2::{begin, connect, request, run, whole};
use crate::plans::{Api, proxy, says};
use crate::world::World;

fn big(size: usize) -> Backend {
    Backend::answering(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{}", "x".repeat(size)))
}

#[test]
fn a_client_that_takes_no_content_is_reset_and_others_go_on() {
    let backend = big(200_000);
    let api = Api::default().route("GET /p", proxy(backend.address)).route("GET /m", says("m"));
    let world = World::with(api, |config| config.timeouts.write = Duration::from_millis(200));
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let (head, mut body) = begin(&mut client, request("GET", "/s/p"), true).0.await.unwrap().into_parts();
        assert_eq!(head.status, 200);
        // Taken, but never released: the window stays shut.
        let mut taken = 0;
        let error = loop {
            match body.data().await {
                Some(Ok(piece)) => taken += piece.len(),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        assert!(taken < 200_000 && error.is_some(), "{taken} {error:?}");
        drop(body);
        assert_eq!(whole(begin(&mut client, request("GET", "/s/m"), true).0).await.unwrap().2, b"m");
    });
    world.wait_for(|counters| &counters.aborted, 1);
}

#[test]
fn an_upload_that_stalls_is_408() {
    let world = World::with(Api::default().route("POST /m", says("m")), |config| {
        config.timeouts.body_progress = Duration::from_millis(150);
    });
    run(async {
        let (mut client, _connection) = connect(&world).await;
        let (response, mut stream) = begin(&mut client, request("POST", "/s/m"), false);
        stream.send_data("half".into(), false).unwrap();
        let (status, _, content) = whole(response).await.unwrap();
        assert_eq!((status, &*content), (408, &b"{\"message\":\"Request Timeout\"}"[..]));
    });
}

#[test]
fn budgets_hold_for_streams_and_are_given_back() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.rest("");
    });
    let api = Api::default().route("GET /p", proxy(backend.address).timeout_ms(300)).route("GET /m", says("m"));
    let world = World::with(api, |config| config.budgets.requests_in_flight = 2);
    run(async {
        let (mut client, connection) = connect(&world).await;
        let slow: Vec<_> = (0..2).map(|_| begin(&mut client, request("GET", "/s/p"), true).0).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(whole(begin(&mut client, request("GET", "/s/m"), true).0).await.unwrap().0, 503);
        for response in slow {
            assert_eq!(whole(response).await.unwrap().0, 504, "running streams finish");
        }
        assert!(timeout(Duration::from_secs(1), connection).await.is_ok(), "the connection was closed");
        let (mut client, _connection) = connect(&world).await;
        assert_eq!(whole(begin(&mut client, request("GET", "/s/m"), true).0).await.unwrap().0, 200);
    });
    assert_eq!(world.counters.over_budget.load(Relaxed), 1);
}

#[test]
fn a_connection_that_may_not_be_held_is_closed() {
    let world =
        World::with(Api::default().route("GET /m", says("m")), |config| config.budgets.buffered_bytes = 600_000);
    run(async {
        let mut open = Vec::new();
        for _ in 0..2 {
            let (mut client, connection) = connect(&world).await;
            assert_eq!(whole(begin(&mut client, request("GET", "/s/m"), true).0).await.unwrap().0, 200);
            open.push((client, connection));
        }
        let stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        let ended = tokio::spawn(connection);
        let refused = client.send_request(request("GET", "/s/m").body(()).unwrap(), true);
        let status = match refused {
            Ok((response, _)) => whole(response).await.map(|(status, ..)| status).ok(),
            Err(_) => None,
        };
        assert_eq!(status, None);
        assert!(timeout(Duration::from_secs(2), ended).await.is_ok());
        drop(open);
    });
    world.wait_for(|counters| &counters.connections_open, 0);
    assert_eq!(world.get("/s/m").status, 200);
}

#[test]
fn a_hundred_long_streams_pass_side_by_side() {
    let backend = big(1_000_000);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    run(async {
        let stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(1_000_000).initial_connection_window_size(100_000_000);
        let (client, connection) = builder.handshake::<_, Bytes>(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let responses: Vec<_> = (0..100).map(|_| begin(&mut client, request("GET", "/s/p"), true).0).collect();
        for response in responses {
            assert_eq!(whole(response).await.unwrap().2.len(), 1_000_000);
        }
        connection.abort();
    });
    world.wait_for(|counters| &counters.connections_open, 0);
}

#[test]
fn a_client_that_cancels_while_content_flows_frees_its_place() {
    let backend = big(5_000_000);
    let world = World::with(Api::default().route("GET /p", proxy(backend.address)), |config| {
        config.budgets.requests_in_flight = 1;
    });
    run(async {
        let (mut client, _connection) = connect(&world).await;
        for _ in 0..20 {
            let (response, mut stream) = begin(&mut client, request("GET", "/s/p"), true);
            let head = response.await.unwrap();
            assert_eq!(head.status(), 200);
            stream.send_reset(Reason::CANCEL);
            drop(head);
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    });
}
