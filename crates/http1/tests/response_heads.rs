//! Response heads, row by row: what a back end may say, and what would shift the borders of its messages.

use stagegate_http1::{BodyLength, HeadError, HeadLimits, Known, ResponseHead, Version};

fn parse(raw: &str, request_was_head: bool) -> Result<ResponseHead, HeadError> {
    let mut head = ResponseHead::new();
    let mut input = raw.as_bytes().to_vec();
    let complete = head.parse(&mut input, &HeadLimits::default(), request_was_head)?;
    assert!(complete, "incomplete: {raw}");
    Ok(head)
}

#[test]
fn an_accepted_head_keeps_what_was_sent() {
    let mut input =
        b"HTTP/1.1 404 Nicht da\r\nServer: x\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nhi".to_vec();
    let mut head = ResponseHead::new();
    assert_eq!(head.parse(&mut input, &HeadLimits::default(), false), Ok(true));
    assert_eq!(input, b"hi");
    assert_eq!((head.status(), head.reason(), head.version()), (404, &b"Nicht da"[..], Version::Http11));
    assert_eq!((head.body(), head.keep_alive(), head.field_count()), (BodyLength::Length(2), true, 4));
    assert_eq!(head.find(Known::SetCookie).map(|field| field.value), Some(&b"a"[..]));
    assert_eq!(head.fields().filter(|field| field.known == Known::SetCookie).count(), 2);
    assert!(head.raw().ends_with(b"\r\n\r\n"));
}

#[test]
fn body_and_persistence_follow_status_fields_and_method() {
    use BodyLength::{Chunked, Length, None, UntilClose};
    for (line, fields, was_head, body, keep_alive) in [
        ("1.1 200 OK", "Content-Length: 5\r\n", false, Length(5), true),
        ("1.1 200 OK", "Content-Length: 5\r\n", true, None, true),
        ("1.1 200 OK", "", true, None, true),
        ("1.1 200 OK", "Transfer-Encoding: chunked\r\n", false, Chunked, true),
        ("1.1 200 OK", "", false, UntilClose, false),
        ("1.0 200 OK", "", false, UntilClose, false),
        ("1.0 200 OK", "Content-Length: 1\r\n", false, Length(1), false),
        ("1.0 200 OK", "Content-Length: 1\r\nConnection: keep-alive\r\n", false, Length(1), true),
        ("1.1 200 OK", "Content-Length: 1\r\nConnection: close\r\n", false, Length(1), false),
        ("1.1 204 No Content", "", false, None, true),
        ("1.1 204 No Content", "Content-Length: 0\r\n", false, None, true),
        ("1.1 204 No Content", "Content-Length: 5\r\n", false, None, false),
        ("1.1 204 No Content", "Transfer-Encoding: chunked\r\n", false, None, false),
        ("1.1 304 Not Modified", "Content-Length: 5\r\n", false, None, true),
        ("1.1 100 Continue", "", false, None, true),
        ("1.1 101 Switching Protocols", "Upgrade: x\r\nConnection: upgrade\r\n", false, None, false),
    ] {
        let head = parse(&format!("HTTP/{line}\r\n{fields}\r\n"), was_head).expect(line);
        assert_eq!((head.body(), head.keep_alive()), (body, keep_alive), "{line} {fields} {was_head}");
    }
}

#[test]
fn status_lines_with_and_without_reason() {
    for (raw, reason) in
        [("HTTP/1.1 200 OK\r\n\r\n", "OK"), ("HTTP/1.1 200 \r\n\r\n", ""), ("HTTP/1.1 200\r\n\r\n", "")]
    {
        assert_eq!(parse(raw, false).expect(raw).reason(), reason.as_bytes(), "{raw:?}");
    }
    assert!(parse("HTTP/1.1 103 Early Hints\r\n\r\n", false).expect("interim").is_interim());
    assert!(!parse("HTTP/1.1 101 Switching Protocols\r\n\r\n", false).expect("final").is_interim());
}

#[test]
fn malformed_heads() {
    use HeadError as E;
    for (raw, error) in [
        ("ICY 200 OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1  200 OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 20 OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 099 OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 200-OK\r\n\r\n", E::StatusLine),
        ("HTTP/2.0 200 OK\r\n\r\n", E::Version),
        ("HTTP/1.1 200 O\0K\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 200 OK\n\r\n", E::BareLf),
        ("HTTP/1.1 200\n\r\n", E::BareLf),
        ("HTTP/1.1 200 OK\rX: 1\r\n\r\n", E::BareCr),
        ("HTTP/1.1 200 OK\r\nX: 1\n\r\n", E::BareLf),
        ("HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n\r\n", E::ObsFold),
        ("HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", E::WhitespaceBeforeColon),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", E::ContentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", E::ContentLengthRepeated),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", E::FramingConflict),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", E::TransferEncoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", E::TransferEncoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", E::TransferEncodingHttp10),
    ] {
        assert_eq!(parse(raw, false).expect_err(raw), error, "{raw:?}");
    }
}

#[test]
fn a_request_field_means_nothing_in_a_response() {
    let head = parse("HTTP/1.1 200 OK\r\nHost: \r\nHost: x\r\nExpect: y\r\nContent-Length: 0\r\n\r\n", false);
    assert_eq!(head.expect("ignored").field_count(), 4);
}

#[test]
fn limits_hold() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: 1\r\n".repeat(101));
    assert_eq!(parse(&many, false).expect_err("101 fields"), HeadError::TooManyFields);
    let reason = format!("HTTP/1.1 200 {}", "a".repeat(10_240));
    assert_eq!(parse(&reason, false).expect_err("endless reason"), HeadError::HeadTooLarge);
}
