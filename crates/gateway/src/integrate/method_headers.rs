//! The headers of the method request, as events and templates show them.

use std::borrow::Cow;

use stagegate_http1::{Field, Known, encode};

use super::headers::is_dropped_first;
use super::values::Lookup;
use crate::observe::asks_why;

/// A header's name and value.
pub(crate) type Header<'j> = (Cow<'j, [u8]>, Cow<'j, [u8]>);

/// The client's headers in its order, then those that the gateway writes itself; `trace` is left out where it is empty.
pub(crate) fn method_headers<'j>(lookup: Lookup<'j>, trace: &'j [u8]) -> Vec<Header<'j>> {
    let arrival = lookup.routed.addressed.arrival;
    let head = arrival.head;
    let is_nominated = |field: &Field<'_>| head.has_nominations() && head.is_nominated(field.name);
    let client = head.fields().filter(|field| is_shown(field) && !is_nominated(field));
    let mut headers: Vec<Header<'j>> = client.map(|field| (name(&field).into(), field.value.into())).collect();
    if !trace.is_empty() {
        headers.push((b"X-Amzn-Trace-Id"[..].into(), trace.into()));
    }
    let (mut chain, mut port) = (Vec::new(), Vec::new());
    lookup.write_forwarded_for(&mut chain);
    encode::decimal(&mut port, u64::from(arrival.port));
    headers.push((b"X-Forwarded-For"[..].into(), chain.into()));
    headers.push((b"X-Forwarded-Port"[..].into(), port.into()));
    headers.push((b"X-Forwarded-Proto"[..].into(), arrival.scheme().as_bytes().into()));
    headers
}

/// Whether a header of the client's is shown: fact 38's never are, what concerned the connection alone is not passed on
/// (RFC 9110 §7.6.1), and the gateway writes some anew.
fn is_shown(field: &Field<'_>) -> bool {
    let is_hop = matches!(
        field.known,
        Known::KeepAlive | Known::ProxyConnection | Known::ProxyAuthorization | Known::Http2Settings
    );
    let is_written = matches!(
        field.known,
        Known::XAmznTraceId | Known::XForwardedFor | Known::XForwardedPort | Known::XForwardedProto
    );
    !is_hop && !is_written && !asks_why(field.name) && !is_dropped_first(field.known)
}

/// The name of a header as it is shown: the client's spelling, but for the two that AWS writes its own way (fact 46).
fn name<'h>(field: &Field<'h>) -> &'h [u8] {
    match field.known {
        Known::Authorization => b"Authorization",
        Known::UserAgent => b"User-Agent",
        _ => field.name,
    }
}
