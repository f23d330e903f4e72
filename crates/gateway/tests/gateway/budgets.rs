//! Budgets of the whole process: over one of them the answer is 503, the connection ends, and it is counted.

use std::sync::atomic::Ordering::Relaxed;

use stagegate_plan::{Passthrough, Templates};

use crate::backend::Backend;
use crate::plans::{Api, mapped, no_templates, proxy, response, says, text_template};
use crate::wire::End;
use crate::world::{World, request};

const BUSY: &str = "{\"message\":\"Service Unavailable\"}";

/// A back end that never answers, until its connection ends.
fn silent() -> Backend {
    Backend::start(|peer| {
        peer.head();
        peer.rest("ended");
    })
}

#[test]
fn connections_over_the_budget_are_turned_away_and_places_are_given_back() {
    let world = World::with(Api::default().route("GET /m", says("m")), |config| config.budgets.connections = 2);
    let mut first = world.client();
    let mut second = world.client();
    for client in [&mut first, &mut second] {
        client.send(request("GET /s/m", ""));
        assert_eq!(client.reply().text(), "m");
    }
    let mut third = world.client();
    let reply = third.send(request("GET /s/m", "")).reply();
    assert_eq!((reply.status, reply.text().as_str(), reply.field("Connection")), (503, BUSY, Some("close")));
    assert_eq!((third.end(), world.counters.over_budget.load(Relaxed)), (End::Closed, 1));
    drop(first);
    world.wait_for(|counters| &counters.connections_open, 1);
    assert_eq!(world.get("/s/m").text(), "m");
}

#[test]
fn requests_over_the_budget_are_refused_and_places_are_given_back() {
    let backend = silent();
    let api = Api::default().route("GET /p", proxy(backend.address).timeout_ms(400)).route("GET /m", says("m"));
    let world = World::with(api, |config| config.budgets.requests_in_flight = 1);
    let mut slow = world.client();
    slow.send(request("GET /s/p", ""));
    backend.wait_for(1);
    let mut refused = world.client();
    let reply = refused.send(request("GET /s/m", "")).reply();
    assert_eq!((reply.status, reply.text().as_str(), refused.end()), (503, BUSY, End::Closed));
    assert_eq!(slow.reply().status, 504);
    assert_eq!(world.get("/s/m").text(), "m");
    assert_eq!(world.counters.over_budget.load(Relaxed), 1);
}

#[test]
fn held_request_content_counts() {
    let api = Api::default().route("POST /m", says("m"));
    let world = World::with(api, |config| config.budgets.buffered_bytes = 100_000);
    let post = |size: usize| {
        let mut client = world.client();
        client.send(request("POST /s/m", &format!("Content-Length: {size}\r\n"))).send(vec![b'x'; size]);
        client.reply().status
    };
    assert_eq!((post(50_000), post(200_000), post(90_000)), (200, 503, 200));
    let mut held: Vec<_> = (0..3).map(|_| world.client()).collect();
    for client in &mut held {
        client.send(request("POST /s/m", "Content-Length: 40000\r\n")).send(vec![b'x'; 39_999]);
    }
    assert_eq!(held[2].reply().status, 503);
    for client in &mut held[..2] {
        assert_eq!(client.send("x").reply().text(), "m");
    }
    assert_eq!(post(90_000), 200);
}

#[test]
fn held_response_content_counts() {
    let answer = |size: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{}", "x".repeat(size));
    let backend = Backend::answering(answer(60_000));
    let api = Api::default().route("GET /p", proxy(backend.address));
    let world = World::with(api, |config| config.budgets.buffered_bytes = 50_000);
    let reply = world.get("/s/p");
    assert_eq!((reply.status, reply.text().as_str(), reply.field("Connection")), (503, BUSY, Some("close")));
    assert_eq!(world.counters.over_budget.load(Relaxed), 1);
    let backend = Backend::answering(answer(40_000));
    let api = Api::default().route("GET /p", proxy(backend.address));
    let world = World::with(api, |config| config.budgets.buffered_bytes = 70_000);
    for _ in 0..5 {
        assert_eq!(world.get("/s/p").body.len(), 40_000);
    }
}

#[test]
fn content_that_templates_make_counts() {
    let long = "x".repeat(60_000);
    let request = || Templates {
        entries: [("$default".into(), text_template(&long))].into(),
        ..no_templates(Passthrough::Never)
    };
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let made = vec![response(200, &[], &[("application/json", &long)])];
    let plain = vec![response(200, &[], &[])];
    let api = Api::default()
        .route("GET /mock", says(&long))
        .route("GET /request", mapped(backend.address, plain, |_| Some(0), request()))
        .route("GET /response", mapped(backend.address, made, |_| Some(0), no_templates(Passthrough::WhenNoMatch)));
    let world = World::with(api, |config| config.budgets.buffered_bytes = 50_000);
    for path in ["mock", "request", "response"] {
        let reply = world.get(&format!("/s/{path}"));
        assert_eq!((reply.status, reply.text().as_str()), (503, BUSY), "{path}");
    }
    assert_eq!(backend.seen().len(), 1, "the request that is too long is not sent");
}
