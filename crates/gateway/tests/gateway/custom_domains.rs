//! Requests to custom domain names: the mapping that takes them, and what the API is told (facts 59, D4, D7, D9 and L18).

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_plan::{DomainPlan, MappingPlan, Snapshot};

use crate::functions::Functions;
use crate::http2::{begin, connect, run, whole};
use crate::plans::{Api, HOST, function, says};
use crate::wire::Reply;
use crate::world::World;

const FORBIDDEN: &str = "{\"message\":\"Forbidden\"}";
const NO_API: &str = "{\"message\":\"No API is served under this host; use {apiId}.execute-api.{region}.{suffix} or the \
                      header x-apigw-api-id\"}";
const NO_ROUTE: &str = "{\"message\":\"Missing Authentication Token\"}";

/// A domain name with mappings of base paths to stages of an API; without a stage, requests name it.
fn domain(name: &str, mappings: &[(&str, &str, Option<&str>)]) -> DomainPlan {
    let mapping = |(base_path, api, stage): &(&str, &str, Option<&str>)| MappingPlan {
        base_path: (*base_path).into(),
        api_id: (*api).into(),
        stage: stage.map(Box::from),
    };
    DomainPlan::new(name, mappings.iter().map(mapping))
}

/// The domain names of these tests.
fn domains() -> Vec<DomainPlan> {
    let s = Some("s");
    vec![
        domain(
            "api.example.com",
            &[("(none)", "api", s), ("v1", "api", s), ("orders/v1/items", "api", s), ("any", "api", None)],
        ),
        domain("one.example.com", &[("v1", "api", s), ("gone", "nobody", s), ("late", "api", Some("t"))]),
        domain("bare.example.com", &[("(none)", "api", None)]),
        domain("none.example.com", &[]),
        domain("*.example.com", &[("wild", "api", s)]),
        domain("foreign.execute-api.us-east-1.example.org", &[("(none)", "api", s)]),
    ]
}

/// Names more domain names in what is served.
fn serve(world: &World, domains: Vec<DomainPlan>) {
    let mut next = Snapshot::clone(&world.snapshot.load());
    for domain in domains {
        next.put_domain(domain);
    }
    world.snapshot.store(Arc::new(next));
}

fn start(api: Api) -> World {
    let world = World::start(api);
    serve(&world, domains());
    world
}

fn get(world: &World, host: &str, path: &str, fields: &str) -> Reply {
    let mut client = world.client();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"));
    client.reply()
}

fn routes() -> Api {
    ["GET /", "GET /a", "GET /v1", "GET /ping", "GET /p/{id}", "GET /s/a"]
        .iter()
        .fold(Api::default(), |api, key| api.route(key, says(key)))
}

#[test]
fn d7_the_longest_base_path_takes_a_request_and_is_no_part_of_the_route() {
    let world = start(routes());
    let cases = [
        ("api.example.com", "/a", 200, "GET /a"),
        ("API.Example.COM:8443", "/a?x=1", 200, "GET /a"),
        ("api.example.com", "/", 200, "GET /"),
        ("api.example.com", "//a", 200, "GET /a"),
        ("api.example.com", "/s/a", 200, "GET /s/a"),
        ("api.example.com", "/v1", 200, "GET /"),
        ("api.example.com", "/v1/", 200, "GET /"),
        ("api.example.com", "/v1/a", 200, "GET /a"),
        ("api.example.com", "//v1//a", 200, "GET /a"),
        ("api.example.com", "/%76%31/p/7", 200, "GET /p/{id}"),
        ("api.example.com", "/v1/v1", 200, "GET /v1"),
        ("api.example.com", "/V1/a", 403, NO_ROUTE),
        ("api.example.com", "/v1a", 403, NO_ROUTE),
        ("api.example.com", "/orders/v1/items/a", 200, "GET /a"),
        ("api.example.com", "/orders/v1", 403, NO_ROUTE),
        ("api.example.com", "/any/s/a", 200, "GET /a"),
        ("api.example.com", "/any/s", 200, "GET /"),
        ("api.example.com", "/any/t/a", 403, FORBIDDEN),
        ("api.example.com", "/any", 403, FORBIDDEN),
        ("one.example.com", "/v1/a", 200, "GET /a"),
        ("one.example.com", "/a", 403, FORBIDDEN),
        ("one.example.com", "/", 403, FORBIDDEN),
        ("one.example.com", "/gone/a", 403, FORBIDDEN),
        ("one.example.com", "/late/a", 403, FORBIDDEN),
        ("bare.example.com", "/s/a", 200, "GET /a"),
        ("bare.example.com", "/a", 403, FORBIDDEN),
        ("none.example.com", "/a", 403, FORBIDDEN),
        ("other.example.com", "/wild/a", 200, "GET /a"),
        ("none.example.com", "/wild/a", 403, FORBIDDEN),
        ("a.b.example.com", "/wild/a", 404, NO_API),
        ("example.com", "/wild/a", 404, NO_API),
        ("foreign.execute-api.us-east-1.example.org", "/a", 200, "GET /a"),
        ("api.execute-api.us-east-1.example.org", "/a", 404, NO_API),
        (HOST, "/s/a", 200, "GET /a"),
    ];
    for (host, path, status, body) in cases {
        let reply = get(&world, host, path, "");
        assert_eq!((reply.status, reply.text().as_str()), (status, body), "{host}{path}");
        let refused = reply.field("x-amzn-ErrorType");
        assert_eq!(refused == Some("ForbiddenException"), body == FORBIDDEN, "{host}{path}");
    }
}

#[test]
fn the_api_id_header_counts_on_hosts_that_are_no_custom_domain_name() {
    let world = start(routes());
    let header = "x-apigw-api-id: api\r\n";
    let cases = [
        ("one.example.com", "/s/a", 403),
        ("one.example.com", "/v1/a", 200),
        ("example.com", "/s/a", 200),
        ("api.execute-api.us-east-1.example.org", "/s/a", 404),
    ];
    for (host, path, status) in cases {
        assert_eq!(get(&world, host, path, header).status, status, "{host}{path}");
    }
    assert_eq!(get(&world, "api.example.com", "/a", &header.repeat(2)).status, 400);
}

#[test]
fn d4_a_default_endpoint_that_is_switched_off_leaves_custom_domain_names_alone() {
    let world = start(routes().disabled());
    assert_eq!(get(&world, "api.example.com", "/v1/a", "").status, 200);
    assert_eq!(get(&world, HOST, "/s/a", "").text(), FORBIDDEN);
    assert_eq!(get(&world, "example.com", "/s/a", "x-apigw-api-id: api\r\n").text(), FORBIDDEN);
}

#[test]
fn d9_ping_and_sping_are_the_health_check_of_custom_domain_names() {
    let world = start(routes());
    for path in ["/ping", "/sping", "//ping", "/ping?x"] {
        for host in ["api.example.com", "none.example.com", "other.example.com"] {
            let reply = get(&world, host, path, "");
            let found = (reply.status, reply.text(), reply.field("Content-Type"));
            assert_eq!(found, (200, "healthy".to_owned(), Some("text/plain")), "{host}{path}");
            assert_eq!(reply.field("x-amzn-RequestId").map(str::len), Some(36));
        }
    }
    assert_eq!(get(&world, "api.example.com", "/v1/ping", "").text(), "GET /ping");
    assert_eq!(get(&world, "api.example.com", "/ping/x", "").text(), NO_ROUTE);
    assert_eq!(get(&world, HOST, "/s/ping", "").text(), "GET /ping");
    assert_eq!(get(&world, HOST, "/ping", "").text(), FORBIDDEN);
}

#[test]
fn a_change_of_domain_names_is_live_for_the_next_request_of_a_connection() {
    let world = start(routes());
    let mut client = world.client();
    let mut ask = || {
        client.send("GET /v2/a HTTP/1.1\r\nHost: one.example.com\r\n\r\n");
        client.reply().status
    };
    assert_eq!(ask(), 403);
    serve(&world, vec![domain("one.example.com", &[("v2", "api", Some("s"))])]);
    assert_eq!(ask(), 200);
    let mut next = Snapshot::clone(&world.snapshot.load());
    next.remove_domain("one.example.com");
    next.remove_domain("*.example.com");
    world.snapshot.store(Arc::new(next));
    assert_eq!(ask(), 404);
}

#[test]
fn an_authority_of_http_2_is_a_host_like_any_other() {
    let world = start(routes());
    run(async {
        let (mut client, _connection) = connect(&world).await;
        for (uri, status) in [("http://API.example.com:9/v1/a", 200), ("http://one.example.com/a", 403)] {
            let request = http::Request::builder().method("GET").uri(uri);
            let (response, _) = begin(&mut client, request, true);
            assert_eq!(whole(response).await.expect("an answer").0, status, "{uri}");
        }
    });
}

#[test]
fn fact_59_events_show_the_path_with_its_base_path_and_the_stage_by_its_name() {
    let cases = [
        ("api.example.com", "/v1/pets/7", "/v1/pets/7", "/v1/pets/7"),
        ("api.example.com", "/v1//pets/7/", "/v1/pets/7/", "/v1//pets/7/"),
        ("api.example.com", "//pets/7", "/pets/7", "/pets/7"),
        ("api.example.com", "/%76%31/pets/7", "/%76%31/pets/7", "/%76%31/pets/7"),
        ("api.example.com", "/any/s/pets/7", "/any/pets/7", "/any/s/pets/7"),
        ("bare.example.com", "/s/pets/7", "/pets/7", "/s/pets/7"),
        ("x.example.com", "/wild/pets/7", "/wild/pets/7", "/wild/pets/7"),
    ];
    for (host, sent, path, context_path) in cases {
        let event = event(Api::default().route("GET /pets/{petId}", function()), host, sent);
        assert_eq!((&event["path"], &event["requestContext"]["path"]), (&json!(path), &json!(context_path)), "{sent}");
        assert_eq!((&event["resource"], &event["pathParameters"]["petId"]), (&json!("/pets/{petId}"), &json!("7")));
        let context = &event["requestContext"];
        let prefix = host.split('.').next();
        assert_eq!((&context["domainName"], &context["domainPrefix"]), (&json!(host), &json!(prefix)));
        assert_eq!((&context["stage"], &context["apiId"]), (&json!("s"), &json!("api")));
    }
    for (sent, path) in [("/v1", "/v1"), ("/v1/", "/v1/"), ("/", "/")] {
        let event = event(Api::default().route("GET /", function()), "api.example.com", sent);
        assert_eq!((&event["path"], &event["requestContext"]["path"]), (&json!(path), &json!(path)));
    }
}

/// The event of one request.
fn event(api: Api, host: &str, path: &str) -> Value {
    let functions = Functions::fine();
    let world = World::invoking(api, Arc::clone(&functions));
    serve(&world, domains());
    assert_eq!(get(&world, host, path, "").status, 200, "{host}{path}");
    functions.event()
}

#[test]
fn l18_access_logs_name_the_base_path_that_matched() {
    let world = start(routes().logs(
        "$context.customDomain.basePathMatched $context.domainName $context.domainPrefix $context.path $context.stage \
         $context.status",
    ));
    for (host, path) in [
        ("api.example.com", "/orders/v1/items/a"),
        ("api.example.com:80", "/%76%31/a"),
        ("api.example.com", "/a"),
        ("api.example.com", "/nothing"),
        (HOST, "/s/a"),
        ("one.example.com", "/a"),
        ("api.example.com", "/ping"),
    ] {
        get(&world, host, path, "");
    }
    let expected = [
        "orders/v1/items api.example.com api /orders/v1/items/a s 200".to_owned(),
        "v1 api.example.com api /%76%31/a s 200".to_owned(),
        "(none) api.example.com api /a s 200".to_owned(),
        "(none) api.example.com api /nothing s 403".to_owned(),
        format!("- {HOST} api /s/a s 200"),
    ];
    assert_eq!(world.log().lines().collect::<Vec<_>>(), expected);
}
