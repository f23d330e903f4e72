//! Where requests come from: proxies whose word is taken for it, and the VPC endpoints of private APIs.

use std::net::IpAddr;
use std::sync::Arc;

use stagegate_policy::{Network, Policy};

/// What the operator says of the networks around the gateway.
#[derive(Debug, Clone, Default)]
pub struct NetworkConfig {
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; nobody's are by default.
    pub trusted_proxies: Arc<[Network]>,
    /// The VPC endpoints that private APIs are reached through.
    pub vpc_endpoints: Arc<[VpcEndpoint]>,
}

/// A VPC endpoint: networks from which private APIs are reached.
#[derive(Debug, Clone)]
pub struct VpcEndpoint {
    /// Its id, `vpce-…`: `aws:SourceVpce`.
    pub id: Box<str>,
    /// The id of its VPC, `vpc-…`: `aws:SourceVpc`.
    pub vpc: Box<str>,
    /// Where its clients are.
    pub sources: Box<[Network]>,
    /// The endpoint's policy; without one it lets everything through, like AWS's default.
    pub policy: Option<Arc<Policy>>,
}

impl NetworkConfig {
    /// Whether an address is that of a trusted proxy.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(address))
    }

    /// The client behind a peer: the rightmost address of the chain that no trusted proxy has. `chain` yields the values of
    /// `X-Forwarded-For` from the last to the first. Where a trusted proxy names no address, it is the client itself.
    pub(crate) fn client<'h>(&self, peer: IpAddr, chain: impl Iterator<Item = &'h [u8]>) -> IpAddr {
        let mut client = peer;
        for hop in chain.flat_map(|value| value.rsplit(|byte| *byte == b',')) {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = hop_address(hop) else { break };
            client = address;
        }
        client
    }

    /// The VPC endpoint with an id, if a client is in its networks.
    pub(crate) fn endpoint_with_id(&self, id: &str, client: IpAddr) -> Option<&VpcEndpoint> {
        let endpoint = self.vpc_endpoints.iter().find(|endpoint| *endpoint.id == *id)?;
        endpoint.sources.iter().any(|network| network.contains(client)).then_some(endpoint)
    }

    /// The VPC endpoint that a client's requests come through: the one whose networks name its address most closely.
    pub(crate) fn endpoint(&self, client: IpAddr) -> Option<&VpcEndpoint> {
        let closest = |endpoint: &VpcEndpoint| {
            let around = endpoint.sources.iter().filter(|network| network.contains(client));
            around.map(Network::prefix_bits).max()
        };
        let with_bits = self.vpc_endpoints.iter().filter_map(|endpoint| Some((closest(endpoint)?, endpoint)));
        // Of equally close ones, the first in the settings.
        with_bits.rev().max_by_key(|(bits, _)| *bits).map(|(_, endpoint)| endpoint)
    }
}

/// An address as proxies write it: alone, with a port, and for IPv6 in brackets.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let is_end = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        return address.parse().ok().filter(|address: &IpAddr| is_end && address.is_ipv6()).map(|it| it.to_canonical());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    text.parse::<std::net::SocketAddrV4>().ok().map(|socket| IpAddr::V4(*socket.ip()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_a_stranger_sends_the_client_is_the_stranger(
            value in proptest::collection::vec(any::<u8>(), 0..60), text in "[0-9a-f.:, \\[\\]]{0,40}",
        ) {
            let proxy = "10.0.0.1".parse().unwrap();
            let stranger: IpAddr = "203.0.113.9".parse().unwrap();
            let trusted_proxies = networks(&["10.0.0.0/8"]).into();
            let config = NetworkConfig { trusted_proxies, ..NetworkConfig::default() };
            for sent in [&value[..], text.as_bytes()] {
                prop_assert_eq!(config.client(stranger, [sent].into_iter()), stranger);
                let appended = [sent, b", 203.0.113.9"].concat();
                prop_assert_eq!(config.client(proxy, [&appended[..]].into_iter()), stranger);
                prop_assert_eq!(config.client(proxy, [&b"203.0.113.9"[..], sent].into_iter()), stranger);
            }
        }
    }

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| Network::parse(text).expect("a network")).collect()
    }

    fn client(peer: &str, values: &[&str]) -> String {
        let trusted_proxies = networks(&["10.0.0.0/8", "fd00::/8"]).into();
        let config = NetworkConfig { trusted_proxies, ..NetworkConfig::default() };
        let chain = values.iter().rev().map(|value| value.as_bytes());
        config.client(peer.parse().unwrap(), chain).to_string()
    }

    #[test]
    fn only_trusted_proxies_say_who_the_client_is() {
        for (peer, chain, expected) in [
            ("203.0.113.1", &["198.51.100.7"][..], "203.0.113.1"),
            ("203.0.113.1", &["10.0.0.1"], "203.0.113.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["127.0.0.1", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7, 10.0.0.2 ,10.0.0.3"], "198.51.100.7"),
            ("10.0.0.1", &["10.0.0.9"], "10.0.0.9"),
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", &["[2001:db8::1]:443"], "2001:db8::1"),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("fd00::1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7,"], "10.0.0.1"),
            ("10.0.0.1", &["[10.0.0.2]"], "10.0.0.1"),
            ("10.0.0.1", &["[::1]x"], "10.0.0.1"),
        ] {
            assert_eq!(client(peer, chain), expected, "{peer} {chain:?}");
        }
    }

    #[test]
    fn the_closest_endpoint_takes_a_client() {
        let endpoint = |id: &str, sources: &[&str]| VpcEndpoint {
            id: id.into(),
            vpc: "vpc-1".into(),
            sources: networks(sources).into(),
            policy: None,
        };
        let vpc_endpoints = [
            endpoint("vpce-wide", &["10.0.0.0/8", "192.168.0.0/16"]),
            endpoint("vpce-narrow", &["10.1.0.0/16"]),
            endpoint("vpce-second", &["192.168.0.0/16"]),
        ];
        let config = NetworkConfig { vpc_endpoints: vpc_endpoints.into(), ..NetworkConfig::default() };
        for (address, expected) in [
            ("10.2.0.1", Some("vpce-wide")),
            ("10.1.0.1", Some("vpce-narrow")),
            ("192.168.1.1", Some("vpce-wide")),
            ("203.0.113.1", None),
            ("::1", None),
        ] {
            assert_eq!(config.endpoint(address.parse().unwrap()).map(|it| &*it.id), expected, "{address}");
        }
    }
}
