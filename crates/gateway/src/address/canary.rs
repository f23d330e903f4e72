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

/// The first value of a cookie that is not empty.
fn cookie<'h>(arrival: &Arrival<'h>, name: &str) -> Option<&'h [u8]> {
    let mut fields = arrival.head.fields().filter(|field| field.known == Known::Cookie);
    fields.find_map(|field| cookie_of(field.value, name))
}

/// The same in one header; names of cookies have their letter case (RFC 6265 §5.3).
fn cookie_of<'h>(field: &'h [u8], name: &str) -> Option<&'h [u8]> {
    field.split(|byte| *byte == b';').find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        (!value.is_empty()).then_some(value)
    })
}

/// What stands for an address: all of IPv4, the network of 64 bits of IPv6.
fn network(address: IpAddr) -> [u8; 8] {
    match address.to_canonical() {
        // No network of IPv6 begins with three such bytes and a 4: `::/8` is reserved.
        IpAddr::V4(address) => (4 << 32 | u64::from(u32::from(address))).to_be_bytes(),
        IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or_default().to_be_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        for (field, expected) in [
            ("sid=a", Some("a")),
            ("x=1; sid=a; y=2", Some("a")),
            ("xsid=b;sid=a", Some("a")),
            ("sid=; sid=a", Some("a")),
            ("sid=a=b", Some("a=b")),
            ("SID=a", None),
            ("sid", None),
            ("sid =a", None),
            ("", None),
        ] {
            assert_eq!(cookie_of(field.as_bytes(), "sid"), expected.map(str::as_bytes), "{field}");
        }
    }

    #[test]
    fn a_client_is_known_by_its_address_or_its_network() {
        let network = |text: &str| network(text.parse().expect("an address"));
        assert_ne!(network("10.0.0.1"), network("10.0.0.2"));
        assert_eq!(network("10.0.0.1"), network("::ffff:10.0.0.1"), "one address in two forms");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("0.0.0.0"), network("::"));
    }
}
