//! The headers of an event of payload 2.0: lower-case names, values of one name joined, cookies apart (facts 97 and H14).

use stagegate_http1::{Field, Known, encode};

use crate::accept::Arrival;
use crate::integrate::lambda::pairs::{Groups, Pairs};
use crate::observe::{W3cFields, asks_why};

/// Whether the header `cookie` is among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookies {
    /// It has a place of its own.
    Apart,
    /// It is there as well (fact H46a).
    AsHeader,
}

/// The client's headers, and those that the gateway writes itself; `trace` is what the event shows of the trace, `w3c` its headers that
/// replace the client's.
///
/// `length` is what Content-Length says where the client did not say it.
pub(super) fn headers<'r>(
    arrival: &Arrival<'r>,
    (trace, w3c): (&'r [u8], Option<&'r W3cFields<'r>>),
    cookies: Cookies,
    length: Option<usize>,
) -> Groups<'r> {
    let head = arrival.head;
    let is_nominated = |field: &Field<'_>| head.has_nominations() && head.is_nominated(field.name);
    let mut pairs = Pairs::default();
    let is_ours = |field: &Field<'_>| w3c.is_some() && W3cFields::replace(field.known);
    for field in head.fields().filter(|field| is_shown(field, cookies) && !is_nominated(field) && !is_ours(field)) {
        pairs.push(field.name.to_ascii_lowercase(), field.value);
    }
    let (mut chain, mut port) = (Vec::new(), Vec::new());
    arrival.write_forwarded_for(&mut chain);
    encode::decimal(&mut port, u64::from(arrival.port));
    if let Some(length) = length.filter(|_| head.find(Known::ContentLength).is_none()) {
        pairs.push(&b"content-length"[..], length.to_string().into_bytes());
    }
    pairs.push(&b"x-amzn-trace-id"[..], trace);
    pairs.push(&b"x-forwarded-for"[..], chain);
    pairs.push(&b"x-forwarded-port"[..], port);
    pairs.push(&b"x-forwarded-proto"[..], arrival.scheme().as_bytes());
    for (name, value) in w3c.into_iter().flat_map(W3cFields::iter) {
        pairs.push(name, value);
    }
    pairs.into_headers()
}

/// The cookies, each by itself.
pub(super) fn cookies<'r>(arrival: &Arrival<'r>) -> impl Iterator<Item = &'r [u8]> {
    let fields = arrival.head.fields().filter(|field| field.known == Known::Cookie);
    let cookies = fields.flat_map(|field| field.value.split(|byte| *byte == b';'));
    cookies.map(<[u8]>::trim_ascii).filter(|cookie| !cookie.is_empty())
}

/// Whether a header of the client's is shown: what concerned the connection alone is not passed on (RFC 9110 §7.6.1), cookies
/// have a place of their own, and the gateway writes some anew.
fn is_shown(field: &Field<'_>, cookies: Cookies) -> bool {
    if field.known == Known::Cookie {
        return cookies == Cookies::AsHeader;
    }
    let is_hidden = matches!(
        field.known,
        Known::Connection
            | Known::Expect
            | Known::Http2Settings
            | Known::KeepAlive
            | Known::ProxyAuthorization
            | Known::ProxyConnection
            | Known::Te
            | Known::Trailer
            | Known::TransferEncoding
            | Known::Upgrade
            | Known::XAmznTraceId
            | Known::XForwardedFor
            | Known::XForwardedPort
            | Known::XForwardedProto
    );
    !is_hidden && !asks_why(field.name)
}
