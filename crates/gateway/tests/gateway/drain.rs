//! A drain: idle connections end at once, running requests finish, new ones are refused, and a limit ends the wait.

use std::time::{Duration, Instant};

use crate::backend::{Backend, pause};
use crate::plans::{Api, proxy, says};
use crate::wire::{Client, End};
use crate::world::{World, request};

fn slow(ms: u64) -> Backend {
    Backend::start(move |peer| {
        while peer.request().is_some() {
            pause(ms);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    })
}

#[test]
fn idle_connections_end_and_running_requests_finish() {
    let backend = slow(2_500);
    let api = Api::default().route("GET /p", proxy(backend.address)).route("GET /m", says("m"));
    let mut world = World::with(api, |config| config.timeouts.drain = Duration::from_secs(10));
    let (mut fresh, mut idle, mut busy) = (world.client(), world.client(), world.client());
    idle.send(request("GET /s/m", ""));
    assert_eq!(idle.reply().text(), "m");
    busy.send(request("GET /s/p", "")).send(request("GET /s/m", ""));
    backend.wait_for(1);
    let started = Instant::now();
    let drained = world.drain();
    assert_eq!((fresh.end(), idle.end()), (End::Closed, End::Closed));
    assert!(started.elapsed() < Duration::from_millis(2_200), "{:?}", started.elapsed());
    assert!(std::net::TcpStream::connect(world.address).is_err(), "new connections are refused");
    assert_eq!(busy.reply().text(), "ok");
    let last = busy.reply();
    assert_eq!((last.text().as_str(), last.field("Connection")), ("m", Some("close")));
    assert_eq!(busy.end(), End::Closed);
    drop((fresh, idle, busy));
    drained.join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[test]
fn a_head_that_has_begun_is_still_served() {
    let mut world = World::start(Api::default().route("GET /m", says("m")));
    let mut client = world.client();
    client.send("GET /s/m HTTP/1.1\r\n");
    pause(50);
    let drained = world.drain();
    pause(50);
    client.send(format!("Host: {}\r\n\r\n", crate::plans::HOST));
    let reply = client.reply();
    assert_eq!((reply.text().as_str(), reply.field("Connection")), ("m", Some("close")));
    drained.join().unwrap();
}

#[test]
fn the_limit_ends_what_would_not_end() {
    let backend = slow(3_000);
    let mut world = World::with(Api::default().route("GET /p", proxy(backend.address)), |config| {
        config.timeouts.drain = Duration::from_millis(200);
    });
    let mut client: Client = world.client();
    client.send(request("GET /s/p", ""));
    backend.wait_for(1);
    let started = Instant::now();
    world.drain().join().unwrap();
    assert!((190..1_500).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    assert_ne!(client.end(), End::Open);
}
