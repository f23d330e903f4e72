//! The grammar of `Host` and of the authority in an absolute-form target: a host and an optional port, nothing else.

use std::net::Ipv6Addr;

use crate::grammar::{UNRESERVED, is};

/// A host as sent and its port; `None` for no port or an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    pub(crate) host: &'a [u8],
    pub(crate) port: Option<u16>,
}

/// Parses `host [":" port]`, or `None` if it is malformed.
///
/// A host is an IPv6 literal in brackets or unreserved characters: RFC 3986's reg-name also has sub-delimiters and
/// percent-encoding, which no name in DNS needs and which parsers disagree about.
pub(crate) fn parse(bytes: &[u8]) -> Option<Authority<'_>> {
    let host_bytes = match bytes.first()? {
        b'[' => ipv6_literal_bytes(bytes)?,
        _ => bytes.iter().take_while(|&&byte| is(byte, UNRESERVED)).count(),
    };
    if host_bytes == 0 {
        return None;
    }
    let (host, rest) = bytes.split_at(host_bytes);
    let port = match rest {
        [] | [b':'] => None,
        [b':', digits @ ..] => Some(port(digits)?),
        _ => return None,
    };
    Some(Authority { host, port })
}

fn ipv6_literal_bytes(bytes: &[u8]) -> Option<usize> {
    let close = memchr::memchr(b']', bytes)?;
    let address = std::str::from_utf8(&bytes[1..close]).ok()?;
    address.parse::<Ipv6Addr>().ok()?;
    Some(close + 1)
}

fn port(digits: &[u8]) -> Option<u16> {
    if digits.len() > 5 {
        return None;
    }
    let mut port = 0u32;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        port = port * 10 + u32::from(digit - b'0');
    }
    u16::try_from(port).ok()
}

/// Whether two authorities name the same origin, a missing port being the scheme's default.
pub(crate) fn same(left: Authority<'_>, right: Authority<'_>, default_port: u16) -> bool {
    left.host.eq_ignore_ascii_case(right.host)
        && left.port.unwrap_or(default_port) == right.port.unwrap_or(default_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_port() {
        for (input, host, port) in [
            ("a", "a", None),
            ("a.b-c_d~:", "a.b-c_d~", None),
            ("a:0", "a", Some(0)),
            ("a:00080", "a", Some(80)),
            ("127.0.0.1:65535", "127.0.0.1", Some(65535)),
            ("[::1]", "[::1]", None),
            ("[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]", Some(80)),
        ] {
            let authority = parse(input.as_bytes()).expect(input);
            assert_eq!((authority.host, authority.port), (host.as_bytes(), port), "{input}");
        }
    }

    #[test]
    fn malformed_authorities() {
        for input in [
            "",
            ":80",
            "a b",
            "a/",
            "a?",
            "a#",
            "a@b",
            "a,b",
            "a:b",
            "a:1:2",
            "a:65536",
            "a:000080",
            "a:+80",
            "a:-1",
            "%2f",
            "a%20",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:x",
            "[]",
            "[a]",
            "[::1%25eth0]",
            "[v1.a]",
            "[::1]]",
            "a\u{e9}",
            "a;b",
        ] {
            assert_eq!(parse(input.as_bytes()), None, "{input}");
        }
    }

    #[test]
    fn origins_compare_without_case_and_with_default_port() {
        let left = parse(b"Example.test:80").expect("valid");
        let right = parse(b"example.TEST").expect("valid");
        assert!(same(left, right, 80));
        assert!(!same(left, right, 443));
    }
}
