//! Which headers pass an integration, and under which name (facts 38–46).

use stagegate_http1::{Field, Known};
use stagegate_plan::{Envelope, Forwarding};

use crate::observe::asks_why;

/// Whether a client's header goes on to an `HTTP_PROXY` back end.
///
/// Hop-by-hop fields and those of fact 38 are dropped before everything; Host, Content-Encoding and Via by fact 40; the fields
/// that the gateway writes itself are replaced; a signature of AWS's was meant for the gateway (fact 45).
///
/// Back ends that are told by `Forwarded` get everything else that does not concern the connection alone (fact 101).
pub(crate) fn passes_to_back_end(forwarding: Forwarding, field: &Field<'_>) -> bool {
    let known = match forwarding {
        Forwarding::XForwarded => None,
        Forwarding::Forwarded => passes_with_forwarded(field.known),
    };
    known.unwrap_or_else(|| passes_with_x_forwarded(field))
}

/// Where it differs for those that are told by `Forwarded`.
fn passes_with_forwarded(known: Known) -> Option<bool> {
    match known {
        Known::ContentEncoding
        | Known::ContentMd5
        | Known::MaxForwards
        | Known::Server
        | Known::WwwAuthenticate
        | Known::XHttpMethodOverride => Some(true),
        Known::Forwarded | Known::XForwardedHost => Some(false),
        _ => None,
    }
}

fn passes_with_x_forwarded(field: &Field<'_>) -> bool {
    match field.known {
        Known::Connection
        | Known::ContentEncoding
        | Known::ContentLength
        | Known::ContentMd5
        | Known::Expect
        | Known::Host
        | Known::Http2Settings
        | Known::KeepAlive
        | Known::MaxForwards
        | Known::ProxyAuthenticate
        | Known::ProxyAuthorization
        | Known::ProxyConnection
        | Known::Server
        | Known::Te
        | Known::Trailer
        | Known::TransferEncoding
        | Known::Upgrade
        | Known::Via
        | Known::WwwAuthenticate
        | Known::XAmznTraceId
        | Known::XApigwApiId
        | Known::XForwardedFor
        | Known::XForwardedPort
        | Known::XForwardedProto
        | Known::XHttpMethodOverride => false,
        Known::Authorization => !field.value.starts_with(b"AWS4-"),
        Known::Other => !is_ours(field.name),
        _ => true,
    }
}

/// Whether a header that has no name of its own in the codec concerns the gateway alone.
pub(crate) fn is_ours(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(API_ID_HEADER) || asks_why(name)
}

/// Whether a client's header is dropped before everything, so that not even a mapping finds it (fact 38).
pub(crate) fn is_dropped_first(known: Known) -> bool {
    matches!(
        known,
        Known::Connection
            | Known::ContentLength
            | Known::ContentMd5
            | Known::Expect
            | Known::MaxForwards
            | Known::ProxyAuthenticate
            | Known::Server
            | Known::Te
            | Known::Trailer
            | Known::TransferEncoding
            | Known::Upgrade
            | Known::WwwAuthenticate
    )
}

/// The header that names the calling API to an HTTP back end (fact 39).
pub(crate) const API_ID_HEADER: &[u8] = b"X-Amzn-Apigateway-Api-Id";

/// What becomes of a header on its way to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It keeps its name.
    Keep,
    /// Its name is prefixed with `x-amzn-Remapped-`.
    Remap,
    /// It is dropped.
    Drop,
}

/// The prefix of a header that the gateway sets itself (fact 42).
pub(crate) const REMAPPED: &[u8] = b"x-amzn-Remapped-";

/// The outcome for a header of a proxy's answer where nothing is remapped: what frames the message, and what the gateway says of
/// itself, is dropped (facts H1 to H3).
pub(crate) fn unmapped(name: &[u8], known: Known) -> Outcome {
    match known {
        Known::Connection
        | Known::ContentLength
        | Known::Date
        | Known::KeepAlive
        | Known::ProxyConnection
        | Known::Trailer
        | Known::TransferEncoding
        | Known::Upgrade
        | Known::Via => Outcome::Drop,
        _ if name.eq_ignore_ascii_case(b"apigw-requestid") => Outcome::Drop,
        _ => Outcome::Keep,
    }
}

/// The outcome for a header of an `HTTP_PROXY` response (fact 42).
pub(crate) fn from_proxy(envelope: Envelope, name: &[u8], known: Known) -> Outcome {
    if envelope == Envelope::Apigw {
        return unmapped(name, known);
    }
    match known {
        Known::Connection | Known::ContentLength | Known::Date | Known::Server | Known::XAmznRequestId => {
            Outcome::Remap
        }
        Known::ContentEncoding
        | Known::KeepAlive
        | Known::ProxyConnection
        | Known::Trailer
        | Known::TransferEncoding
        | Known::Upgrade
        | Known::Via
        | Known::XAmzApigwId => Outcome::Drop,
        _ => Outcome::Keep,
    }
}

/// The outcome for a header that an integration response maps (fact 42).
pub(crate) fn from_mapping(known: Known) -> Outcome {
    match known {
        Known::Authorization
        | Known::Connection
        | Known::ContentLength
        | Known::ContentMd5
        | Known::Date
        | Known::Expect
        | Known::Host
        | Known::MaxForwards
        | Known::ProxyAuthenticate
        | Known::Server
        | Known::Trailer
        | Known::Upgrade
        | Known::UserAgent
        | Known::WwwAuthenticate
        | Known::XAmznRequestId => Outcome::Remap,
        Known::KeepAlive | Known::ProxyConnection | Known::TransferEncoding | Known::XAmzApigwId => Outcome::Drop,
        _ => Outcome::Keep,
    }
}
