//! Many clients that misbehave at once: afterwards nothing is left over, and service goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::backend::{Backend, pause};
use crate::plans::{Api, proxy, says};
use crate::wire::Client;
use crate::world::{World, request};

const BIG: usize = 400_000;

/// One client's misbehaviour.
fn misbehave(kind: usize, client: &mut Client) {
    match kind {
        0 => drop(client.send("GET /s/m HT")),
        1 => drop(client.send(request("POST /s/p", "Content-Length: 200000\r\n")).send(vec![b'x'; 100_000])),
        2 => drop(client.send(request("POST /s/p", "Transfer-Encoding: chunked\r\n")).send("5\r\nhello\r\n")),
        3 => drop(client.send(request("GET /s/big", ""))),
        4 => drop(client.send(request("GET /s/slow", ""))),
        5 => drop(client.send(request("GET /s/slow", "")).send(request("GET /s/slow", "").repeat(50))),
        6 => drop(client.send(vec![0; 5_000])),
        7 => drop(client.send(request("GET /s/stream", ""))),
        8 => drop(client.send(request("POST /s/m", "Content-Length: 300000\r\n")).send(vec![b'x'; 300_000])),
        _ => assert!(matches!(client.send(request("GET /s/m", "")).reply().status, 200 | 503)),
    }
}

#[test]
fn nothing_is_left_over_after_a_storm() {
    let big = [format!("HTTP/1.1 200 OK\r\nContent-Length: {BIG}\r\n\r\n").into_bytes(), vec![b'x'; BIG]].concat();
    let quick = Backend::answering(big);
    let slow = Backend::start(|peer| {
        while peer.request().is_some() {
            pause(200);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let api = Api::default()
        .route("ANY /m", says("m"))
        .route("POST /p", proxy(slow.address))
        .route("GET /big", proxy(quick.address))
        .route("GET /stream", proxy(quick.address).stream())
        .route("GET /slow", proxy(slow.address));
    let world = Arc::new(World::with(api, |config| {
        config.budgets.connections = 60;
        config.budgets.requests_in_flight = 60;
        config.budgets.buffered_bytes = 8_000_000;
        config.timeouts.head = Duration::from_millis(300);
        config.timeouts.body_progress = Duration::from_millis(300);
    }));
    let storm: Vec<_> = (0..5)
        .map(|seed| {
            let world = Arc::clone(&world);
            std::thread::spawn(move || {
                for round in 0..60 {
                    let mut client = world.client();
                    misbehave((seed * 7 + round) % 10, &mut client);
                    pause((round % 4) as u64);
                }
            })
        })
        .collect();
    for thread in storm {
        thread.join().unwrap();
    }
    world.wait_for(|counters| &counters.connections_open, 0);
    // Every place can be taken again: nothing leaked.
    let before = world.counters.over_budget.load(Relaxed);
    let mut clients: Vec<_> = (0..60).map(|_| world.client()).collect();
    for client in &mut clients {
        client.send(request("GET /s/slow", ""));
    }
    assert!(clients.iter_mut().all(|client| client.reply().text() == "ok"));
    drop(clients);
    world.wait_for(|counters| &counters.connections_open, 0);
    let all = world.ask("POST /s/m", "Content-Length: 7900000\r\n", vec![b'x'; 7_900_000]);
    assert_eq!((all.text().as_str(), world.counters.over_budget.load(Relaxed)), ("m", before));
}
