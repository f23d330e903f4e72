//! Which release of a stage a request is for: asked once, and no room behind this one asks again.

use std::net::IpAddr;
use std::sync::Arc;

use stagegate_http1::Known;
use stagegate_plan::{CanaryPlan, StagePlan, StickyBy};

use crate::accept::Arrival;

/// The plan that a request to a stage gets: the stage's own, or its canary's.
pub(super) fn release(stage: Arc<StagePlan>, arrival: &Arrival<'_>) -> Arc<StagePlan> {
    match &stage.canary {
        Some(canary) if is_for(canary, arrival) => Arc::clone(&canary.stage),
        _ => stage,
    }
}

/// A client that cannot be told from others is one of all (fact N1).
fn is_for(canary: &CanaryPlan, arrival: &Arrival<'_>) -> bool {
    let split = &canary.split;
    let client = split.sticky.as_ref().and_then(|by| match by {
        StickyBy::Header(name) => header(arrival, name).map(|value| split.takes_client(value)),
        StickyBy::Cookie(name) => cookie(arrival, name).map(|value| split.takes_client(value)),
        StickyBy::SourceAddress => Some(split.takes_client(&network(arrival.client))),
    });
    client.unwrap_or_else(|| split.takes_next())
}

/// The first value of a header that is not empty.
fn header<'h>(arrival: &Arrival<'h>, name: &str) -> Option<&'h [u8]> {
    let mut values = arrival.head.fields().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
    values.find(|field| !field.value.is_empty()).map(|field| field.value)
}

/// The first value of a cookie that is not empty; names of cookies have their letter case (RFC 6265 §5.3).
fn cookie<'h>(arrival: &Arrival<'h>, name: &str) -> Option<&'h [u8]> {
    let fields = arrival.head.fields().filter(|field| field.known == Known::Cookie);
    fields.flat_map(|field| field.value.split(|byte| *byte == b';')).find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        (!value.is_empty()).then_some(value)
    })
}

/// What stands for an address: all of IPv4, the network of 64 bits of IPv6.
fn network(address: IpAddr) -> [u8; 8] {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            // No network of IPv6 begins with these bytes: `::/8` is reserved.
            [0, 0, 0, 4, a, b, c, d]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, ..] = address.octets();
            [a, b, c, d, e, f, g, h]
        }
    }
}
