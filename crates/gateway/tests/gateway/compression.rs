//! Compression of answers for clients that ask for it, and compressed requests.

use std::io::{Read, Write};
use std::sync::atomic::Ordering::Relaxed;

use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;
use stagegate_plan::{BodyTemplate, Passthrough, Templates};

use crate::backend::Backend;
use crate::functions::{Does, Functions};
use crate::plans::{Api, Target, function, mapped, no_templates, proxy, response, says, text_template};
use crate::wire::Reply;
use crate::world::World;

const GZIP: &str = "Accept-Encoding: gzip\r\n";

fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut content).expect("whole gzip");
    content
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

fn answering(fields: &str, body: &[u8]) -> Backend {
    let head = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n", body.len());
    Backend::answering([head.as_bytes(), body].concat())
}

/// The answer that a client with this Accept-Encoding gets of a `MOCK` that says so many bytes.
fn said(minimum: u32, length: usize, fields: &str) -> Reply {
    let world = World::start(Api::default().route("ANY /m", says(&"x".repeat(length))).compresses(minimum));
    world.ask("GET /s/m", fields, "")
}

#[test]
fn a_client_that_asks_for_it_gets_compressed_content() {
    let reply = said(100, 1000, GZIP);
    assert_eq!(reply.field("Content-Encoding"), Some("gzip"));
    assert_eq!(reply.field("Content-Length"), Some(reply.body.len().to_string().as_str()));
    assert_eq!(gunzipped(&reply.body), "x".repeat(1000).as_bytes());
    assert_eq!(reply.field("Content-Type"), Some("application/json"));
    let reply = said(100, 1000, "Accept-Encoding: deflate, gzip\r\n");
    assert_eq!(reply.field("Content-Encoding"), Some("deflate"));
    let mut content = String::new();
    ZlibDecoder::new(&reply.body[..]).read_to_string(&mut content).expect("whole zlib");
    assert_eq!(content, "x".repeat(1000));
}

#[test]
fn nothing_is_compressed_unasked_or_below_the_threshold() {
    let plain = [
        (100, 99, GZIP),
        (100, 1000, ""),
        (100, 1000, "Accept-Encoding: *\r\n"),
        (100, 1000, "Accept-Encoding: br, gzip\r\n"),
        (100, 1000, "Accept-Encoding: gzip;q=0\r\n"),
        (100, 1000, "Accept-Encoding: \r\n"),
        (0, 0, GZIP),
    ];
    for (minimum, length, fields) in plain {
        let reply = said(minimum, length, fields);
        assert_eq!((reply.field("Content-Encoding"), reply.body.len()), (None, length), "{minimum} {length} {fields}");
    }
    for (minimum, length) in [(100, 100), (0, 1)] {
        assert_eq!(said(minimum, length, GZIP).field("Content-Encoding"), Some("gzip"), "{minimum} {length}");
    }
    let off = World::start(Api::default().route("GET /m", says(&"x".repeat(1000)))).ask("GET /s/m", GZIP, "");
    assert_eq!((off.field("Content-Encoding"), off.body.len()), (None, 1000));
}

#[test]
fn what_is_coded_already_stays_and_says_so() {
    let content = gzipped(b"some content");
    let backend = answering("Content-Encoding: gzip\r\n", &content);
    let responses = vec![response(200, &[], &[])];
    let target = mapped(backend.address, responses, |_| Some(0), no_templates(Passthrough::WhenNoMatch));
    let api = Api::default().route("GET /p", proxy(backend.address)).route("GET /h", target).compresses(0);
    let world = World::start(api);
    let proxied = world.ask("GET /s/p", GZIP, "");
    assert_eq!((proxied.field("Content-Encoding"), &proxied.body), (Some("gzip"), &content));
    let mapped = world.ask("GET /s/h", GZIP, "");
    assert_eq!((mapped.field("Content-Encoding"), &mapped.body), (None, &content));
}

#[test]
fn a_function_s_answer_is_compressed_unless_it_is_coded() {
    let plain = json!({"statusCode": 200, "body": "x".repeat(500)});
    let coded = json!({"statusCode": 200, "body": "x".repeat(500), "headers": {"content-encoding": "br"}});
    for (document, coding) in [(plain, "gzip"), (coded, "br")] {
        let api = Api::default().route("GET /f", function()).compresses(10);
        let reply = World::invoking(api, Functions::that(Does::returns(&document))).ask("GET /s/f", GZIP, "");
        let found = reply.all("Content-Encoding").into_iter().chain(reply.all("content-encoding")).next();
        assert_eq!(found, Some(coding), "{}", reply.head);
        assert_eq!(reply.body.len() == 500, coding == "br");
    }
}

#[test]
fn long_answers_are_compressed_on_the_way() {
    let content: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).take(3_000_000).collect();
    let with_length = answering("", &content);
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in content.chunks(70_000) {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let chunked = Backend::answering(chunked);
    for backend in [&with_length, &chunked] {
        for (minimum, is_compressed) in [(0, true), (1_000_000, true), (3_000_000, true), (3_000_001, false)] {
            let api = Api::default().route("GET /p", proxy(backend.address)).compresses(minimum);
            let reply = World::start(api).ask("GET /s/p", GZIP, "");
            assert!(reply.is_whole, "{minimum}");
            let found = if is_compressed { gunzipped(&reply.body) } else { reply.body.clone() };
            assert!(found == content, "{minimum}: {} bytes", found.len());
            assert_eq!(reply.field("Content-Encoding").is_some(), is_compressed, "{minimum}");
        }
    }
}

#[test]
fn a_compressed_answer_that_breaks_off_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 200_000, b'x');
    let backend = Backend::answering_once(answer);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address)).compresses(0));
    assert!(!world.ask("GET /s/p", GZIP, "").is_whole);
    world.wait_for(|counters| &counters.aborted, 1);
}

#[test]
fn fact_1_3_a_streamed_answer_is_never_compressed() {
    let backend = answering("", &[b'x'; 1000]);
    let world = World::start(Api::default().route("GET /p", proxy(backend.address).stream()).compresses(0));
    let reply = world.ask("GET /s/p", GZIP, "");
    assert_eq!((reply.field("Content-Encoding"), reply.body.len()), (None, 1000));
}

#[test]
fn the_answer_to_a_head_tells_the_coding_but_no_wrong_length() {
    let backend = Backend::answering("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    let api = Api::default().route("ANY /p", proxy(backend.address)).route("ANY /m", says(&"x".repeat(1000)));
    let world = World::start(api.compresses(1000));
    let proxied = world.ask("HEAD /s/p", GZIP, "");
    assert_eq!((proxied.field("Content-Encoding"), proxied.field("Content-Length")), (Some("gzip"), None));
    let (head, get) = (world.ask("HEAD /s/m", GZIP, ""), world.ask("GET /s/m", GZIP, ""));
    assert_eq!(head.field("Content-Encoding"), Some("gzip"));
    assert_eq!(head.field("Content-Length"), get.field("Content-Length"));
    assert_eq!(world.ask("HEAD /s/p", "", "").field("Content-Length"), Some("5000"));
}

#[test]
fn over_the_budget_of_memory_content_goes_out_as_it_is() {
    let api = Api::default().route("GET /m", says(&"x".repeat(1000))).compresses(0);
    let world = World::with(api, |config| config.budgets.buffered_bytes = 100_000);
    let reply = world.ask("GET /s/m", GZIP, "");
    assert_eq!((reply.status, reply.field("Content-Encoding"), reply.body.len()), (200, None, 1000));
}

#[test]
fn gateway_responses_are_not_compressed() {
    let api = Api::default().route("GET /m", says("x")).compresses(0);
    let reply = World::start(api).ask("GET /s/other", GZIP, "");
    assert_eq!((reply.status, reply.field("Content-Encoding")), (403, None));
}

/// An `HTTP` integration without a template, and one with.
fn receiving(backend: &Backend, requests: Templates<BodyTemplate>) -> Target {
    mapped(backend.address, vec![response(200, &[], &[])], |_| Some(0), requests)
}

fn posted(world: &World, path: &str, coding: &str, body: &[u8]) -> Reply {
    world.ask(
        &format!("POST {path}"),
        &format!("Content-Encoding: {coding}\r\nContent-Length: {}\r\n", body.len()),
        body,
    )
}

#[test]
fn a_compressed_request_is_inflated_before_anything_reads_it() {
    let content = b"{\"type\": \"dog\"}".repeat(100);
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&content).expect("memory");
    let zlib = zlib.finish().expect("memory");
    let requests = [("gzip", gzipped(&content)), ("GZIP", gzipped(&content)), ("deflate", zlib)];
    for (coding, body) in requests.into_iter().chain([("identity", content.clone()), ("", content.clone())]) {
        let backend = answering("", b"ok");
        let none = no_templates(Passthrough::WhenNoMatch);
        let api = Api::default().route("POST /h", receiving(&backend, none)).route("POST /p", proxy(backend.address));
        let world = World::start(api.compresses(0));
        for path in ["/s/h", "/s/p"] {
            assert_eq!(posted(&world, path, coding, &body).status, 200, "{coding} {path}");
        }
        for request in backend.wait_for(2) {
            let (head, found) = request.split_once("\r\n\r\n").expect("a whole request");
            assert_eq!(found.as_bytes(), content, "{coding}");
            assert!(!head.contains("Content-Encoding"), "{head}");
        }
    }
}

#[test]
fn a_request_that_cannot_be_inflated_is_an_unsupported_media_type() {
    let whole = gzipped(b"content");
    let cases: [(&str, &[u8]); 6] = [
        ("br", b"content"),
        ("gzip", b"content"),
        ("deflate", &whole),
        ("gzip", &whole[..whole.len() - 1]),
        ("gzip, gzip", &whole),
        ("utf-8", b"content"),
    ];
    for (coding, body) in cases {
        let backend = answering("", b"ok");
        let requests =
            Templates { entries: [("$default".into(), text_template("made"))].into(), passthrough: Passthrough::Never };
        let world = World::start(Api::default().route("POST /h", receiving(&backend, requests)).compresses(0));
        let reply = posted(&world, "/s/h", coding, body);
        assert_eq!(
            (reply.status, reply.text().as_str()),
            (415, "{\"message\":\"Unsupported Media Type\"}"),
            "{coding}"
        );
        assert_eq!(reply.field("x-amzn-ErrorType"), Some("BadRequestException"));
        assert!(backend.seen().is_empty(), "{coding}");
    }
}

#[test]
fn without_compression_content_passes_as_it_came() {
    for (coding, body) in [("gzip", gzipped(b"content")), ("chunked", b"hello".to_vec()), ("br", b"x".to_vec())] {
        let backend = answering("", b"ok");
        let world = World::start(Api::default().route("POST /p", proxy(backend.address)));
        assert_eq!(posted(&world, "/s/p", coding, &body).status, 200, "{coding}");
        let seen = backend.wait_for(1);
        assert!(
            seen[0].ends_with(&*String::from_utf8_lossy(&body)) && !seen[0].contains("Content-Encoding"),
            "{coding}"
        );
    }
}

#[test]
fn a_bomb_is_refused_within_the_budgets() {
    let bomb = gzipped(&vec![0; 8 * 1024 * 1024]);
    assert!(bomb.len() < 64 * 1024, "{} bytes", bomb.len());
    let backend = answering("", b"ok");
    let api = || Api::default().route("POST /p", proxy(backend.address)).compresses(0);
    let limited = World::with(api(), |config| config.limits.payload_bytes = 1024 * 1024);
    let reply = posted(&limited, "/s/p", "gzip", &bomb);
    assert_eq!((reply.status, reply.text().as_str()), (413, "{\"message\":\"Request Too Long\"}"));
    assert_eq!(limited.counters.over_budget.load(Relaxed), 0);
    let tight = World::with(api(), |config| config.budgets.buffered_bytes = 1024 * 1024);
    assert_eq!(posted(&tight, "/s/p", "gzip", &bomb).status, 503);
    assert_eq!(tight.counters.over_budget.load(Relaxed), 1);
    assert!(backend.seen().is_empty());
}

#[test]
fn a_function_gets_the_inflated_content() {
    let functions = Functions::that(Does::returns(&json!({"statusCode": 200})));
    let world = World::invoking(Api::default().route("POST /f", function()).compresses(0), functions.clone());
    assert_eq!(posted(&world, "/s/f", "gzip", &gzipped("höllo".as_bytes())).status, 200);
    let event = functions.event();
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("höllo"), &json!(false)));
    assert_eq!(event["headers"]["Content-Encoding"], json!("gzip"), "AWS leaves the header in the event");
}
