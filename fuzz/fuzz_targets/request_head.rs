//! Request heads: any bytes, cut anywhere. What is accepted keeps the promises the gateway builds on, and says the
//! same after it was written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_http1::{BodyLength, HeadError, HeadLimits, Known, RequestHead, encode};

fuzz_target!(|data: &[u8]| {
    let Some((&cut, raw)) = data.split_first() else { return };
    let limits = HeadLimits::default();
    let whole = parse(raw, raw.len(), &limits);
    let pieces = parse(raw, usize::from(cut) % (raw.len() + 1), &limits);
    match (&whole, &pieces) {
        (Ok(Some((one, one_rest))), Ok(Some((two, two_rest)))) => {
            assert_eq!(one_rest, two_rest);
            assert_same(one, two);
            assert_promises(one);
            let again = parse(&write(one), usize::MAX, &limits);
            // Writing adds a space behind each colon, so a head at the limit may no longer fit.
            if let Ok(Some((again, rest))) = again {
                assert!(rest.is_empty());
                assert_same(one, &again);
            } else {
                assert!(write(one).len() >= limits.head_bytes, "what was accepted is refused when written again");
            }
        }
        (Ok(None), Ok(None)) => {}
        (Err(one), Err(two)) => assert_eq!(one, two, "the error depends on the cut"),
        _ => panic!("the outcome depends on the cut"),
    }
});

type Outcome = Result<Option<(RequestHead, Vec<u8>)>, HeadError>;

fn parse(raw: &[u8], cut: usize, limits: &HeadLimits) -> Outcome {
    let cut = cut.min(raw.len());
    let mut head = RequestHead::new();
    let mut input = raw[..cut].to_vec();
    if head.parse(&mut input, limits)? {
        input.extend_from_slice(&raw[cut..]);
        return Ok(Some((head, input)));
    }
    assert_eq!(input, raw[..cut], "an incomplete head leaves its input alone");
    input.extend_from_slice(&raw[cut..]);
    Ok(head.parse(&mut input, limits)?.then_some((head, input)))
}

fn assert_same(one: &RequestHead, two: &RequestHead) {
    assert_eq!((one.method(), one.target(), one.host()), (two.method(), two.target(), two.host()));
    assert_eq!((one.version(), one.body(), one.keep_alive()), (two.version(), two.body(), two.keep_alive()));
    assert!(one.fields().eq(two.fields()));
}

fn assert_promises(head: &RequestHead) {
    let count = |known| head.fields().filter(|field| field.known == known).count();
    assert_eq!(count(Known::Host), 1);
    assert!(count(Known::ContentLength) + count(Known::TransferEncoding) <= 1);
    assert_eq!(head.body() == BodyLength::Chunked, count(Known::TransferEncoding) == 1);
    assert!(head.target().starts_with(b"/") || head.target() == b"*");
    assert!(!head.target().iter().any(|&byte| byte <= b' ' || byte >= 0x7f || byte == b'#'));
    assert!(head.fields().all(|field| field.known == Known::classify(field.name)));
    assert!(head.fields().all(|field| !field.value.iter().any(|&byte| (byte < b' ' && byte != b'\t') || byte == 0x7f)));
    assert!(!head.path().split(|&byte| byte == b'/').any(|segment| segment == b"." || segment == b".."));
}

fn write(head: &RequestHead) -> Vec<u8> {
    let mut out = Vec::new();
    encode::request_line(&mut out, head.method(), head.target());
    if head.version() == stagegate_http1::Version::Http10 {
        let minor = out.len() - 3;
        out[minor] = b'0';
    }
    for field in head.fields() {
        encode::field(&mut out, field.name, field.value);
    }
    encode::end_of_head(&mut out);
    out
}
