//! Response heads: any bytes, cut anywhere, for requests of either kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_http1::{BodyLength, HeadError, HeadLimits, Known, ResponseHead, encode};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, raw)) = data.split_first() else { return };
    let was_head = choice & 1 == 1;
    let cut = usize::from(choice >> 1) % (raw.len() + 1);
    match (parse(raw, raw.len(), was_head), parse(raw, cut, was_head)) {
        (Ok(Some((one, one_rest))), Ok(Some((two, two_rest)))) => {
            assert_eq!(one_rest, two_rest);
            assert_same(&one, &two);
            assert_promises(&one, was_head);
            let written = write(&one);
            let again = parse(&written, usize::MAX, was_head).expect("what was accepted is accepted when written again");
            assert!(again.is_some_and(|(again, _)| again.fields().eq(one.fields()) && again.body() == one.body()));
        }
        (Ok(None), Ok(None)) => {}
        (Err(one), Err(two)) => assert_eq!(one, two, "the error depends on the cut"),
        _ => panic!("the outcome depends on the cut"),
    }
});

fn parse(raw: &[u8], cut: usize, was_head: bool) -> Result<Option<(ResponseHead, Vec<u8>)>, HeadError> {
    let limits = HeadLimits { head_bytes: 65_536, fields: 200 };
    let cut = cut.min(raw.len());
    let mut head = ResponseHead::new();
    let mut input = raw[..cut].to_vec();
    if head.parse(&mut input, &limits, was_head)? {
        input.extend_from_slice(&raw[cut..]);
        return Ok(Some((head, input)));
    }
    input.extend_from_slice(&raw[cut..]);
    Ok(head.parse(&mut input, &limits, was_head)?.then_some((head, input)))
}

fn assert_same(one: &ResponseHead, two: &ResponseHead) {
    assert_eq!((one.status(), one.reason(), one.version()), (two.status(), two.reason(), two.version()));
    assert_eq!((one.body(), one.keep_alive()), (two.body(), two.keep_alive()));
    assert!(one.fields().eq(two.fields()));
}

fn assert_promises(head: &ResponseHead, was_head: bool) {
    let count = |known| head.fields().filter(|field| field.known == known).count();
    assert!((100..=999).contains(&head.status()));
    assert!(count(Known::ContentLength) + count(Known::TransferEncoding) <= 1);
    if was_head || head.is_interim() || matches!(head.status(), 204 | 304) {
        assert_eq!(head.body(), BodyLength::None);
    }
    assert!(!(head.body() == BodyLength::UntilClose && head.keep_alive()));
}

fn write(head: &ResponseHead) -> Vec<u8> {
    let mut out = Vec::new();
    encode::status_line_with(&mut out, head.version(), head.status(), head.reason());
    for field in head.fields() {
        encode::field(&mut out, field.name, field.value);
    }
    encode::end_of_head(&mut out);
    out
}
