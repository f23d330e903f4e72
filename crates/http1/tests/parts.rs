//! Heads built from parts that HTTP/2 delivered obey the same rules as parsed ones.

use stagegate_http1::{BodyLength, HeadError, HeadLimits, Known, RequestHead, Scheme};

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn build(authority: &str, target: &str, fields: Pairs<'_>) -> Result<RequestHead, HeadError> {
    let mut head = RequestHead::new();
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let limits = HeadLimits::default();
    head.from_parts(b"GET", Scheme::Http, authority.as_bytes(), target.as_bytes(), fields, &limits)?;
    Ok(head)
}

#[test]
fn parts_read_like_a_parsed_head() {
    let crumbs = [("accept", "*/*"), ("cookie", "a=1"), ("x-one", " 1 "), ("cookie", "b=2"), ("host", "a.test:80")];
    let head = build("a.test", "/x?y", &crumbs).expect("valid");
    assert_eq!((head.method(), head.target(), head.path()), (&b"GET"[..], &b"/x?y"[..], &b"/x"[..]));
    assert_eq!((head.host(), head.query()), (&b"a.test"[..], Some(&b"y"[..])));
    assert_eq!(head.find(Known::Cookie).map(|field| field.value), Some(&b"a=1; b=2"[..]), "RFC 9113 section 8.2.3");
    assert_eq!(head.find_name(b"x-one").map(|field| field.value), Some(&b"1"[..]));
    assert_eq!(head.field_count(), 4);
    assert!(head.keep_alive());
}

#[test]
fn what_is_built_parses_to_the_same() {
    let built = build("a.test", "/x?y", &[("accept", "*/*"), ("content-length", "3")]).expect("valid");
    let mut parsed = RequestHead::new();
    assert_eq!(parsed.parse(&mut built.raw().to_vec(), &HeadLimits::default()), Ok(true));
    assert!(built.fields().eq(parsed.fields()));
    assert_eq!((built.target(), built.body()), (parsed.target(), parsed.body()));
}

#[test]
fn the_stream_says_how_the_body_is_framed() {
    let mut head = build("a", "/", &[]).expect("valid");
    assert_eq!(head.body(), BodyLength::None);
    head.set_body(BodyLength::Chunked);
    assert_eq!(head.body(), BodyLength::Chunked);
    assert_eq!(build("a", "/", &[("content-length", "7")]).expect("valid").body(), BodyLength::Length(7));
}

#[test]
fn malformed_parts() {
    let long = "v".repeat(10_240);
    let rows: [(&str, &str, Pairs<'_>, HeadError); 17] = [
        ("", "/", &[], HeadError::HostMissing),
        ("a b", "/", &[], HeadError::Host),
        ("u@a", "/", &[], HeadError::Host),
        ("a", "", &[], HeadError::Target),
        ("a", "x", &[], HeadError::Target),
        ("a", "/ x", &[], HeadError::Target),
        ("a", "http://a/", &[], HeadError::Target),
        ("a", "/..", &[], HeadError::DotSegment),
        ("a", "/", &[("host", "b")], HeadError::HostRepeated),
        ("a", "/", &[("connection", "close")], HeadError::ConnectionSpecific),
        ("a", "/", &[("transfer-encoding", "chunked")], HeadError::ConnectionSpecific),
        ("a", "/", &[("te", "gzip")], HeadError::ConnectionSpecific),
        ("a", "/", &[("a b", "1")], HeadError::FieldName),
        ("a", "/", &[("x", "a\r\nb: c")], HeadError::FieldValue),
        ("a", "/", &[("content_length", "1")], HeadError::FramingLookAlike),
        ("a", "/", &[("x", &long)], HeadError::HeadTooLarge),
        ("a", "/", &[("cookie", &long), ("cookie", "a")], HeadError::HeadTooLarge),
    ];
    for (authority, target, fields, error) in rows {
        assert_eq!(build(authority, target, fields).expect_err(target), error, "{authority} {target}");
    }
    let many = vec![("x", "1"); 100];
    assert_eq!(build("a", "/", &many).expect_err("Host makes 101"), HeadError::TooManyFields);
}

fn simulate(target: &str, fields: Pairs<'_>) -> Result<RequestHead, HeadError> {
    let mut head = RequestHead::new();
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    head.simulate(b"POST", b"prefix.domain", target.as_bytes(), fields, &HeadLimits::default())?;
    Ok(head)
}

#[test]
fn a_simulated_request_has_a_host_and_no_field_that_says_so() {
    let head = simulate("/x?y=1", &[("Cookie", "a=1"), ("X-A", " 1 "), ("Cookie", "b=2")]).expect("valid");
    assert_eq!((head.method(), head.host()), (&b"POST"[..], &b"prefix.domain"[..]));
    assert_eq!((head.target(), head.path(), head.query()), (&b"/x?y=1"[..], &b"/x"[..], Some(&b"y=1"[..])));
    let fields: Vec<_> = head.fields().map(|field| (field.name, field.value)).collect();
    assert_eq!(fields, [(&b"Cookie"[..], &b"a=1"[..]), (b"X-A", b"1"), (b"Cookie", b"b=2")]);
    let named = simulate("/", &[("Host", "other.test")]).expect("valid");
    assert_eq!((named.host(), named.field_count()), (&b"other.test"[..], 1));
}

#[test]
fn a_simulated_request_is_held_to_the_rules_of_a_head() {
    let rows: [(&str, Pairs<'_>, HeadError); 5] = [
        ("x", &[], HeadError::Target),
        ("/ x", &[], HeadError::Target),
        ("/a/../b", &[], HeadError::DotSegment),
        ("/", &[("X A", "1")], HeadError::FieldName),
        ("/", &[("X-A", "1\r\nX-B: 2")], HeadError::FieldValue),
    ];
    for (target, fields, error) in rows {
        assert_eq!(simulate(target, fields).err(), Some(error), "{target} {fields:?}");
    }
}
