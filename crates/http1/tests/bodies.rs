//! Bodies under every framing, row by row: content, end, and what is refused.

use stagegate_http1::{BodyDecoder, BodyError, BodyLength, ChunkLimits};

/// The content of a body and what is left behind it, decoded as far as `input` goes.
fn read(length: BodyLength, limits: &ChunkLimits, input: &[u8]) -> Result<(Vec<u8>, usize, bool), BodyError> {
    let mut body = BodyDecoder::new(length, limits);
    let mut content = Vec::new();
    let mut rest = input;
    while !body.is_done() {
        let decoded = body.decode(rest)?;
        content.extend_from_slice(&rest[decoded.data.clone()]);
        assert!(decoded.data.end <= decoded.consumed);
        rest = &rest[decoded.consumed..];
        if decoded.consumed == 0 {
            break;
        }
    }
    Ok((content, rest.len(), body.is_done()))
}

fn chunked(input: &str) -> Result<(Vec<u8>, usize, bool), BodyError> {
    read(BodyLength::Chunked, &ChunkLimits::default(), input.as_bytes())
}

#[test]
fn a_length_is_held_to_the_byte() {
    let limits = ChunkLimits::default();
    for (length, input, content, rest, done) in [
        (BodyLength::None, "next", "", 4, true),
        (BodyLength::Length(0), "next", "", 4, true),
        (BodyLength::Length(3), "abcnext", "abc", 4, true),
        (BodyLength::Length(3), "ab", "ab", 0, false),
        (BodyLength::UntilClose, "abc", "abc", 0, false),
    ] {
        let expected = Ok((content.as_bytes().to_vec(), rest, done));
        assert_eq!(read(length, &limits, input.as_bytes()), expected, "{length:?}");
    }
}

#[test]
fn chunks_are_joined_and_extensions_and_trailers_dropped() {
    for (input, content) in [
        ("0\r\n\r\n", ""),
        ("3\r\nabc\r\n0\r\n\r\n", "abc"),
        ("1\r\na\r\n2\r\nbc\r\n000\r\n\r\n", "abc"),
        (
            "00000000000000aA\r\n01234567890123456789012345678901234567890123456789012345678901234567890123456789\
          01234567890123456789012345678901234567890123456789012345678901234567890123456789\
          0123456789\r\n0\r\n\r\n",
            &"0123456789".repeat(17),
        ),
        ("3;a\r\nabc\r\n0;b=c\r\n\r\n", "abc"),
        ("3 ; a = \"x;\\\"y\" ;b\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3;a=\"\u{e9}\t\"\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3\r\nabc\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n", "abc"),
    ] {
        let next = format!("{input}GET /");
        assert_eq!(chunked(&next), Ok((content.as_bytes().to_vec(), 5, true)), "{input}");
    }
}

#[test]
fn malformed_chunks() {
    use BodyError as E;
    for (input, error) in [
        ("\r\n", E::ChunkSize),
        ("g\r\n", E::ChunkSize),
        ("0x3\r\n", E::ChunkSize),
        ("+3\r\n", E::ChunkSize),
        ("-3\r\n", E::ChunkSize),
        (" 3\r\n", E::ChunkSize),
        (";a\r\n", E::ChunkSize),
        ("3\nabc", E::ChunkSize),
        ("3\rabc", E::ChunkSize),
        ("3\r\r\n", E::ChunkSize),
        ("00000000000000003\r\n", E::ChunkSize),
        ("3 \r\nabc", E::ChunkExtension),
        ("3\t\r\nabc", E::ChunkExtension),
        ("3;\r\nabc", E::ChunkExtension),
        ("3;a=\r\nabc", E::ChunkExtension),
        ("3;=b\r\nabc", E::ChunkExtension),
        ("3;a b\r\nabc", E::ChunkExtension),
        ("3;a=b c\r\nabc", E::ChunkExtension),
        ("3;a=\"b\"c\r\nabc", E::ChunkExtension),
        ("3;a=\"b\r\nc\"\r\n", E::ChunkExtension),
        ("3;a=\"b\0\"\r\n", E::ChunkExtension),
        ("3;a=\"b\\\r\n", E::ChunkExtension),
        ("3;a\nabc", E::ChunkExtension),
        ("3;a \r\nabc", E::ChunkExtension),
        ("3;a\rb", E::ChunkSize),
        ("3\r\nabcd", E::ChunkEnd),
        ("3\r\nabc\n", E::ChunkEnd),
        ("3\r\nabc\rx", E::ChunkEnd),
        ("0\r\n X: 1\r\n", E::Trailer),
        ("0\r\nX: 1\r\n 2\r\n", E::Trailer),
        ("0\r\nGET / HTTP/1.1\r\n", E::Trailer),
        ("0\r\n: 1\r\n", E::Trailer),
        ("0\r\nX : 1\r\n", E::Trailer),
        ("0\r\nX: 1\n", E::Trailer),
        ("0\r\nX: \0\r\n", E::Trailer),
        ("0\r\nX: 1\rY", E::Trailer),
        ("0\r\n\n", E::Trailer),
        ("0\r\n\rX", E::Trailer),
    ] {
        let refused = chunked(input).expect_err(input);
        assert_eq!((refused, refused.status()), (error, 400), "{input:?}");
    }
}

#[test]
fn sizes_do_not_wrap() {
    assert_eq!(chunked("ffffffffffffffff\r\nab"), Ok((b"ab".to_vec(), 0, false)));
    let limits = ChunkLimits { body_bytes: u64::MAX - 1, ..ChunkLimits::default() };
    assert_eq!(read(BodyLength::Chunked, &limits, b"ffffffffffffffff\r\n"), Err(BodyError::TooLarge));
    assert_eq!(chunked("10000000000000003\r\nabc"), Err(BodyError::ChunkSize));
}

#[test]
fn limits_hold_to_the_byte() {
    let limits = ChunkLimits { line_bytes: 12, extension_bytes_total: 8, trailer_bytes: 9, body_bytes: 4 };
    let run = |input: &str| read(BodyLength::Chunked, &limits, input.as_bytes()).map(|(_, _, done)| done);
    for (input, expected) in [
        ("1;abcdefg\r\na\r\n0\r\n\r\n", Ok(true)),
        ("1;abcdefgh\r\na\r\n0\r\n\r\n", Err(BodyError::ChunkExtensionsTooLong)),
        ("000001;ab\r\na\r\n0\r\n\r\n", Ok(true)),
        ("0000001;abc\r\na\r\n0\r\n\r\n", Err(BodyError::ChunkLineTooLong)),
        ("00000000001\r\na\r\n", Err(BodyError::ChunkLineTooLong)),
        ("1;abc\r\na\r\n1;abc\r\na\r\n0\r\n\r\n", Ok(true)),
        ("1;abc\r\na\r\n1;abcd\r\na\r\n0\r\n\r\n", Err(BodyError::ChunkExtensionsTooLong)),
        ("0\r\nX: 1234\r\n\r\n", Ok(true)),
        ("0\r\nX: 12345\r\n\r\n", Err(BodyError::TrailersTooLarge)),
        ("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", Ok(true)),
        ("2\r\nab\r\n3\r\n", Err(BodyError::TooLarge)),
    ] {
        assert_eq!(run(input), expected, "{input:?}");
    }
    assert_eq!(read(BodyLength::Length(5), &limits, b""), Err(BodyError::TooLarge), "announced is enough");
    assert_eq!(read(BodyLength::UntilClose, &limits, b"abcde"), Err(BodyError::TooLarge));
    assert_eq!((BodyError::TooLarge.status(), BodyError::TrailersTooLarge.status()), (413, 431));
}

#[test]
fn a_closed_peer_ends_only_what_has_no_other_end() {
    let limits = ChunkLimits::default();
    for (length, expected) in [
        (BodyLength::None, Ok(())),
        (BodyLength::UntilClose, Ok(())),
        (BodyLength::Length(1), Err(BodyError::Incomplete)),
        (BodyLength::Chunked, Err(BodyError::Incomplete)),
    ] {
        let mut decoder = BodyDecoder::new(length, &limits);
        assert_eq!(decoder.at_eof(), expected, "{length:?}");
        assert_eq!(decoder.is_done(), expected.is_ok());
    }
}
