//! Request mappings: sources, encoding for the place they go to, and what they must never smuggle in.

use stagegate_mapping::{ContextVariable, RequestSource};
use stagegate_plan::{EndpointPart, Verb};

use crate::backend::Backend;
use crate::plans::{Api, literal, proxy};
use crate::world::World;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn query(name: &str) -> RequestSource {
    RequestSource::Query(name.into())
}

/// The target of the last request and one of its headers.
fn last(backend: &Backend, name: &str) -> (String, Vec<String>) {
    let seen = backend.seen().pop().expect("a request");
    let target = seen.split(' ').nth(1).expect("a target").to_owned();
    let values = seen.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned);
    (target, values.collect())
}

#[test]
fn values_in_headers_never_break_a_line() {
    let sources = [
        ("X-Query", query("q")),
        ("X-Multi", RequestSource::MultiQuery("q".into())),
        ("X-Stage", RequestSource::StageVariable("crlf".into())),
        ("X-Static", RequestSource::Static("a\r\nX-Evil: 1".into())),
    ];
    let backend = Backend::answering(OK);
    let api = Api::default().variable("crlf", "v\r\nX-Evil: 1");
    let world = World::start(api.route("GET /p", proxy(backend.address).headers(&sources)));
    for sent in ["a%0d%0aX-Evil:%201", "a%0aX-Evil: 1", "a%0dX-Evil:1", "a%7f", "%01"] {
        let sent = sent.replace(' ', "%20");
        assert_eq!(world.get(&format!("/s/p?q={sent}")).status, 200);
        let seen = backend.seen().pop().expect("a request");
        for name in ["X-Evil", "X-Query", "X-Multi", "X-Stage", "X-Static"] {
            assert!(!seen.contains(&format!("\n{name}:")), "{seen}");
        }
    }
    world.get("/s/p?q=a%20b+c&q=%09d%09e%20");
    assert_eq!(last(&backend, "X-Query").1, ["d\te"]);
    assert_eq!(last(&backend, "X-Multi").1, ["a b c,\td\te"]);
}

#[test]
fn a_token_for_reasons_is_no_source() {
    let header = |name: &str| RequestSource::Header(name.into());
    let sources = [
        ("X-One", header("X-Stagegate-Explain")),
        ("X-Other", RequestSource::MultiHeader("x-stagegate-explain".into())),
        ("X-Plain", header("X-A")),
    ];
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address).headers(&sources)));
    world.ask("GET /s/p", "X-Stagegate-Explain: token\r\nx-stagegate-explain: token\r\nX-A: 1\r\n", "");
    let seen = backend.seen().pop().expect("a request");
    assert!(seen.contains("X-Plain: 1") && !seen.contains("token"), "{seen}");
}

#[test]
fn values_in_the_query_are_encoded_and_appended() {
    let sources = [
        ("one", query("q")),
        ("all", RequestSource::MultiQuery("q".into())),
        ("head er", RequestSource::Header("X-H".into())),
        ("path", RequestSource::Path("id".into())),
        ("none", query("absent")),
    ];
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p/{id}", proxy(backend.address).query(&sources)));
    world.ask("GET /s/p/a%2Fb&c?q=1&Q=no&q=x%26y%3D%23;q=%F0%9F%98%80", "X-H: v&w=\u{e9}\r\nx-h: no\r\n", "");
    let expected = "/up?q=1&Q=no&q=x%26y%3D%23;q=%F0%9F%98%80&one=%F0%9F%98%80&all=1&all=x%26y%3D%23\
                    &all=%F0%9F%98%80&head%20er=v%26w%3D%C3%A9&path=a%2Fb%26c";
    assert_eq!(last(&backend, "").0, expected);
}

#[test]
fn values_in_the_path_stay_in_their_segment() {
    let parts = |source| vec![literal("/up/"), EndpointPart::Placeholder("p".into(), source), literal("/end")];
    let backend = Backend::answering(OK);
    let world = World::start(
        Api::default()
            .route("GET /q", proxy(backend.address).path(parts(query("v"))))
            .route("GET /h", proxy(backend.address).path(parts(RequestSource::Header("V".into()))))
            .route("GET /p/{proxy+}", proxy(backend.address).path(parts(RequestSource::Path("proxy".into())))),
    );
    let cases = [
        ("a/b?c#d", "/up/a%2Fb%3Fc%23d/end"),
        ("..", "/up//end"),
        (".", "/up//end"),
        ("../../x", "/up//end"),
        ("a/../b", "/up//end"),
        ("a\\..\\b", "/up//end"),
        ("..;x", "/up//end"),
        ("%2e%2e", "/up/%252e%252e/end"),
        ("a..b", "/up/a..b/end"),
        ("x y\r\n", "/up/x%20y%0D%0A/end"),
    ];
    for (value, expected) in cases {
        let encoded: Vec<_> = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let encoded = encoded.concat();
        world.get(&format!("/s/q?v={encoded}"));
        assert_eq!(last(&backend, "").0.split('?').next(), Some(expected), "{value}");
        if !value.contains('\r') {
            world.ask("GET /s/h", &format!("V: {value}\r\n"), "");
            assert_eq!(last(&backend, "").0, expected, "{value}");
        }
    }
    world.get("/s/p/a%2Fb//c%C3%A9/");
    assert_eq!(last(&backend, "").0, "/up/a%2Fb//c%C3%A9/end");
}

#[test]
fn headers_and_variables_are_found_by_their_exact_name() {
    let sources = [
        ("X-Last", RequestSource::Header("Two".into())),
        ("X-All", RequestSource::MultiHeader("Two".into())),
        ("X-Case", RequestSource::Header("two".into())),
        ("X-Var", RequestSource::StageVariable("v".into())),
        ("X-Stage", RequestSource::Context(ContextVariable::Stage)),
        ("X-Ip", RequestSource::Context(ContextVariable::IdentitySourceIp)),
        ("X-None", RequestSource::Context(ContextVariable::Absent)),
    ];
    let backend = Backend::answering(OK);
    let api = Api::default().variable("v", "bound");
    let world = World::start(api.route("GET /p", proxy(backend.address).headers(&sources)));
    world.ask("GET /s/p", "Two: 1\r\nTwo: 2\r\n", "");
    let expected = [("X-Last", "2"), ("X-All", "1,2"), ("X-Var", "bound"), ("X-Stage", "s"), ("X-Ip", "127.0.0.1")];
    for (name, value) in expected {
        assert_eq!(last(&backend, name).1, [value], "{name}");
    }
    for name in ["X-Case", "X-None"] {
        assert!(last(&backend, name).1.is_empty(), "{name}");
    }
}

#[test]
fn fields_that_are_dropped_first_cannot_be_mapped() {
    let names = ["Content-MD5", "Max-Forwards", "Server", "TE", "Trailer", "Upgrade", "WWW-Authenticate", "Kept"];
    let one = names.map(|name| (format!("X-{name}"), RequestSource::Header(name.into())));
    let all = names.map(|name| (format!("Y-{name}"), RequestSource::MultiHeader(name.into())));
    let sources: Vec<_> = one.iter().chain(&all).map(|(name, source)| (name.as_str(), source.clone())).collect();
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address).headers(&sources)));
    let sent = names.map(|name| format!("{name}: v\r\n")).concat();
    world.ask("GET /s/p", &sent, "");
    let seen = backend.only();
    let mapped: Vec<_> = seen.lines().filter(|line| line.starts_with("X-K") || line.ends_with(": v")).collect();
    assert_eq!(mapped, ["X-Kept: v", "Y-Kept: v", "Kept: v"], "{seen}");
}

#[test]
fn context_values_are_mapped_as_they_came() {
    let sources = [("X-Agent", RequestSource::Context(ContextVariable::IdentityUserAgent))];
    let backend = Backend::answering(OK);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address).headers(&sources)));
    world.ask("GET /s/p", "User-Agent: a \"quoted\\\" one\r\n", "");
    assert_eq!(last(&backend, "X-Agent").1, ["a \"quoted\\\" one"]);
}

#[test]
fn an_override_decides_route_and_verb() {
    let backend = Backend::answering(OK);
    let api = Api::default().route("PUT /p", proxy(backend.address));
    let world = World::start(api.route("GET /fixed", proxy(backend.address).verb(Verb::Delete)));
    let over = |verb: &str| format!("X-HTTP-Method-Override: {verb}\r\n");
    assert_eq!(world.ask("POST /s/p", &over("PUT"), "").status, 200);
    let seen = backend.only();
    assert!(seen.starts_with("PUT /up ") && !seen.contains("Override"), "{seen}");
    assert_eq!(world.get("/s/fixed").status, 200);
    assert!(backend.seen()[1].starts_with("DELETE /up "));
    for verb in ["put", "TRACE", "PUT, GET", "", "CONNECT"] {
        assert_eq!(world.ask("POST /s/p", &over(verb), "").status, 403, "{verb}");
    }
    assert_eq!(world.ask("PROPFIND /s/p", &over("PUT"), "").status, 403);
}
