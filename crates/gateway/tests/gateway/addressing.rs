//! API, stage and route, and the exact bytes of the gateway's own answers (facts 1–3, 22, 26–32).

use crate::plans::{Api, HOST, says};
use crate::wire::End;
use crate::world::World;

fn named(routes: &[&str]) -> Api {
    routes.iter().fold(Api::default(), |api, key| api.route(key, says(key)))
}

#[test]
fn host_header_and_stage_find_the_api() {
    let world = World::start(named(&["GET /a"]));
    let no_api = "{\"message\":\"No API is served under this host; use {apiId}.execute-api.{region}.{suffix} \
                  or the header x-apigw-api-id\"}";
    let forbidden = "{\"message\":\"Forbidden\"}";
    let twice = "{\"message\":\"The header x-apigw-api-id must come once\"}";
    let cases = [
        (HOST, "/s/a", "", 200, "GET /a"),
        ("API.Execute-Api.US-EAST-1.localhost:9", "/s/a", "", 200, "GET /a"),
        ("localhost", "/s/a", "x-apigw-api-id: api\r\n", 200, "GET /a"),
        ("[::1]:80", "/s/a", "X-Apigw-Api-Id: api\r\n", 200, "GET /a"),
        (HOST, "/s/a", "x-apigw-api-id: other\r\n", 200, "GET /a"),
        ("localhost", "/s/a", "", 404, no_api),
        ("localhost", "/s/a", "x-apigw-api-id: API\r\n", 404, no_api),
        ("api.execute-api.eu-west-1.localhost", "/s/a", "x-apigw-api-id: api\r\n", 404, no_api),
        ("api.execute-api.us-east-1.example.com", "/s/a", "x-apigw-api-id: api\r\n", 404, no_api),
        ("x.execute-api.us-east-1.localhost", "/s/a", "", 404, no_api),
        (HOST, "/t/a", "", 403, forbidden),
        (HOST, "/S/a", "", 403, forbidden),
        (HOST, "/", "", 403, forbidden),
        (HOST, "/s/a", "x-apigw-api-id: api\r\nx-apigw-api-id: api\r\n", 400, twice),
    ];
    for (host, path, fields, status, body) in cases {
        let mut client = world.client();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"));
        let reply = client.reply();
        assert_eq!((reply.status, reply.text().as_str()), (status, body), "{host} {path} {fields}");
    }
}

#[test]
fn a_disabled_endpoint_is_forbidden() {
    let world = World::start(named(&["GET /a"]).disabled());
    assert_eq!((world.get("/s/a").status, world.get("/s/a").text().as_str()), (403, "{\"message\":\"Forbidden\"}"));
}

#[test]
fn the_most_specific_resource_that_has_the_verb_is_served() {
    let world = World::start(named(&[
        "GET /pets/mine",
        "GET /pets/{id}",
        "ANY /{proxy+}",
        "POST /pets/{id}/{rest+}",
        "HEAD /head",
    ]));
    let cases = [
        ("GET /s/pets/mine", Some("GET /pets/mine")),
        ("GET /s/pets/7", Some("GET /pets/{id}")),
        ("GET /s/pets/7/", Some("GET /pets/{id}")),
        ("GET /s//pets/7", Some("GET /pets/{id}")),
        ("GET //s/pets/7", Some("GET /pets/{id}")),
        ("DELETE /s/pets/mine", Some("ANY /{proxy+}")),
        ("POST /s/pets/7/a//b", Some("POST /pets/{id}/{rest+}")),
        ("PUT /s/pets/7/a", Some("ANY /{proxy+}")),
        ("GET /s/pets//7", Some("ANY /{proxy+}")),
        ("GET /s/pets%2f7", Some("ANY /{proxy+}")),
        ("GET /s/%70ets/mine", Some("GET /pets/mine")),
        ("GET /s", None),
        ("GET /s/", None),
    ];
    for (line, route) in cases {
        let reply = world.ask(line, "", "");
        let expected = route.map_or((403, "{\"message\":\"Missing Authentication Token\"}"), |route| (200, route));
        assert_eq!((reply.status, reply.text().as_str()), expected, "{line}");
    }
}

#[test]
fn a_missing_route_has_the_documented_bytes() {
    let world = World::start(named(&["GET /a"]));
    let reply = world.get("/s/b");
    let lines: Vec<&str> = reply.head.lines().collect();
    let starts = [
        "HTTP/1.1 403 Forbidden",
        "Date: ",
        "x-amzn-RequestId: ",
        "x-amz-apigw-id: ",
        "x-amzn-ErrorType: MissingAuthenticationTokenException",
        "Content-Type: application/json",
        "Content-Length: 42",
        "Connection: keep-alive",
        "",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    assert_eq!(reply.field("x-amzn-RequestId").map(str::len), Some(36));
    assert_eq!(reply.field("x-amz-apigw-id").map(str::len), Some(16));
}

#[test]
fn what_breaks_http_is_answered_once_and_closed() {
    let world = World::start(named(&["ANY /a"]));
    let cases = [
        ("GET /s/a HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET /s/a HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n\r\n"), 400),
        (format!("GET /s/../a HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), 400),
        (format!("GET /s/a HTTP/2.0\r\nHost: {HOST}\r\n\r\n"), 505),
        (format!("TRACE /s/a HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), 405),
        (format!("GET /s/a HTTP/1.1\r\nHost: {HOST}\r\nX: {}\r\n\r\n", "x".repeat(11_000)), 431),
        (format!("GET /s/{} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", "x".repeat(11_000)), 414),
        (format!("POST /s/a HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400),
        (format!("POST /s/a HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 400),
        (format!("POST /s/a HTTP/1.1\r\nHost: {HOST}\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx"), 417),
    ];
    for (sent, status) in cases {
        let mut client = world.client();
        client.send(&sent);
        let reply = client.reply();
        assert_eq!((reply.status, reply.field("Connection")), (status, Some("close")), "{sent}");
        assert_eq!(client.end(), End::Closed, "{sent}");
    }
}
