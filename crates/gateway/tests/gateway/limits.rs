//! Limits of what a back end may say, and what must not slow a core down.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use stagegate_gateway::{LogBatch, LogFailure, LogSink};

use crate::backend::Backend;
use crate::plans::{Api, always, mock, proxy, response, says};
use crate::world::{World, request};

#[test]
fn a_head_that_is_too_large_is_no_answer() {
    let field = |bytes: usize| format!("X: {}\r\n", "x".repeat(bytes));
    let cases = [
        (field(10).repeat(150), 200),
        (field(10).repeat(250), 500),
        (field(60_000), 200),
        (field(70_000), 500),
        (field(7_000).repeat(10), 500),
    ];
    for (fields, status) in cases {
        let backend = Backend::answering(format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\nok"));
        let world = World::start(Api::default().route("GET /p", proxy(backend.address)));
        assert_eq!(world.get("/s/p").status, status, "{} bytes", fields.len());
    }
}

#[test]
fn an_endless_row_of_interim_responses_is_a_timeout() {
    let backend = Backend::start(|peer| {
        peer.request();
        while peer.send("HTTP/1.1 100 Continue\r\n\r\n".repeat(100)) {}
    });
    let api = Api::default().route("GET /p", proxy(backend.address).timeout_ms(300)).route("GET /m", says("m"));
    let world = World::start(api);
    let mut flooded = world.client();
    flooded.send(request("GET /s/p", ""));
    let started = Instant::now();
    assert_eq!(world.get("/s/m").text(), "m", "the core serves others meanwhile");
    assert_eq!(flooded.reply().status, 504);
    assert!(started.elapsed().as_millis() < 2_000, "{:?}", started.elapsed());
}

#[test]
fn a_mapping_to_an_interim_status_is_a_configuration_error() {
    for status in [100, 101, 199] {
        let statuses = always(Some(200));
        let target = mock(statuses, vec![response(status, &[], &[])], |_| Some(0));
        let reply = World::start(Api::default().route("GET /m", target)).get("/s/m");
        assert_eq!(
            (reply.status, reply.text().as_str()),
            (500, "{\"message\": \"Internal server error\"}"),
            "{status}"
        );
    }
}

#[test]
fn several_cores_share_address_budgets_and_counters() {
    let mut world = World::with(Api::default().route("GET /m", says("m")), |config| {
        config.cores = 4;
        config.budgets.connections = 20;
    });
    let mut clients: Vec<_> = (0..20).map(|_| world.client()).collect();
    for client in &mut clients {
        assert_eq!(client.send(request("GET /s/m", "")).reply().text(), "m");
    }
    assert_eq!(world.get("/s/m").status, 503);
    world.wait_for(|counters| &counters.requests, 20);
    drop(clients);
    world.wait_for(|counters| &counters.connections_open, 0);
    let started = Instant::now();
    world.drain().join().unwrap();
    assert!(started.elapsed().as_millis() < 5_000, "{:?}", started.elapsed());
}

/// Takes lines and never comes back.
struct Stuck;

impl LogSink for Stuck {
    fn write(&mut self, _batch: LogBatch) -> Result<(), LogFailure> {
        loop {
            std::thread::park();
        }
    }
}

#[test]
fn a_log_that_takes_nothing_costs_lines_and_no_time() {
    let format = format!("$context.requestId {}", "x".repeat(16_000));
    let api = Api::default().logs(&format).route("GET /m", says("m"));
    let mut world = World::logging_to(api, Box::new(Stuck));
    let mut client = world.client();
    for _ in 0..900 {
        client.send(request("GET /s/m", ""));
        let started = Instant::now();
        assert_eq!(client.reply().text(), "m");
        assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
    }
    drop(client);
    world.drain().join().unwrap();
    assert!(world.counters.access_log_dropped.load(Relaxed) > 0);
}
