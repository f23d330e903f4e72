//! Streamed answers of functions: metadata, eight NUL bytes, content that is passed on (fact 1.3).

use std::sync::Arc;
use std::time::Duration;

use crate::functions::{Does, Functions};
use crate::plans::{Api, function};
use crate::wire::Reply;
use crate::world::World;

const NULS: &str = "\0\0\0\0\0\0\0\0";

fn pieces(texts: &[&str]) -> Vec<Option<Vec<u8>>> {
    texts.iter().map(|text| Some(text.as_bytes().to_vec())).collect()
}

fn ask(does: Does) -> Reply {
    let functions = Functions::that(does);
    let world = World::invoking(Api::default().route("GET /f", function().stream()), Arc::clone(&functions));
    let reply = world.get("/s/f");
    assert!(functions.only().is_streamed);
    reply
}

#[test]
fn metadata_makes_the_head_and_the_rest_is_content() {
    let metadata = r#"{"statusCode":201,"headers":{"Content-Type":"text/plain"},"cookies":["a=1","b=2"]}"#;
    let whole = format!("{metadata}{NULS}hello");
    for at in [1, metadata.len(), metadata.len() + 3, metadata.len() + 8, whole.len()] {
        let (one, two) = whole.split_at(at);
        let reply = ask(Does::Streams(pieces(&[one, "", two, "", ", world"])));
        assert_eq!((reply.status, reply.text().as_str(), reply.is_whole), (201, "hello, world", true), "{at}");
        assert_eq!(reply.all("Set-Cookie"), ["a=1", "b=2"]);
        assert_eq!(reply.field("Transfer-Encoding"), Some("chunked"));
    }
}

#[test]
fn content_may_hold_nul_bytes_and_be_longer_than_the_payload_limit() {
    let big = "\0x".repeat(400_000);
    let api = Api::default().route("GET /f", function().stream());
    let functions = Functions::that(Does::Streams(pieces(&[&format!("{{}}{NULS}"), &big])));
    let world = World::invoking_with(api, functions, |config| config.limits.payload_bytes = 1000);
    let reply = world.get("/s/f");
    assert_eq!((reply.status, reply.body.len(), reply.is_whole), (200, big.len(), true));
}

#[test]
fn a_stream_without_metadata_is_malformed() {
    let late = format!("{{\"headers\":{{\"a\":\"{}\"}}}}{NULS}x", "y".repeat(16 * 1024));
    for texts in [
        &["{\"statusCode\":200}"][..],
        &[],
        &["x\0\0\0\0\0\0\0\0body"],
        &["{\"statusCode\":200,\"body\":\"x\"}\0\0\0\0\0\0\0\0"],
        &[&late],
    ] {
        let reply = ask(Does::Streams(pieces(texts)));
        assert_eq!(reply.status, 502, "{texts:.50?}");
    }
}

#[test]
fn a_stream_that_breaks_off_never_looks_complete() {
    let mut broken = pieces(&[&format!("{{}}{NULS}hello")]);
    broken.push(None);
    let reply = ask(Does::Streams(broken));
    assert_eq!((reply.status, reply.is_whole), (200, false), "{}", reply.head);
    assert_eq!(ask(Does::Streams(vec![None])).status, 502, "before the head it is an error");
}

#[test]
fn a_buffered_answer_to_a_streaming_call_is_read_the_same_way() {
    let reply = ask(Does::Returns(format!("{{\"statusCode\":202}}{NULS}all").into_bytes()));
    assert_eq!((reply.status, reply.text().as_str()), (202, "all"));
}

#[test]
fn silence_is_bounded() {
    let api = || Api::default().route("GET /f", function().stream().timeout_ms(50));
    let world = World::invoking(api(), Functions::that(Does::Hangs));
    assert_eq!(world.get("/s/f").status, 504);
    let functions = Functions::that(Does::Pauses(format!("{{}}{NULS}hello").into_bytes()));
    let world =
        World::invoking_with(api(), functions, |config| config.timeouts.stream_idle = Duration::from_millis(50));
    let reply = world.get("/s/f");
    assert_eq!((reply.status, reply.is_whole), (200, false));
}
