//! Request heads, row by row: what is accepted and what it means, what is refused and with which status.

use stagegate_http1::{BodyLength, Field, HeadError, HeadLimits, Known, RequestHead, Version};

fn parse(raw: &[u8]) -> Result<RequestHead, HeadError> {
    let mut head = RequestHead::new();
    let mut input = raw.to_vec();
    let complete = head.parse(&mut input, &HeadLimits::default())?;
    assert!(complete, "incomplete: {}", String::from_utf8_lossy(raw));
    Ok(head)
}

/// A request with this request line or these fields.
fn with(line: &str, fields: &str) -> Vec<u8> {
    format!("{line}\r\nHost: a.test\r\n{fields}\r\n").into_bytes()
}

#[test]
fn an_accepted_head_keeps_what_was_sent() {
    let raw = b"POST /p/%20x?a=1&a=2 HTTP/1.1\r\nHOST: a.test:8080\r\nX-One: \t 1 \t\r\nx-one:2\r\nX-Empty:\r\n\
        Connection: X-One, close\r\nContent-Length: 3\r\n\r\n";
    let mut input = [&raw[..], b"abcGET /"].concat();
    let mut head = RequestHead::new();
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(true));
    assert_eq!(input, b"abcGET /", "what is behind the head stays");
    assert_eq!(head.raw(), raw);
    assert_eq!(head.head_bytes(), raw.len());
    assert_eq!(head.method(), b"POST");
    assert_eq!(head.target(), b"/p/%20x?a=1&a=2");
    assert_eq!(head.path(), b"/p/%20x");
    assert_eq!(head.query(), Some(&b"a=1&a=2"[..]));
    assert_eq!(head.host(), b"a.test:8080");
    assert_eq!(head.version(), Version::Http11);
    assert_eq!(head.body(), BodyLength::Length(3));
    assert!(!head.keep_alive());
    assert!(head.has_nominations() && head.is_nominated(b"x-ONE") && !head.is_nominated(b"x-two"));
    let fields: Vec<Field<'_>> = head.fields().collect();
    let names: Vec<&[u8]> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names, [&b"HOST"[..], b"X-One", b"x-one", b"X-Empty", b"Connection", b"Content-Length"]);
    assert_eq!((fields[1].value, fields[2].value, fields[3].value), (&b"1"[..], &b"2"[..], &b""[..]));
    assert_eq!(head.find(Known::Host).map(|field| field.value), Some(&b"a.test:8080"[..]));
    assert_eq!(head.find_name(b"X-ONE").map(|field| field.value), Some(&b"1"[..]));
    assert_eq!((head.find(Known::Via), head.find_name(b"via"), head.field_count()), (None, None, 6));
}

#[test]
fn a_head_is_used_again_for_the_next_request() {
    let mut input = b"GET /one HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\nPUT /two?q HTTP/1.0\r\nHost: b\r\n\r\n".to_vec();
    let mut head = RequestHead::new();
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(true));
    assert_eq!((head.method(), head.target(), head.field_count()), (&b"GET"[..], &b"/one"[..], 2));
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(true));
    assert_eq!((head.method(), head.target(), head.host()), (&b"PUT"[..], &b"/two?q"[..], &b"b"[..]));
    assert_eq!((head.version(), head.field_count(), input.len()), (Version::Http10, 1, 0));
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(false));
    assert_eq!((head.method(), head.fields().count()), (&b""[..], 0), "nothing of the last request is left");
}

#[test]
fn accessors_of_a_half_parsed_head_are_empty() {
    let mut head = RequestHead::new();
    let mut input = b"GET /one?q HTTP/1.1\r\nHost: a\r\nX: 1\r\nY".to_vec();
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(false));
    assert_eq!(
        (head.method(), head.target(), head.host(), head.query()),
        (&b""[..], &b""[..], &b""[..], Some(&b""[..]))
    );
    assert!(head.fields().all(|field| field.name.is_empty() && field.value.is_empty()));
}

#[test]
fn steady_state_does_not_allocate() {
    let raw = with("GET / HTTP/1.1", "X: 1\r\n");
    let mut head = RequestHead::new();
    let mut input = Vec::with_capacity(256);
    let mut capacities = Vec::new();
    for _ in 0..6 {
        input.extend_from_slice(&raw);
        assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(true));
        capacities.push(input.capacity());
    }
    assert_eq!(capacities[2..4], capacities[4..6], "two buffers change places and neither grows");
}

#[test]
fn absolute_form_becomes_origin_form() {
    for (target, host, expected) in [
        ("http://a.test/x?y", "a.test", "/x?y"),
        ("HTTP://A.TEST:80/", "a.test", "/"),
        ("https://a.test/", "a.test:443", "/"),
        ("http://a.test", "a.test", "/"),
        ("http://a.test?y", "a.test", "/?y"),
        ("http://[::1]:8080/x", "[::1]:8080", "/x"),
        ("http://a.test:/x", "a.test", "/x"),
    ] {
        let head = parse(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).expect(target);
        assert_eq!(head.target(), expected.as_bytes(), "{target}");
        assert_eq!(head.host(), host.as_bytes(), "{target}");
    }
    let head = parse(b"OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").expect("the server itself");
    assert_eq!((head.target(), head.path(), head.query()), (&b"*"[..], &b"*"[..], None));
}

#[test]
fn body_and_persistence_follow_the_fields() {
    use BodyLength::{Chunked, Length, None};
    for (version, fields, body, keep_alive, expects) in [
        ("1.1", "", None, true, false),
        ("1.0", "", None, false, false),
        ("1.9", "", None, true, false),
        ("1.0", "Connection: Keep-Alive\r\n", None, true, false),
        ("1.0", "Connection: keep-alive, close\r\n", None, false, false),
        ("1.1", "Connection: CLOSE\r\n", None, false, false),
        ("1.1", "Connection: foo\r\nConnection: close\r\n", None, false, false),
        ("1.1", "Connection:\r\n", None, true, false),
        ("1.1", "Content-Length: 0\r\n", Length(0), true, false),
        ("1.1", "Content-Length: 0005\r\n", Length(5), true, false),
        ("1.1", "Content-Length: 9999999999999999999\r\n", Length(9_999_999_999_999_999_999), true, false),
        ("1.1", "Transfer-Encoding: Chunked \r\n", Chunked, true, false),
        ("1.1", "Expect: 100-Continue\r\nContent-Length: 1\r\n", Length(1), true, true),
        ("1.1", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", Chunked, true, true),
        ("1.1", "Expect: 100-continue\r\n", None, true, false),
        ("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", Length(0), true, false),
        ("1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n", Length(1), false, false),
    ] {
        let head = parse(&with(&format!("POST / HTTP/{version}"), fields)).expect(fields);
        assert_eq!((head.body(), head.keep_alive(), head.expects_continue()), (body, keep_alive, expects), "{fields}");
    }
}

#[test]
fn malformed_request_lines() {
    use HeadError as E;
    let long_method = format!("{} / HTTP/1.1", "A".repeat(33));
    for (line, error, status) in [
        (long_method.as_str(), E::MethodTooLong, 501),
        ("get / HTTP/1.1", E::MethodUnknown, 501),
        ("TRACE / HTTP/1.1", E::Trace, 405),
        ("CONNECT a:1 HTTP/1.1", E::Connect, 501),
        ("G(T / HTTP/1.1", E::Method, 400),
        (" / HTTP/1.1", E::Method, 400),
        ("GET  / HTTP/1.1", E::Target, 400),
        ("GET * HTTP/1.1", E::Target, 400),
        ("OPTIONS */ HTTP/1.1", E::Target, 400),
        ("GET /a#b HTTP/1.1", E::Target, 400),
        ("GET /a[b] HTTP/1.1", E::Target, 400),
        ("GET /{a} HTTP/1.1", E::Target, 400),
        ("GET /", E::RequestLine, 400),
        ("GET / ", E::RequestLine, 400),
        ("GET /  HTTP/1.1", E::RequestLine, 400),
        ("GET / HTTP/1.1 ", E::RequestLine, 400),
        ("GET / http/1.1", E::RequestLine, 400),
        ("GET / HTTP/1.", E::RequestLine, 400),
        ("GET / HTTP/1.10", E::RequestLine, 400),
        ("GET / HTTP/1,1", E::RequestLine, 400),
        ("GET / HTTP/2.0", E::Version, 505),
        ("GET / HTTP/0.9", E::Version, 505),
        ("GET /../a HTTP/1.1", E::DotSegment, 400),
        ("GET /%zz HTTP/1.1", E::PercentEncoding, 400),
        ("GET ftp://a.test/ HTTP/1.1", E::Target, 400),
        ("GET http://b.test/ HTTP/1.1", E::AbsoluteTarget, 400),
        ("GET http://a.test:81/ HTTP/1.1", E::AbsoluteTarget, 400),
        ("GET http://a.test@a.test/ HTTP/1.1", E::AbsoluteTarget, 400),
    ] {
        let refused = parse(&with(line, "")).expect_err(line);
        assert_eq!((refused, refused.status()), (error, status), "{line}");
    }
}

#[test]
fn malformed_fields() {
    use HeadError as E;
    for (fields, error, status) in [
        ("X : 1\r\n", E::WhitespaceBeforeColon, 400),
        ("X\t: 1\r\n", E::WhitespaceBeforeColon, 400),
        (": 1\r\n", E::FieldName, 400),
        ("X\r\n", E::FieldName, 400),
        ("X\n", E::BareLf, 400),
        ("X(: 1\r\n", E::FieldName, 400),
        ("X: 1\r\n 2\r\n", E::ObsFold, 400),
        ("X: 1\n", E::BareLf, 400),
        ("X: 1\rY: 2\r\n", E::BareCr, 400),
        ("X: \0\r\n", E::FieldValue, 400),
        ("X: \x7f\r\n", E::FieldValue, 400),
        ("X: \x1b\r\n", E::FieldValue, 400),
        ("\n", E::BareLf, 400),
        ("\rX", E::BareCr, 400),
        ("Host: a.test\r\n", E::HostRepeated, 400),
        ("Content-Length: 1\r\nContent-Length: 1\r\n", E::ContentLengthRepeated, 400),
        ("Content-Length: 1, 1\r\n", E::ContentLength, 400),
        ("Content-Length: 10000000000000000000\r\n", E::ContentLength, 400),
        ("Content-Length: -1\r\n", E::ContentLength, 400),
        ("Content-Length:\r\n", E::ContentLength, 400),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", E::FramingConflict, 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", E::FramingConflict, 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", E::TransferEncoding, 400),
        ("Transfer-Encoding: gzip, chunked\r\n", E::TransferEncoding, 400),
        ("Transfer-Encoding: identity\r\n", E::TransferEncoding, 400),
        ("Transfer-Encoding:\r\n", E::TransferEncoding, 400),
        ("Content_Length: 1\r\n", E::FramingLookAlike, 400),
        ("transfer_encoding: chunked\r\n", E::FramingLookAlike, 400),
        ("Connection: a b\r\n", E::Connection, 400),
        ("Expect: 200-maybe\r\n", E::Expectation, 417),
        ("Expect: 100-continue, x\r\n", E::Expectation, 417),
    ] {
        let refused = parse(&with("GET / HTTP/1.1", fields)).expect_err(fields);
        assert_eq!((refused, refused.status()), (error, status), "{fields:?}");
    }
}

#[test]
fn connection_options_are_bounded() {
    for (options, refused) in [(256, None), (257, Some(HeadError::Connection))] {
        let fields = format!("Connection: {}\r\n", vec!["x"; options].join(","));
        assert_eq!(parse(&with("GET / HTTP/1.1", &fields)).err(), refused, "{options}");
    }
}

#[test]
fn every_head_needs_one_valid_host() {
    use HeadError as E;
    for (raw, error) in [
        ("GET / HTTP/1.1\r\n\r\n", E::HostMissing),
        ("GET / HTTP/1.0\r\n\r\n", E::HostMissing),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", E::Host),
        ("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", E::Host),
        ("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", E::TransferEncodingHttp10),
    ] {
        assert_eq!(parse(raw.as_bytes()).expect_err(raw), error, "{raw}");
    }
}

#[test]
fn one_empty_line_in_front_is_tolerated() {
    let head = parse(b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("RFC 9112 section 2.2");
    assert_eq!((head.method(), head.target()), (&b"GET"[..], &b"/"[..]));
    for (raw, error) in [
        (&b"\r\n\r\nG"[..], HeadError::LeadingLineEnd),
        (b"\n", HeadError::LeadingLineEnd),
        (b"\r\n\n", HeadError::LeadingLineEnd),
        (b"\rG", HeadError::BareCr),
    ] {
        assert_eq!(parse(raw).expect_err("more than one"), error);
    }
}

#[test]
fn errors_come_with_the_byte_that_makes_them() {
    for prefix in [
        &b"\x16"[..],
        b"\0",
        b"GE(",
        b"g",
        b"GET x",
        b"GET /\r",
        b"GET / X",
        b"GET / HTTP/2.0\r",
        b"GET / HTTP/1.1\r\n ",
        b"GET / HTTP/1.1\r\nHost: a\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\x01",
    ] {
        let shorter = &prefix[..prefix.len() - 1];
        let mut head = RequestHead::new();
        assert_eq!(head.parse(&mut shorter.to_vec(), &HeadLimits::default()), Ok(false), "{shorter:?}");
        assert!(head.parse(&mut prefix.to_vec(), &HeadLimits::default()).is_err(), "{prefix:?}");
    }
}

#[test]
fn limits_hold_to_the_byte_and_the_field() {
    let line = "GET / HTTP/1.1";
    let fixed = with(line, "X: \r\n").len();
    let exact = with(line, &format!("X: {}\r\n", "v".repeat(10_240 - fixed)));
    assert_eq!(exact.len(), 10_240);
    assert!(parse(&exact).is_ok());
    let over = with(line, &format!("X: {}\r\n", "v".repeat(10_241 - fixed)));
    assert_eq!(parse(&over).expect_err("one byte more").status(), 431);
    assert!(parse(&with(line, &"X: 1\r\n".repeat(99))).is_ok(), "100 fields with Host");
    assert_eq!(parse(&with(line, &"X: 1\r\n".repeat(100))).expect_err("101"), HeadError::TooManyFields);
    let target = format!("GET /{} HTTP/1.1", "a".repeat(10_240));
    assert_eq!(parse(&with(&target, "")).expect_err("the line alone is longer").status(), 414);
}

#[test]
fn a_head_that_cannot_end_within_the_limit_fails_without_its_end() {
    let mut head = RequestHead::new();
    let mut input = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    input.resize(10_239, b'v');
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Ok(false));
    input.push(b'v');
    assert_eq!(head.parse(&mut input, &HeadLimits::default()), Err(HeadError::HeadTooLarge));
}
