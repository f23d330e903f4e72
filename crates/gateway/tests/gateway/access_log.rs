//! Access-log lines: content, absent values, and what a client must not be able to write (facts 123, L15–L18).

use std::sync::atomic::Ordering::Relaxed;

use crate::backend::Backend;
use crate::plans::{Api, proxy, says};
use crate::world::World;

#[test]
fn a_line_has_what_the_format_names() {
    let format = "$context.httpMethod $context.path $context.resourcePath $context.resourceId $context.stage \
                  $context.apiId $context.accountId $context.deploymentId $context.protocol $context.status \
                  $context.responseLength $context.identity.sourceIp $context.domainName $context.domainPrefix \
                  $context.integrationStatus $context.integration.error $context.error.message \
                  $context.error.messageString $context.error.responseType $context.unknown $context.xrayTraceId";
    let backend = Backend::answering("HTTP/1.1 418 Tea\r\nContent-Length: 5\r\n\r\nhello");
    let broken = Backend::answering_once("nonsense");
    let api = Api::default().logs(format).route("GET /p/{id}", proxy(backend.address));
    let api = api.route("GET /m", says("four")).route("GET /x", proxy(broken.address));
    let world = World::start(api);
    let trace = "X-Amzn-Trace-Id: Root=1-a-b\r\n";
    world.ask("GET /s/p/a%20b?q=1", trace, "");
    world.ask("GET /s/m/", "", "");
    world.ask("HEAD /s/none", "", "");
    world.ask("GET /s/x", trace, "");
    let host = "api.execute-api.us-east-1.localhost api";
    let expected = [
        format!(
            "GET /s/p/a%20b /p/{{id}} res0 s api 000000000000 dep HTTP/1.1 418 5 127.0.0.1 {host} 418 - - - - - 1-a-b"
        ),
        format!("GET /s/m/ /m res1 s api 000000000000 dep HTTP/1.1 200 4 127.0.0.1 {host} - - - - - - -"),
        format!(
            "HEAD /s/none - - s api 000000000000 dep HTTP/1.1 403 0 127.0.0.1 {host} - - Missing Authentication Token \
             \"Missing Authentication Token\" MISSING_AUTHENTICATION_TOKEN - -"
        ),
        format!(
            "GET /s/x /x res2 s api 000000000000 dep HTTP/1.1 500 36 127.0.0.1 {host} - Execution failed due to \
             configuration error: Invalid endpoint address Internal server error \"Internal server error\" \
             INTEGRATION_FAILURE - 1-a-b"
        ),
    ];
    assert_eq!(world.log().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_client_cannot_end_a_string_or_a_line() {
    let world =
        World::start(Api::default().logs("{\"ua\":\"$context.identity.userAgent\"}").route("GET /m", says("m")));
    let cases: [(&[u8], &str); 6] = [
        (b"plain", "plain"),
        (b"a\",\"admin\":\"1", "a\\\",\\\"admin\\\":\\\"1"),
        (b"back\\", "back\\\\"),
        (b"tab\there", "tab?here"),
        ("caf\u{e9} \u{1f600}".as_bytes(), "caf\u{e9} \u{1f600}"),
        (b"c1 \xc2\x9b raw \xff\x9b", "c1 ? raw ??"),
    ];
    for (sent, _) in cases {
        let mut client = world.client();
        client
            .send(crate::world::request("GET /s/m", "").trim_end())
            .send("\r\nUser-Agent: ")
            .send(sent)
            .send("\r\n\r\n");
        assert_eq!(client.reply().text(), "m");
    }
    let expected: Vec<_> = cases.iter().map(|(_, written)| format!("{{\"ua\":\"{written}\"}}")).collect();
    assert_eq!(world.log().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn every_request_to_a_stage_is_a_line_and_none_is_lost() {
    let world = World::start(Api::default().logs("$context.requestId").route("GET /m", says("m")));
    let mut ids = Vec::new();
    let mut client = world.client();
    for _ in 0..2_000 {
        client.send(crate::world::request("GET /s/m", ""));
        ids.push(client.reply().field("x-amzn-RequestId").expect("an id").to_owned());
    }
    world.get("/other/m");
    assert_eq!(world.counters.access_log_dropped.load(Relaxed), 0);
    assert_eq!(world.log().lines().collect::<Vec<_>>(), ids);
}
