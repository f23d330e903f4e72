//! Properties of the codec over generated input: round trips, cuts at any byte, and no panic on anything.

use proptest::collection::vec;
use proptest::prelude::*;
use stagegate_http1::{
    BodyDecoder, BodyError, BodyLength, ChunkLimits, HeadError, HeadLimits, Known, RequestHead, ResponseHead, Scheme,
    encode,
};

/// A request as its parts: method, target, and fields behind `Host`.
#[derive(Debug, Clone)]
struct Parts {
    method: String,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let target = "/([a-z0-9_~!$&'()*+,=:@-]|%[2-7][0-9a-d]){0,8}(/[a-z]{1,5}){0,3}(\\?[a-z=&/?\\[\\]]{0,12})?";
    let target = target.prop_filter("dots are refused", |target| !target.contains("%2e") && !target.contains("%7f"));
    let name = "[A-Za-z!#$%&'*+.^_`|~0-9-]{1,12}"
        .prop_filter("not of a meaning", |name| Known::classify(name.as_bytes()) == Known::Other);
    let value = vec(prop_oneof![5 => 0x20..0x7fu8, 1 => 0x80..=0xffu8, 1 => Just(b'\t')], 0..40);
    let value = value.prop_map(|value| value.trim_ascii().to_vec());
    ("[A-Z]{1,32}", target, vec((name, value), 0..12))
        .prop_filter("not served", |(method, ..)| method != "TRACE" && method != "CONNECT")
        .prop_map(|(method, target, fields)| Parts { method, target, fields })
}

fn serialise(parts: &Parts) -> Vec<u8> {
    let mut out = Vec::new();
    encode::request_line(&mut out, parts.method.as_bytes(), parts.target.as_bytes());
    encode::field(&mut out, b"Host", b"a.test");
    for (name, value) in &parts.fields {
        encode::field(&mut out, name.as_bytes(), value);
    }
    encode::end_of_head(&mut out);
    out
}

/// Parses `raw` in the pieces that `cuts` makes of it; answers the head and what is behind it.
fn parse_in_pieces(raw: &[u8], cuts: &[usize]) -> Result<Option<(RequestHead, Vec<u8>)>, HeadError> {
    let mut head = RequestHead::new();
    let mut input = Vec::new();
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (raw.len() + 1)).chain([raw.len()]).collect();
    ends.sort_unstable();
    let mut start = 0;
    for end in ends {
        input.extend_from_slice(&raw[start..end]);
        start = end;
        if head.parse(&mut input, &HeadLimits::default())? {
            input.extend_from_slice(&raw[start..]);
            return Ok(Some((head, input)));
        }
    }
    Ok(None)
}

/// Everything a head says, comparable.
fn told(head: &RequestHead) -> impl PartialEq + std::fmt::Debug + use<> {
    let fields: Vec<(Vec<u8>, Vec<u8>)> =
        head.fields().map(|field| (field.name.to_vec(), field.value.to_vec())).collect();
    let line = (head.method().to_vec(), head.target().to_vec(), head.version(), head.host().to_vec());
    (line, fields, head.body(), head.keep_alive(), head.expects_continue(), head.head_bytes())
}

/// Bytes that resemble requests, with the odd byte changed.
fn nearly_requests() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop_oneof![
        Just("Content-Length: 5\r\n"),
        Just("Transfer-Encoding: chunked\r\n"),
        Just("Connection: close, x\r\n"),
        Just("X: 1\r\n"),
        Just("Host: a\r\n"),
        Just(" fold\r\n"),
        Just("Expect: 100-continue\r\n"),
    ];
    let start = prop_oneof![
        Just("GET / HTTP/1.1\r\nHost: a\r\n"),
        Just("\r\nPOST http://a/%41?b HTTP/1.0\r\nHost: a\r\n"),
        Just("OPTIONS * HTTP/1.1\r\n"),
        Just("GET /../x HTTP/1.1\r\n"),
    ];
    (start, vec(fields, 0..4), vec((any::<prop::sample::Index>(), any::<u8>()), 0..2)).prop_map(
        |(start, fields, changes)| {
            let mut raw = format!("{start}{}\r\nbody", fields.concat()).into_bytes();
            for (index, byte) in changes {
                let at = index.index(raw.len());
                raw[at] = byte;
            }
            raw
        },
    )
}

fn decode_in_pieces(raw: &[u8], limits: &ChunkLimits, step: usize) -> Result<(Vec<u8>, usize, bool), BodyError> {
    let mut body = BodyDecoder::new(BodyLength::Chunked, limits);
    let mut content = Vec::new();
    let mut consumed = 0;
    for end in (step..).step_by(step).map(|end| end.min(raw.len())) {
        while !body.is_done() {
            let decoded = body.decode(&raw[consumed..end])?;
            content.extend_from_slice(&raw[consumed..end][decoded.data]);
            consumed += decoded.consumed;
            if decoded.consumed == 0 {
                break;
            }
        }
        if end == raw.len() {
            break;
        }
    }
    Ok((content, consumed, body.is_done()))
}

proptest! {
    #[test]
    fn a_serialised_request_parses_to_its_parts(parts in parts(), behind in vec(any::<u8>(), 0..20)) {
        let raw = serialise(&parts);
        let (head, rest) = parse_in_pieces(&[&raw[..], &behind].concat(), &[]).expect("valid").expect("complete");
        prop_assert_eq!(rest, behind);
        prop_assert_eq!(head.method(), parts.method.as_bytes());
        prop_assert_eq!(head.target(), parts.target.as_bytes());
        let fields: Vec<(String, Vec<u8>)> = head.fields().skip(1)
            .map(|field| (String::from_utf8(field.name.to_vec()).expect("ASCII"), field.value.to_vec())).collect();
        prop_assert_eq!(fields, parts.fields);
        prop_assert_eq!(head.raw(), &raw[..]);
    }

    #[test]
    fn the_outcome_does_not_depend_on_the_cuts(raw in nearly_requests(), cuts in vec(any::<usize>(), 0..6)) {
        let whole = parse_in_pieces(&raw, &[]);
        let pieces = parse_in_pieces(&raw, &cuts);
        let tell = |outcome: Result<Option<(RequestHead, Vec<u8>)>, HeadError>| {
            outcome.map(|complete| complete.map(|(head, rest)| (told(&head), rest)))
        };
        prop_assert_eq!(tell(whole), tell(pieces));
    }

    #[test]
    fn parts_that_are_accepted_read_the_same_when_parsed(
        method in "[A-Z]{1,6}|get", authority in "[a-z.:@0-9]{0,8}", target in "(/[a-z.%0-9\\[]{0,4}){0,3}(\\?[ -~]{0,5})?",
        fields in vec(("[a-zA-Z_ -]{0,10}", vec(any::<u8>(), 0..6)), 0..5), crumbs in vec("[a-z]=[0-9]", 0..3),
    ) {
        let crumbs = crumbs.iter().map(|crumb| (&b"cookie"[..], crumb.as_bytes()));
        let fields = fields.iter().map(|(name, value)| (name.as_bytes(), &value[..])).chain(crumbs);
        let (method, authority, target) = (method.as_bytes(), authority.as_bytes(), target.as_bytes());
        let mut head = RequestHead::new();
        if head.from_parts(method, Scheme::Http, authority, target, fields, &HeadLimits::default()).is_ok() {
            let (parsed, rest) = parse_in_pieces(head.raw(), &[]).expect("valid").expect("complete");
            prop_assert!(rest.is_empty());
            prop_assert_eq!(told(&parsed), told(&head));
        }
    }

    #[test]
    fn an_accepted_head_holds_the_promises_made_to_the_back_end(raw in nearly_requests()) {
        if let Ok(Some((head, _))) = parse_in_pieces(&raw, &[]) {
            let hosts = head.fields().filter(|field| field.known == Known::Host).count();
            let lengths = head.fields().filter(|field| field.known == Known::ContentLength).count();
            let codings = head.fields().filter(|field| field.known == Known::TransferEncoding).count();
            prop_assert_eq!(hosts, 1);
            prop_assert!(lengths + codings <= 1);
            prop_assert!(head.target().starts_with(b"/") || head.target() == b"*");
            prop_assert!(head.fields().all(|field| !field.value.iter().any(|&byte| byte < b' ' && byte != b'\t')));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(raw in vec(any::<u8>(), 0..300), cuts in vec(any::<usize>(), 0..3)) {
        let _ = parse_in_pieces(&raw, &cuts);
        let _ = ResponseHead::new().parse(&mut raw.clone(), &HeadLimits::default(), false);
        let _ = decode_in_pieces(&raw, &ChunkLimits::default(), 7);
    }

    #[test]
    fn a_response_does_not_depend_on_the_cut(
        status in 100..1000u16, reason in "[ -~]{0,20}", value in "[!-~]{0,20}", cut in any::<prop::sample::Index>(),
    ) {
        let raw = format!("HTTP/1.1 {status} {reason}\r\nX: {value}\r\nContent-Length: 3\r\n\r\nabc").into_bytes();
        let cut = cut.index(raw.len());
        let mut head = ResponseHead::new();
        let mut input = raw[..cut].to_vec();
        let mut complete = head.parse(&mut input, &HeadLimits::default(), false).expect("valid");
        input.extend_from_slice(&raw[cut..]);
        if !complete {
            complete = head.parse(&mut input, &HeadLimits::default(), false).expect("valid");
        }
        prop_assert!(complete);
        prop_assert_eq!(&input[..], b"abc");
        prop_assert_eq!((head.status(), head.reason(), head.field_count()), (status, reason.as_bytes(), 2));
        prop_assert_eq!(head.find_name(b"x").map(|field| field.value), Some(value.as_bytes()));
    }

    #[test]
    fn encoded_chunks_decode_to_their_content(pieces in vec(vec(any::<u8>(), 0..50), 0..8), step in 1..40usize) {
        let mut raw = Vec::new();
        for piece in &pieces {
            encode::chunk(&mut raw, piece);
        }
        encode::last_chunk(&mut raw);
        let end = raw.len();
        raw.extend_from_slice(b"next");
        let decoded = decode_in_pieces(&raw, &ChunkLimits::default(), step);
        prop_assert_eq!(decoded, Ok((pieces.concat(), end, true)));
    }

    #[test]
    fn chunks_do_not_depend_on_the_cuts(
        raw in "([0-4](;[a-z]{1,3}(=\"?[a-z]\"?)?)?\r\n[a-z]{0,4}\r?\n?){0,4}(0\r\n(X: [a-z]{0,3}\r\n)?\r\n)?", step in 1..20usize,
    ) {
        let limits = ChunkLimits { extension_bytes_total: 12, trailer_bytes: 6, body_bytes: 9, ..ChunkLimits::default() };
        let whole = decode_in_pieces(raw.as_bytes(), &limits, raw.len().max(1));
        let pieces = decode_in_pieces(raw.as_bytes(), &limits, step);
        prop_assert_eq!(whole, pieces);
    }
}
