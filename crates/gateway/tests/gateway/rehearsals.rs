//! Methods tried out: the answer, the log line by line, and what becomes of requests that are hard to imagine (facts 121, 122).

use std::time::Duration;

use stagegate_gateway::{Rehearsal, RehearsalError, Rehearsed};
use stagegate_mapping::ResponseSource;
use stagegate_plan::{Passthrough, RouteId, Verb};

use crate::backend::{Backend, pause};
use crate::plans::{Api, mapped, mock, no_templates, proxy, response, says};
use crate::world::World;

fn get(world: &World, path: &str) -> Rehearsal {
    Rehearsal {
        stage: world.stage(),
        route: RouteId(0),
        verb: Verb::Get,
        path_with_query: path.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn with(rehearsal: Rehearsal, headers: &[(&str, &str)], body: &str) -> Rehearsal {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Rehearsal { verb: Verb::Post, headers, body: body.into(), ..rehearsal }
}

/// The lines without their dates, ids and latencies, which differ from run to run.
fn lines(rehearsed: &Rehearsed) -> Vec<String> {
    let first = rehearsed.log.lines().next().expect("a first line");
    let id = first.strip_prefix("Execution log for request ").expect("fact 121's first line");
    assert_eq!(id.len(), 36, "{first}");
    let mut lines = Vec::new();
    for line in rehearsed.log.lines().skip(1) {
        let (date, text) = line.split_once(" : ").expect("a date");
        let parts: Vec<&str> = date.split(' ').collect();
        assert_eq!((parts.len(), parts[4], parts[3].len()), (6, "UTC", 8), "{line}");
        let text = text.replace(id, "{id}");
        lines.push(match text.split_once("latency: ") {
            Some((before, _)) => format!("{before}latency: N ms"),
            None => text,
        });
    }
    lines
}

fn played(world: &World, rehearsal: Rehearsal) -> Rehearsed {
    world.rehearse(rehearsal).expect("an answer")
}

#[test]
fn fact_121_lines_of_a_mock_skip_the_endpoint() {
    let world = World::start(Api::default().route("GET /pets/{id}", says("{\"id\":1}")));
    let rehearsed = played(&world, get(&world, "/pets/a%20b?x=1&y=a%2Bb&x=2"));
    assert_eq!((rehearsed.status, &*rehearsed.body), (200, &b"{\"id\":1}"[..]));
    assert_eq!(rehearsed.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
    let expected = [
        "Starting execution for request: {id}",
        "HTTP Method: GET, Resource Path: /pets/a%20b",
        "Method request path: {id=a b}",
        "Method request query string: {x=1,2, y=a+b}",
        "Method request headers: {}",
        "Method request body before transformations: ",
        "Method response body after transformations: {\"id\":1}",
        "Method response headers: {Content-Type=application/json}",
        "Successfully completed execution",
        "Method completed with status: 200",
    ];
    assert_eq!(lines(&rehearsed), expected);
}

#[test]
fn fact_121_lines_of_an_http_integration_come_in_order() {
    let backend = Backend::answering("HTTP/1.1 201 Made\r\nX-B: 1\r\nX-B: 2\r\nContent-Length: 5\r\n\r\nhello");
    let headers = [("X-Up", ResponseSource::Header("X-B".into()))];
    let target = mapped(
        backend.address,
        vec![response(202, &headers, &[])],
        |_| Some(0),
        no_templates(Passthrough::WhenNoMatch),
    );
    let world = World::start(Api::default().route("POST /pets/{id}", target));
    let request = with(get(&world, "/pets/7"), &[("Authorization", "Basic 0123456789"), ("X-A", "1")], "{\"a\":1}");
    let rehearsed = played(&world, request);
    assert_eq!((rehearsed.status, &*rehearsed.body), (202, &b"hello"[..]));
    let uri = "http://back.end/up";
    let lines = lines(&rehearsed);
    let trace = lines.iter().find_map(|line| line.split_once("X-Amzn-Trace-Id=")?.1.split([',', '}']).next());
    let trace = trace.expect("a trace id").to_owned();
    let root = trace.split(';').next().expect("a root");
    let expected = [
        "Starting execution for request: {id}".to_owned(),
        "HTTP Method: POST, Resource Path: /pets/7".to_owned(),
        "Method request path: {id=7}".to_owned(),
        "Method request query string: {}".to_owned(),
        "Method request headers: {Authorization=**********456789, X-A=1}".to_owned(),
        "Method request body before transformations: {\"a\":1}".to_owned(),
        format!("Endpoint request URI: {uri}"),
        format!(
            "Endpoint request headers: {{Accept=application/json, Content-Type=application/json, \
             User-Agent=AmazonAPIGateway_api, X-Amzn-Trace-Id={trace}, X-Amzn-Apigateway-Api-Id=api}}"
        ),
        "Endpoint request body after transformations: {\"a\":1}".to_owned(),
        format!("Sending request to {uri}"),
        "Received response. Status: 201, Integration latency: N ms".to_owned(),
        "Endpoint response headers: {X-B=1,2, Content-Length=5}".to_owned(),
        "Endpoint response body before transformations: hello".to_owned(),
        "Method response body after transformations: hello".to_owned(),
        format!("Method response headers: {{X-Up=2, X-Amzn-Trace-Id={root}}}"),
        "Successfully completed execution".to_owned(),
        "Method completed with status: 202".to_owned(),
    ];
    assert_eq!(lines, expected);
    assert!(!backend.only().contains("Host: testPrefix"), "a back end gets its own name");
}

#[test]
fn fact_121_a_failure_prints_why() {
    let refusing = "127.0.0.1:1".parse().expect("an address");
    let broken = Backend::answering_once("nonsense");
    let nothing = mock(no_templates(Passthrough::Never), Vec::new(), |_| None);
    let cases = [
        (proxy(broken.address), 500, "Execution failed due to configuration error: Invalid endpoint address"),
        (proxy(refusing), 504, "Execution failed due to a network error communicating with endpoint"),
        (nothing, 415, "Unsupported Media Type"),
    ];
    for (target, status, why) in cases {
        let world = World::start(Api::default().route("GET /", target));
        let rehearsed = played(&world, get(&world, "/"));
        assert_eq!(rehearsed.status, status, "{why}");
        let lines = lines(&rehearsed);
        let last: Vec<&str> = lines.iter().rev().take(2).map(String::as_str).collect();
        assert_eq!(last, [format!("Method completed with status: {status}"), why.to_owned()]);
        assert!(!rehearsed.log.contains("Method response"), "{}", rehearsed.log);
    }
}

#[test]
fn fact_121_a_long_map_of_headers_is_cut() {
    let world = World::start(Api::default().route("POST /", says("m")));
    let long = "v".repeat(2_000);
    let rehearsed = played(&world, with(get(&world, "/"), &[("X-Long", &long)], &long));
    let written = lines(&rehearsed);
    for label in ["Method request headers: {X-Long=", "Method request body before transformations: "] {
        let line = written.iter().find(|line| line.starts_with(label)).expect("the line");
        assert_eq!(line.len(), 1_024 + " [TRUNCATED]".len(), "{label}");
        assert!(line.ends_with("v [TRUNCATED]"), "{line}");
    }
}

#[test]
fn fact_122_a_path_that_leads_elsewhere_leaves_parameters_empty() {
    let world = World::start(Api::default().route("GET /pets/{id}", says("m")));
    let cases = [
        ("/pets/7", "/pets/7", "{id=7}"),
        ("pets/7", "/pets/7", "{id=7}"),
        ("/dogs/7", "/dogs/7", "{}"),
        ("", "/", "{}"),
        ("/pets/{id}", "/pets/%7Bid%7D", "{id={id}}"),
        ("/pets/a b\u{e9}", "/pets/a%20b%C3%A9", "{id=a b\u{e9}}"),
        ("/pets/../x", "/pets/x", "{id=x}"),
        ("/pets/%zz", "/pets/%25zz", "{id=%zz}"),
        ("/pets/7#top", "/pets/7%23top", "{id=7#top}"),
        ("/pets/a+b%20c", "/pets/a+b%20c", "{id=a+b c}"),
    ];
    for (path, shown, parameters) in cases {
        let rehearsed = played(&world, get(&world, path));
        assert_eq!(rehearsed.status, 200, "{path}");
        let lines = lines(&rehearsed);
        assert_eq!(lines[1], format!("HTTP Method: GET, Resource Path: {shown}"), "{path}");
        assert_eq!(lines[2], format!("Method request path: {parameters}"), "{path}");
    }
}

#[test]
fn headers_that_no_request_has_are_refused_and_those_of_a_connection_dropped() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let world = World::start(Api::default().route("POST /", proxy(backend.address)));
    for (name, value) in [("X A", "1"), ("", "1"), ("X-A", "1\r\nX-B: 2"), ("X-A", "a\0b")] {
        let refused = world.rehearse(with(get(&world, "/"), &[(name, value)], ""));
        assert!(matches!(refused, Err(RehearsalError::Request(_))), "{name}: {value:?} {refused:?}");
    }
    let long = "v".repeat(20_000);
    assert!(matches!(world.rehearse(with(get(&world, "/"), &[("X-A", &long)], "")), Err(RehearsalError::Request(_))));
    let framing = [("Transfer-Encoding", "chunked"), ("Content-Length", "99"), ("Connection", "X-A"), ("X-A", "1")];
    assert_eq!(played(&world, with(get(&world, "/"), &framing, "body")).status, 200);
    let sent = backend.only();
    assert!(sent.contains("Content-Length: 4\r\n") && sent.ends_with("\r\n\r\nbody"), "{sent}");
    assert!(sent.contains("X-A: 1\r\n") && !sent.contains("chunked"), "{sent}");
}

#[test]
fn nothing_is_counted_and_traffic_is_not_held_up() {
    let slow = Backend::start(|peer| {
        let _ = peer.request();
        pause(300);
        let _ = peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let world = World::start(Api::default().route("GET /slow", proxy(slow.address)).route("GET /m", says("m")));
    std::thread::scope(|scope| {
        let rehearsal = scope.spawn(|| played(&world, get(&world, "/slow")));
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(world.get("/s/m").text(), "m");
        assert!(!rehearsal.is_finished());
        let rehearsed = rehearsal.join().expect("no panic");
        assert_eq!(rehearsed.status, 200);
        assert!(rehearsed.latency_ms >= 300, "{rehearsed:?}");
    });
    assert_eq!(world.stage().meter.total().requests(), 1, "the stage's own request alone");
}
