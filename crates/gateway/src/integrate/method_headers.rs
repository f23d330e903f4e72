//! The headers of the method request, as events and templates show them.

use std::borrow::Cow;

use stagegate_http1::{Field, Known, encode};

use super::headers::is_dropped_first;
use super::values::Lookup;
use crate::observe::{W3cFields, asks_why, w3c_fields};

/// A header's name and value.
pub(crate) type Header<'j> = (Cow<'j, [u8]>, Cow<'j, [u8]>);

/// The client's headers in its order, then those that the gateway writes itself; `trace` is left out where it is empty.
pub(crate) fn method_headers<'j>(lookup: Lookup<'j>, trace: &'j [u8]) -> Vec<Header<'j>> {
    let arrival = lookup.routed.addressed.arrival;
    let head = arrival.head;
    let is_nominated = |field: &Field<'_>| head.has_nominations() && head.is_nominated(field.name);
    let own = w3c_fields(lookup.core, arrival, lookup.notes);
    let is_ours = |field: &Field<'_>| own.is_some() && W3cFields::replace(field.known);
    let client = head.fields().filter(|field| is_shown(field) && !is_nominated(field) && !is_ours(field));
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
    headers.extend(own.iter().flat_map(W3cFields::iter).map(|(name, value)| (name.into(), value.to_vec().into())));
    headers
}

/// Whether a header of the client's is shown.
fn is_shown(field: &Field<'_>) -> bool {
    is_passed_on(field) && !is_rewritten(field.known)
}

/// Whether a header is for more than the gateway: fact 38's are not, nor is what concerned the connection alone (RFC 9110 §7.6.1).
pub(crate) fn is_passed_on(field: &Field<'_>) -> bool {
    let is_hop = matches!(
        field.known,
        Known::KeepAlive | Known::ProxyConnection | Known::ProxyAuthorization | Known::Http2Settings
    );
    !is_hop && !asks_why(field.name) && !is_dropped_first(field.known)
}

/// Whether the gateway writes this header anew, whatever the client sent.
pub(crate) fn is_rewritten(known: Known) -> bool {
    matches!(known, Known::XAmznTraceId | Known::XForwardedFor | Known::XForwardedPort | Known::XForwardedProto)
}

/// The name of a header as it is shown: the client's spelling, but for the two that AWS writes its own way (fact 46).
fn name<'h>(field: &Field<'h>) -> &'h [u8] {
    match field.known {
        Known::Authorization => b"Authorization",
        Known::UserAgent => b"User-Agent",
        _ => field.name,
    }
}
