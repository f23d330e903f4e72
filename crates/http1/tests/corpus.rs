//! Feeds the hostile corpus of `tests/hostile` through the codec as a server would: what must be refused is refused
//! by the codec alone, what must be accepted is, and nothing depends on where the bytes were cut.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use stagegate_http1::{BodyDecoder, BodyError, ChunkLimits, HeadError, HeadLimits, RequestHead};

const HOST: &str = "abcdef1234.execute-api.us-east-1.localhost:8080";

/// Refused by the room that knows which hosts and upgrades are served, not by the codec.
const REFUSED_LATER: [&str; 4] = ["abs-metadata", "upg-ws-bad-version", "abs-root", "host-ipv6-unknown"];

struct Case {
    name: String,
    expect: String,
    raw: Vec<u8>,
    max_backend: usize,
    can_be_refused: bool,
    can_be_accepted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// All bytes belong to complete requests.
    Clean,
    /// The last request was complete and asked to close.
    Closed,
    /// The last request wants more bytes.
    Incomplete,
    BadHead(HeadError),
    BadBody(BodyError),
}

/// What a server that hands `step` bytes at a time to the codec makes of a connection.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    complete: usize,
    content: Vec<u8>,
    end: End,
}

fn serve(raw: &[u8], step: usize) -> Outcome {
    let mut head = RequestHead::new();
    let mut body: Option<BodyDecoder> = None;
    let mut input = Vec::new();
    let mut outcome = Outcome { complete: 0, content: Vec::new(), end: End::Clean };
    for piece in raw.chunks(step.max(1)) {
        input.extend_from_slice(piece);
        if let Err(end) = advance(&mut head, &mut body, &mut input, &mut outcome) {
            outcome.end = end;
            return outcome;
        }
    }
    if body.is_some() || !input.is_empty() {
        outcome.end = End::Incomplete;
    }
    outcome
}

fn advance(
    head: &mut RequestHead,
    framing: &mut Option<BodyDecoder>,
    input: &mut Vec<u8>,
    outcome: &mut Outcome,
) -> Result<(), End> {
    loop {
        let body = match framing {
            Some(body) => body,
            None if input.is_empty() => return Ok(()),
            None if head.parse(input, &HeadLimits::default()).map_err(End::BadHead)? => {
                let limits = ChunkLimits { body_bytes: 10 << 20, ..ChunkLimits::default() };
                framing.insert(BodyDecoder::new(head.body(), &limits))
            }
            None => return Ok(()),
        };
        while !body.is_done() {
            let decoded = body.decode(input).map_err(End::BadBody)?;
            outcome.content.extend_from_slice(&input[decoded.data]);
            input.drain(..decoded.consumed);
            if decoded.consumed == 0 {
                return Ok(());
            }
        }
        *framing = None;
        outcome.complete += 1;
        if !head.keep_alive() {
            return Err(End::Closed);
        }
    }
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hostile").join(file);
    let text = std::fs::read_to_string(path).expect("the corpus is part of the repository");
    text.lines().map(case).collect()
}

fn case(line: &str) -> Case {
    let row: Value = serde_json::from_str(line).expect("a case is one JSON object");
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let flag = |key: &str| row[key].as_bool().unwrap_or(false);
    let raw = STANDARD.decode(text("raw_base64")).expect("base64");
    Case {
        name: text("name"),
        expect: text("expect"),
        raw: substitute(&raw, b"{{HOST}}", HOST.as_bytes()),
        max_backend: row["max_backend"].as_u64().unwrap_or(1).try_into().expect("small"),
        can_be_refused: flag("alt_reject"),
        can_be_accepted: flag("alt_ok"),
    }
}

fn substitute(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// What is wrong with `outcome`, if anything.
fn fault(case: &Case, outcome: &Outcome) -> Option<&'static str> {
    let is_refused = matches!(outcome.end, End::BadHead(_) | End::BadBody(_));
    match case.expect.as_str() {
        "accept-normalized" if outcome.complete == 0 && !(is_refused && case.can_be_refused) => Some("refused"),
        "accept-normalized" if outcome.complete > case.max_backend => Some("split"),
        "close" if outcome.complete > 0 => Some("accepted"),
        "reject-400" | "reject-4xx" if outcome.complete > 0 && !case.can_be_accepted => Some("accepted"),
        "reject-400" | "reject-4xx" if !is_refused && !case.can_be_accepted => Some("left hanging"),
        _ => None,
    }
}

fn assert_corpus(file: &str, at_least: usize) {
    let cases = cases(file);
    assert!(cases.len() >= at_least, "{file} holds {} cases", cases.len());
    let mut faults = Vec::new();
    for case in cases.iter().filter(|case| !REFUSED_LATER.contains(&case.name.as_str())) {
        let whole = serve(&case.raw, usize::MAX);
        if let Some(fault) = fault(case, &whole) {
            faults.push(format!("{}: {fault} ({:?})", case.name, whole.end));
        }
        for step in [1, 2, 7, 64] {
            let stepped = serve(&case.raw, step);
            if stepped != whole {
                faults.push(format!("{}: cut every {step} bytes gives {stepped:?}, not {whole:?}", case.name));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_corpus_is_refused_and_accepted_as_it_says() {
    assert_corpus("http1.jsonl", 206);
}

#[test]
fn the_second_corpus_is_refused_and_accepted_as_it_says() {
    assert_corpus("more.jsonl", 300);
}
