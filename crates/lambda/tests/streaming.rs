//! Responses in pieces, and what breaks them off.

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_lambda::{BrokenStream, FunctionId, Invocation, InvokedStream};
use support::{Host, error_type, function, host, text};

const HTTP: &str = "application/vnd.awslambda.http-integration-response";

async fn stream(host: &Host, name: &str, event: &Value) -> InvokedStream {
    let invocation = Invocation::new(FunctionId::latest(name), event.to_string());
    host.host.invoke_stream(invocation).await.expect("reached")
}

/// Everything that comes, with the time of the first piece, and how it ended.
async fn all(mut stream: InvokedStream) -> (Vec<u8>, usize, Option<BrokenStream>) {
    let (mut bytes, mut pieces) = (Vec::new(), 0);
    while let Some(piece) = stream.payload.next().await {
        match piece {
            Ok(piece) => {
                bytes.extend_from_slice(&piece);
                pieces += 1;
            }
            Err(broken) => return (bytes, pieces, Some(broken)),
        }
    }
    (bytes, pieces, None)
}

async fn node() -> Host {
    Host::with(function("stream", "nodejs22.x", "stream.handler")).await
}

#[tokio::test]
async fn pieces_come_as_they_are_written() {
    let host = node().await;
    let began = Instant::now();
    let mut stream = stream(&host, "stream", &json!({"pieces": 3, "ms": 400})).await;
    assert_eq!((stream.content_type.as_deref(), &stream.function_error), (Some("text/plain"), &None));
    assert_eq!(stream.payload.next().await.expect("a piece").expect("whole"), "piece 0\n");
    let first = began.elapsed();
    assert_eq!(stream.payload.next().await.expect("a piece").expect("whole"), "piece 1\n");
    assert!(began.elapsed() >= first + Duration::from_millis(300), "{first:?} {:?}", began.elapsed());
    assert_eq!(stream.payload.next().await.expect("a piece").expect("whole"), "piece 2\n");
    assert_eq!(stream.payload.next().await, None);
    assert_eq!(stream.payload.next().await, None);
    // The process is warm.
    let (bytes, _, broken) = all(self::stream(&host, "stream", &json!({"pieces": 1})).await).await;
    assert_eq!((bytes.as_slice(), broken), (b"piece 0\n".as_slice(), None));
    let lines = host.log_until("stream", |line| line.starts_with("REPORT")).await;
    assert_eq!(lines.iter().filter(|line| line.starts_with("INIT_START")).count(), 1);
}

#[tokio::test]
async fn status_and_headers_come_before_the_body() {
    let host = node().await;
    let stream = stream(&host, "stream", &json!({"http": true, "pieces": 1})).await;
    assert_eq!(stream.content_type.as_deref(), Some(HTTP));
    let (bytes, _, broken) = all(stream).await;
    assert_eq!(broken, None);
    let end = bytes.windows(8).position(|window| window == [0; 8]).expect("eight NUL bytes");
    let prelude: Value = serde_json::from_slice(&bytes[..end]).expect("JSON");
    assert_eq!(prelude, json!({"statusCode": 201, "headers": {"x-pets": "1"}}));
    assert_eq!(&bytes[end + 8..], b"piece 0\n");
}

#[tokio::test]
async fn an_error_before_the_first_byte_is_a_function_error() {
    let host = node().await;
    let stream = stream(&host, "stream", &json!({"fail": "before"})).await;
    assert_eq!(stream.function_error.as_ref().map(|error| error.error_type.as_str()), Some("Runtime.TypeError"));
    let (bytes, pieces, broken) = all(stream).await;
    let body: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!((&body["errorMessage"], pieces, broken), (&json!("before a byte"), 1, None));
}

#[tokio::test]
async fn an_error_between_pieces_breaks_the_stream_off() {
    let host = node().await;
    let (bytes, _, broken) = all(stream(&host, "stream", &json!({"fail": "between"})).await).await;
    let broken = broken.expect("it must not look complete");
    assert_eq!((bytes.as_slice(), broken.error_type.as_str()), (b"piece 0\npiece 1\n".as_slice(), "Runtime.TypeError"));
    let body: Value = serde_json::from_slice(&broken.body).expect("JSON");
    assert_eq!(body["errorMessage"], "between pieces");
    // The process lives on.
    let (_, _, broken) = all(stream(&host, "stream", &json!({"pieces": 1})).await).await;
    assert_eq!(broken, None);
}

#[tokio::test]
async fn a_process_that_exits_breaks_the_stream_off() {
    let host = node().await;
    let (bytes, _, broken) = all(stream(&host, "stream", &json!({"exit": true})).await).await;
    assert!(bytes.starts_with(b"piece 0\n"));
    let error_type = broken.expect("it must not look complete").error_type;
    assert!(["Runtime.ExitError", "Runtime.TruncatedResponse"].contains(&error_type.as_str()), "{error_type}");
}

#[tokio::test]
async fn a_timeout_breaks_the_stream_off() {
    let mut spec = function("stream", "nodejs22.x", "stream.handler");
    spec.timeout_ms = 1_000;
    let host = Host::with(spec).await;
    let (bytes, _, broken) = all(stream(&host, "stream", &json!({"pieces": 100, "ms": 100})).await).await;
    assert!(bytes.starts_with(b"piece 0\npiece 1\n"));
    assert_eq!(broken.expect("it must not look complete").error_type, "Sandbox.Timedout");
    host.log_until("stream", |line| line.ends_with("Status: timeout")).await;
}

#[tokio::test]
async fn a_stream_over_its_limit_breaks_off() {
    let host = host(|limits| limits.streamed_response_bytes = 1_000_000);
    host.host.put(function("stream", "nodejs22.x", "stream.handler")).await.expect("allowed");
    let (bytes, _, broken) = all(stream(&host, "stream", &json!({"pieces": 0, "bytes": 900_000})).await).await;
    assert_eq!((bytes.len(), broken), (14 * 65_536, None));
    let (bytes, _, broken) = all(stream(&host, "stream", &json!({"pieces": 0, "bytes": 2_000_000})).await).await;
    assert!(bytes.len() <= 1_000_000, "{}", bytes.len());
    assert_eq!(broken.expect("it must not look complete").error_type, "Function.ResponseSizeTooLarge");
    // The process lives on.
    let (_, _, broken) = all(stream(&host, "stream", &json!({"pieces": 1})).await).await;
    assert_eq!(broken, None);
    let exits = host.log("stream").iter().filter(|line| line.contains("Runtime exited")).count();
    assert_eq!(exits, 0, "{:#?}", host.log("stream"));
}

#[tokio::test]
async fn a_handler_that_never_settles_is_over_with_its_stream() {
    let host = Host::with(function("stream", "nodejs22.x", "stream.unsettled")).await;
    for _ in 0..2 {
        let (bytes, _, broken) = all(stream(&host, "stream", &json!({})).await).await;
        assert_eq!((bytes.as_slice(), broken), (b"all".as_slice(), None));
    }
    let starts = host.log("stream").iter().filter(|line| line.starts_with("INIT_START")).count();
    assert_eq!(starts, 1, "{:#?}", host.log("stream"));
}

#[tokio::test]
async fn a_stream_can_be_the_end_of_a_pipeline() {
    let host = Host::with(function("stream", "nodejs22.x", "stream.piped")).await;
    let (bytes, _, broken) = all(stream(&host, "stream", &json!(["a", "b", "c"])).await).await;
    assert_eq!((bytes.as_slice(), broken), (b"abc".as_slice(), None));
    let (bytes, pieces, broken) = all(stream(&host, "stream", &json!([])).await).await;
    assert_eq!((bytes.len(), pieces, broken), (0, 0, None));
}

#[tokio::test]
async fn a_large_stream_passes_a_slow_reader() {
    let host = node().await;
    let mut stream = stream(&host, "stream", &json!({"pieces": 0, "bytes": 20_000_000})).await;
    let mut bytes = 0;
    let mut pieces = 0;
    while let Some(piece) = stream.payload.next().await {
        bytes += piece.expect("whole").len();
        pieces += 1;
        if pieces % 50 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(bytes, 20_000_000_usize.div_ceil(65_536) * 65_536);
}

#[tokio::test]
async fn a_streaming_function_can_be_invoked_for_a_whole_answer_and_the_other_way_round() {
    let host = host(|limits| limits.response_bytes = 100_000);
    host.host.put(function("stream", "nodejs22.x", "stream.handler")).await.expect("allowed");
    host.host.put(function("whole", "python3.12", "echo.handler")).await.expect("allowed");
    let invoked = host.invoke("stream", r#"{"pieces":2}"#).await;
    assert_eq!((text(&invoked).as_str(), invoked.content_type.as_deref()), ("piece 0\npiece 1\n", Some("text/plain")));
    let invoked = host.invoke("stream", r#"{"pieces":0,"bytes":200000}"#).await;
    assert_eq!(error_type(&invoked), "Function.ResponseSizeTooLarge");
    let invoked = host.invoke("stream", r#"{"fail":"between"}"#).await;
    assert_eq!(error_type(&invoked), "Runtime.TypeError");
    let (bytes, pieces, broken) = all(stream(&host, "whole", &json!({"word": "x"})).await).await;
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!((&answer["event"]["word"], pieces, broken), (&json!("x"), 1, None));
}

#[tokio::test]
async fn a_reader_that_leaves_does_not_stop_the_function() {
    let host = node().await;
    drop(stream(&host, "stream", &json!({"pieces": 0, "bytes": 5_000_000})).await);
    let lines = host.log_until("stream", |line| line.starts_with("REPORT")).await;
    assert!(!lines.iter().any(|line| line.contains("Status:")), "{lines:?}");
    let (_, _, broken) = all(stream(&host, "stream", &json!({"pieces": 1})).await).await;
    assert_eq!(broken, None);
}

#[tokio::test]
async fn one_stream_after_the_other_is_never_throttled() {
    let mut spec = function("stream", "nodejs22.x", "stream.piped");
    spec.reserved_concurrency = Some(1);
    let host = Host::with(spec).await;
    for _ in 0..100 {
        let (bytes, _, broken) = all(stream(&host, "stream", &json!(["a", "b"])).await).await;
        assert_eq!((bytes.as_slice(), broken), (b"ab".as_slice(), None));
    }
}
