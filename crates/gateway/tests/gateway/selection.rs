//! Templates and integration responses: MOCK and HTTP (facts 19, 61, 75–78).

use stagegate_plan::{Passthrough, StatusTemplate, Templates};

use crate::backend::Backend;
use crate::plans::{Api, Target, mapped, mock, no_templates, response, text_template};
use crate::world::World;

const CONFIGURATION_ERROR: (u16, &str) = (500, "{\"message\": \"Internal server error\"}");
const UNSUPPORTED: (u16, &str) = (415, "{\"message\":\"Unsupported Media Type\"}");

fn statuses(entries: &[(&str, Option<u16>)], passthrough: Passthrough) -> Templates<StatusTemplate> {
    let entry = |(name, status): &(&str, Option<u16>)| (Box::from(*name), StatusTemplate::Literal(*status));
    Templates { entries: entries.iter().map(entry).collect(), passthrough }
}

/// A MOCK with responses 200 (default), 404 and 204.
fn mocked(templates: Templates<StatusTemplate>) -> Target {
    let json = |text| response(200, &[], &[("application/json", text), ("text/plain", "plain")]);
    let responses = vec![json("default"), response(404, &[], &[]), response(204, &[], &[("application/json", "x")])];
    mock(templates, responses, |status| match status {
        404 => Some(1),
        204 => Some(2),
        500..=599 => None,
        _ => Some(0),
    })
}

/// Templates, passthrough, content type, body, and the answer.
type Case<'c> = (&'c [(&'c str, Option<u16>)], Passthrough, Option<&'c str>, &'c str, (u16, &'c str));

#[test]
fn a_mock_answers_what_its_request_template_says() {
    use Passthrough::{Never, WhenNoMatch, WhenNoTemplates};
    let json = Some("application/json; charset=utf-8");
    let cases: &[Case<'_>] = &[
        (&[("application/json", Some(200))], WhenNoMatch, json, "", (200, "default")),
        (&[("application/json", Some(404))], WhenNoMatch, None, "", (404, "")),
        (&[("application/json", Some(204))], WhenNoMatch, json, "", (204, "")),
        (&[("application/json", Some(503))], WhenNoMatch, json, "", CONFIGURATION_ERROR),
        (&[("application/json", None)], WhenNoMatch, json, "", CONFIGURATION_ERROR),
        (&[], WhenNoMatch, json, "{\"statusCode\": 404}", (404, "")),
        (&[], WhenNoMatch, json, "{statusCode: 200}", (200, "default")),
        (&[], WhenNoMatch, json, "{\"statusCode\": \"200\"}", CONFIGURATION_ERROR),
        (&[], WhenNoMatch, None, "", CONFIGURATION_ERROR),
        (&[("application/json", Some(200))], WhenNoTemplates, Some("text/xml"), "", UNSUPPORTED),
        (&[], WhenNoTemplates, Some("text/xml"), "{statusCode: 200}", (200, "default")),
        (&[], Never, json, "{statusCode: 200}", UNSUPPORTED),
        (&[("$default", Some(200))], Never, Some("text/xml"), "", (200, "default")),
    ];
    for (entries, passthrough, content_type, body, expected) in cases {
        let world = World::start(Api::default().route("POST /m", mocked(statuses(entries, *passthrough))));
        let content_type = content_type.map_or(String::new(), |name| format!("Content-Type: {name}\r\n"));
        let fields = format!("{content_type}Content-Length: {}\r\n", body.len());
        let reply = world.ask("POST /s/m", &fields, body);
        assert_eq!((reply.status, reply.text().as_str()), *expected, "{entries:?} {passthrough:?} {body}");
        assert_eq!(reply.field("X-Amzn-Trace-Id"), None);
    }
}

#[test]
fn accept_selects_the_response_template() {
    let world =
        World::start(Api::default().route("GET /m", mocked(statuses(&[("$default", Some(200))], Passthrough::Never))));
    for (accept, body, content_type) in [
        ("*/*", "default", "application/json"),
        ("text/plain;q=1, application/json", "plain", "text/plain"),
        ("application/json, text/plain", "default", "application/json"),
    ] {
        let reply = world.ask("GET /s/m", &format!("Accept: {accept}\r\n"), "");
        assert_eq!((reply.text().as_str(), reply.field("Content-Type")), (body, Some(content_type)), "{accept}");
    }
}

#[test]
fn the_status_of_the_back_end_selects_the_response() {
    let backend = Backend::start(|peer| {
        while let Some(request) = peer.request() {
            let status = &request[request.find("?s=").map_or(0, |at| at + 3)..][..3];
            peer.send(format!("HTTP/1.1 {status} X\r\nContent-Length: 4\r\nContent-Type: text/css\r\n\r\nbody"));
        }
    });
    let responses = vec![response(200, &[], &[]), response(400, &[], &[("application/json", "{\"bad\":1}")])];
    let choose = |status| match status {
        200..=299 => Some(0),
        400..=499 => Some(1),
        _ => None,
    };
    let target = mapped(backend.address, responses, choose, no_templates(Passthrough::WhenNoMatch));
    let path = vec![
        crate::plans::literal("/up?s="),
        stagegate_plan::EndpointPart::Placeholder("p".into(), stagegate_mapping::RequestSource::Query("s".into())),
    ];
    let world = World::start(Api::default().route("GET /h", target.path(path)));
    let cases =
        [(201, (200, "body")), (404, (400, "{\"bad\":1}")), (500, CONFIGURATION_ERROR), (302, CONFIGURATION_ERROR)];
    for (status, expected) in cases {
        let reply = world.get(&format!("/s/h?s={status}"));
        assert_eq!((reply.status, reply.text().as_str()), expected, "{status}");
        assert_eq!(reply.field("Content-Type"), Some("application/json"));
    }
}

#[test]
fn a_literal_template_replaces_the_content() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let requests = Templates {
        entries: [("application/json".into(), text_template("[1]"))].into(),
        passthrough: Passthrough::WhenNoMatch,
    };
    let target = mapped(backend.address, vec![response(200, &[], &[])], |_| Some(0), requests);
    let world = World::start(Api::default().route("POST /h", target));
    world.ask("POST /s/h", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n");
    world.ask("POST /s/h", "Content-Type: text/plain\r\nContent-Length: 5\r\n", "hello");
    let seen = backend.seen();
    assert!(seen[0].ends_with("\r\nContent-Length: 3\r\n\r\n[1]"), "{}", seen[0]);
    assert!(seen[1].ends_with("\r\nContent-Length: 5\r\n\r\nhello"), "{}", seen[1]);
}
