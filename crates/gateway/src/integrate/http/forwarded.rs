//! How a back end is told for whom it is called: `X-Forwarded-*` (fact 38), or `Forwarded` and `Via` (fact 101).

use stagegate_http1::{Known, RequestHead, encode};
use stagegate_plan::Forwarding;

use super::request::Written;
use crate::accept::Arrival;
use crate::observe::write_ip;

/// What `Via` says of the gateway, as AWS writes it.
const PSEUDONYM: &[u8] = b"HTTP/1.1 AmazonAPIGateway";

/// Writes what a plan says.
pub(super) fn write(forwarding: Forwarding, arrival: &Arrival<'_>, written: &Written<'_>, out: &mut Vec<u8>) {
    match forwarding {
        Forwarding::XForwarded => write_x_forwarded(arrival, written, out),
        Forwarding::Forwarded => {
            write_forwarded(arrival, out);
            write_via(arrival.head, out);
        }
    }
}

/// `X-Forwarded-*`: the client's chain with its address appended.
fn write_x_forwarded(arrival: &Arrival<'_>, written: &Written<'_>, out: &mut Vec<u8>) {
    if !written.has(b"X-Forwarded-For") {
        out.extend_from_slice(b"X-Forwarded-For: ");
        arrival.write_forwarded_for(out);
        out.extend_from_slice(b"\r\n");
    }
    if !written.has(b"X-Forwarded-Port") {
        out.extend_from_slice(b"X-Forwarded-Port: ");
        encode::decimal(out, u64::from(arrival.port));
        out.extend_from_slice(b"\r\n");
    }
    if !written.has(b"X-Forwarded-Proto") {
        encode::field(out, b"X-Forwarded-Proto", arrival.scheme().as_bytes());
    }
}

/// `Forwarded` (RFC 7239): the client's own, its `X-Forwarded-*` in this form, and an element of ours at the end, which no client
/// can write: `by` (the address of ours that was called), `for`, `host` and `proto`, in AWS's order.
fn write_forwarded(arrival: &Arrival<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Forwarded: ");
    let values = |known| arrival.head.fields().filter(move |field| field.known == known).map(|field| field.value);
    for value in values(Known::Forwarded).filter(|value| is_closed(value)) {
        out.extend_from_slice(value.trim_ascii());
        out.extend_from_slice(b", ");
    }
    let chain = values(Known::XForwardedFor).flat_map(|value| value.split(|byte| *byte == b','));
    let mut chain = chain.map(<[u8]>::trim_ascii).filter(|node| is_plain(node)).peekable();
    while let Some(node) = chain.next() {
        pair(b"for=", node, out);
        if chain.peek().is_none() {
            for (name, known) in [(&b";host="[..], Known::XForwardedHost), (b";proto=", Known::XForwardedProto)] {
                if let Some(value) = values(known).last().filter(|value| is_plain(value)) {
                    pair(name, value, out);
                }
            }
        }
        out.extend_from_slice(b", ");
    }
    let mut address = Vec::with_capacity(40);
    for (name, ip) in [(&b"by="[..], arrival.local), (b";for=", arrival.peer)] {
        address.clear();
        write_ip(ip, &mut address);
        pair(name, &address, out);
    }
    if is_plain(arrival.head.host()) {
        pair(b";host=", arrival.head.host(), out);
    }
    pair(b";proto=", arrival.scheme().as_bytes(), out);
    out.extend_from_slice(b"\r\n");
}

/// A name with its value, in quotes where it is no token.
fn pair(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    let is_token = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
    let is_address = value.contains(&b':') && !value.starts_with(b"[") && !name.ends_with(b"host=");
    let (start, end): (&[u8], &[u8]) = match (is_token, is_address) {
        (true, _) => (b"", b""),
        // An IPv6 address stands in brackets.
        (false, true) if value.split(|byte| *byte == b':').count() > 2 => (b"\"[", b"]\""),
        (false, _) => (b"\"", b"\""),
    };
    out.extend_from_slice(start);
    out.extend_from_slice(value);
    out.extend_from_slice(end);
}

/// Whether a value can stand in quotes as it is.
fn is_plain(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|byte| byte.is_ascii_graphic() && !b"\"\\,;".contains(byte))
}

/// Whether no quote is open at the end, behind which what follows would not be read.
fn is_closed(value: &[u8]) -> bool {
    !value.contains(&b'\\') && value.split(|byte| *byte == b'"').count() % 2 == 1
}

/// `Via`: the client's chain, and the gateway.
fn write_via(head: &RequestHead, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Via: ");
    for field in head.fields().filter(|field| field.known == Known::Via) {
        out.extend_from_slice(field.value.trim_ascii());
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(PSEUDONYM);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_101_values_are_quoted_where_they_are_no_tokens() {
        for (name, value, expected) in [
            ("for=", "192.0.2.1", "for=192.0.2.1"),
            ("for=", "2001:db8::1", "for=\"[2001:db8::1]\""),
            ("by=", "::1", "by=\"[::1]\""),
            ("for=", "[2001:db8::1]:80", "for=\"[2001:db8::1]:80\""),
            ("for=", "192.0.2.1:80", "for=\"192.0.2.1:80\""),
            (";host=", "a.example", ";host=a.example"),
            (";host=", "a.example:8443", ";host=\"a.example:8443\""),
        ] {
            let mut out = Vec::new();
            pair(name.as_bytes(), value.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn a_client_cannot_swallow_what_follows() {
        for (value, expected) in
            [("for=a", true), ("for=\"a\"", true), ("for=\"", false), ("for=\"a\\\"", false), ("\"\"\"", false)]
        {
            assert_eq!(is_closed(value.as_bytes()), expected, "{value}");
        }
        for (value, expected) in [("a", true), ("", false), ("a b", false), ("a\"", false), ("a;by=b", false)] {
            assert_eq!(is_plain(value.as_bytes()), expected, "{value}");
        }
    }
}
