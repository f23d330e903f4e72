//! Limits in time: of the integration, of a head, of idleness, of a client that does not read.

use std::time::{Duration, Instant};

use crate::backend::{Backend, pause};
use crate::plans::{Api, proxy, says};
use crate::wire::End;
use crate::world::{World, request};

const TIMED_OUT: (u16, &str) = (504, "{\"message\": \"Endpoint request timed out\"}");

#[test]
fn a_back_end_that_is_slow_before_the_head_went_out_is_504() {
    let starts =
        ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"];
    for start in starts {
        let backend = Backend::start(move |peer| {
            peer.request();
            peer.send(start);
            peer.rest("");
        });
        let api = Api::default().route("GET /t", proxy(backend.address).timeout_ms(150)).route("GET /m", says("m"));
        let world = World::start(api);
        let mut client = world.client();
        let started = Instant::now();
        client.send(request("GET /s/t", ""));
        let reply = client.reply();
        assert_eq!((reply.status, reply.text().as_str()), TIMED_OUT, "{start}");
        assert!((140..1_000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
        client.send(request("GET /s/m", ""));
        assert_eq!(client.reply().text(), "m");
        drop(world);
        assert_eq!(backend.wait_for(2).len(), 2, "the back end's connection was closed");
    }
}

#[test]
fn a_back_end_that_is_slow_after_the_head_went_out_is_cut_off() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n");
        peer.send(vec![b'x'; 0x20000]);
        peer.send("\r\n");
        peer.rest("");
    });
    let world = World::start(Api::default().route("GET /t", proxy(backend.address).timeout_ms(150)));
    let mut client = world.client();
    client.send(request("GET /s/t", ""));
    let reply = client.reply();
    assert_eq!((reply.status, reply.is_whole), (200, false));
    world.wait_for(|counters| &counters.aborted, 1);
}

#[test]
fn a_stream_may_last_longer_than_the_timeout_but_not_pause_for_long() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..4 {
            pause(100);
            peer.send("1\r\nx\r\n");
        }
        pause(700);
        peer.send("0\r\n\r\n");
    });
    let api = Api::default().route("GET /t", proxy(backend.address).timeout_ms(200).stream());
    let world = World::with(api, |config| config.timeouts.stream_idle = Duration::from_millis(300));
    let reply = world.get("/s/t");
    assert_eq!((reply.status, reply.text().as_str(), reply.is_whole), (200, "xxxx", false));
}

#[test]
fn a_slow_upload_does_not_use_up_the_time_of_the_back_end() {
    let backend = Backend::start(|peer| {
        peer.request();
        pause(100);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        pause(100);
        peer.send("done");
    });
    let world = World::start(Api::default().route("POST /t", proxy(backend.address).timeout_ms(400)));
    let mut client = world.client();
    client.send(request("POST /s/t", "Content-Length: 6\r\n"));
    for _ in 0..6 {
        pause(120);
        client.send("x");
    }
    let reply = client.reply();
    assert_eq!((reply.status, reply.text().as_str()), (200, "done"));
}

#[test]
fn a_client_that_reads_slowly_does_not_use_up_the_time_of_the_back_end() {
    let size = 8_000_000;
    let backend = Backend::answering(
        [format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").into_bytes(), vec![b'x'; size]].concat(),
    );
    let world = World::start(Api::default().route("GET /t", proxy(backend.address).timeout_ms(400)));
    let mut client = world.client();
    client.send(request("GET /s/t", ""));
    pause(900);
    let reply = client.reply();
    assert!(reply.is_whole && reply.body.len() == size, "{} bytes", reply.body.len());
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let size = 9_000_000;
    let backend = Backend::answering(
        [format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").into_bytes(), vec![b'x'; size]].concat(),
    );
    let world = World::with(Api::default().route("GET /t", proxy(backend.address)), |config| {
        config.timeouts.write = Duration::from_millis(200);
    });
    let mut client = world.client();
    client.send(request("GET /s/t", ""));
    world.wait_for(|counters| &counters.aborted, 1);
    assert!(!client.reply().is_whole);
    world.wait_for(|counters| &counters.connections_open, 0);
}

#[test]
fn heads_and_idle_connections_have_limits() {
    let world = World::with(Api::default().route("GET /m", says("m")), |config| {
        config.timeouts.head = Duration::from_millis(150);
        config.timeouts.idle = Duration::from_millis(300);
    });
    assert_eq!(world.client().end(), End::Closed, "nothing was sent");
    let mut client = world.client();
    client.send("GET /s/m HTTP/1.1\r\nHo");
    let reply = client.reply();
    assert_eq!((reply.status, client.end()), (408, End::Closed));
    let mut client = world.client();
    for byte in request("GET /s/m", "").bytes().take(20) {
        client.send([byte]);
        pause(15);
    }
    assert_eq!(client.reply().status, 408, "a trickle is no progress");
    let mut client = world.client();
    client.send(request("GET /s/m", ""));
    assert_eq!(client.reply().text(), "m");
    pause(200);
    client.send(request("GET /s/m", ""));
    assert_eq!(client.reply().text(), "m");
    let started = Instant::now();
    assert_eq!(client.end(), End::Closed);
    assert!((250..1_500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    world.wait_for(|counters| &counters.connections_open, 0);
}
