//! Clients that leave while their back end is slow.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use crate::backend::{Backend, pause};
use crate::plans::{Api, proxy};
use crate::world::{World, request};

/// A back end that records when its connection ends, and never answers.
fn silent() -> Backend {
    Backend::start(|peer| {
        peer.request();
        peer.rest("ended");
    })
}

#[test]
fn a_call_ends_soon_after_its_client_has_left() {
    let backend = silent();
    let api = Api::default().logs("$context.status").route("ANY /p", proxy(backend.address).timeout_ms(20_000));
    let world = World::with(api, |config| config.budgets.requests_in_flight = 1);
    for (count, line) in [(1, "GET /s/p"), (3, "POST /s/p")] {
        let mut client = world.client();
        client.send(request(line, ""));
        backend.wait_for(count);
        let left = Instant::now();
        drop(client);
        assert_eq!(backend.wait_for(count + 1)[count], "ended", "{line}");
        assert!(left.elapsed().as_millis() < 3_000, "{:?}", left.elapsed());
    }
    assert_eq!(world.counters.over_budget.load(Relaxed), 0, "places in flight were given back");
    assert_eq!(world.counters.malformed.load(Relaxed), 0);
    assert_eq!(world.log(), "499\n499\n");
}

#[test]
fn a_client_that_only_stopped_sending_still_gets_a_prompt_answer() {
    let backend = Backend::start(|peer| {
        peer.request();
        pause(300);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let mut client = world.client();
    client.send(request("GET /s/p", ""));
    client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.reply().text(), "ok");
}

#[test]
fn a_waiting_request_behind_a_slow_one_is_no_sign_of_leaving() {
    let backend = Backend::start(|peer| {
        while peer.request().is_some() {
            pause(1_300);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
    let mut client = world.client();
    client.send(request("GET /s/p", "")).send(request("GET /s/p", ""));
    assert_eq!((client.reply().text(), client.reply().text()), ("ok".to_owned(), "ok".to_owned()));
    assert_eq!(backend.connections(), 1);
}

#[test]
fn a_silent_stream_ends_soon_after_its_client_has_left() {
    let backend = Backend::start(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
        peer.rest("ended");
    });
    let world = World::start(Api::default().route("GET /p", proxy(backend.address).stream()));
    let mut client = world.client();
    client.send(request("GET /s/p", ""));
    let mut first = [0; 12];
    std::io::Read::read_exact(&mut client.stream, &mut first).unwrap();
    let left = Instant::now();
    drop(client);
    assert_eq!(backend.wait_for(2)[1], "ended");
    assert!(left.elapsed().as_millis() < 3_000, "{:?}", left.elapsed());
    world.wait_for(|counters| &counters.connections_open, 0);
}
