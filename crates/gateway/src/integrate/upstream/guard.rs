//! Addresses that no integration may reach, whatever name led there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The instance metadata service over IPv6.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Refuses addresses: link-local networks, metadata services, and our own control and status ports.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    own: Vec<SocketAddr>,
}

impl Guard {
    /// A guard of our own listeners.
    pub(crate) fn new(own: Vec<SocketAddr>) -> Self {
        Self { own }
    }

    /// Whether a connection to this address may be tried.
    pub(crate) fn allows(&self, address: SocketAddr) -> bool {
        let (ip, port) = (address.ip(), address.port());
        let is_ours = is_own_machine(ip) && self.is_own_port(port);
        !is_link_local(ip) && !is_ours && !self.own.contains(&SocketAddr::new(ip.to_canonical(), port))
    }
    /// Whether a connection that was made may be used: its two ends show whether the peer is this machine.
    pub(crate) fn allows_connected(&self, local: SocketAddr, peer: SocketAddr) -> bool {
        self.allows(peer) && !(local.ip() == peer.ip() && self.is_own_port(peer.port()))
    }

    fn is_own_port(&self, port: u16) -> bool {
        self.own.iter().any(|own| own.port() == port)
    }
}

fn is_own_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified() || embedded(address).is_some_and(|v4| v4.is_loopback())
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local()
                || v6 == METADATA_V6
                || embedded(IpAddr::V6(v6)).is_some_and(|v4| v4.is_link_local())
        }
    }
}

/// The IPv4 address inside an IPv4-compatible, NAT64 or 6to4 address.
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let octets = v6.octets();
    let tail = Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]);
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(tail),
        [0x2002, ..] => Some(Ipv4Addr::new(octets[2], octets[3], octets[4], octets[5])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarded_addresses_are_refused_in_every_spelling() {
        let guard = Guard::new(vec!["127.0.0.1:8081".parse().unwrap(), "0.0.0.0:8082".parse().unwrap()]);
        let cases = [
            ("169.254.169.254:80", false),
            ("169.254.0.1:443", false),
            ("[::ffff:169.254.169.254]:80", false),
            ("[::169.254.169.254]:80", false),
            ("[64:ff9b::169.254.169.254]:80", false),
            ("[2002:a9fe:a9fe::1]:80", false),
            ("[fe80::1]:80", false),
            ("[febf::1]:80", false),
            ("[fd00:ec2::254]:80", false),
            ("[fd00:ec2::253]:80", true),
            ("127.0.0.1:8081", false),
            ("127.9.9.9:8081", false),
            ("0.0.0.0:8082", false),
            ("[::1]:8081", false),
            ("[::]:8081", false),
            ("[::ffff:127.0.0.1]:8081", false),
            ("127.0.0.1:8080", true),
            ("10.0.0.1:8081", true),
            ("192.0.2.1:80", true),
        ];
        for (address, allowed) in cases {
            assert_eq!(guard.allows(address.parse().unwrap()), allowed, "{address}");
        }
        let here = "192.0.2.7:5000".parse().unwrap();
        assert!(!guard.allows_connected(here, "192.0.2.7:8082".parse().unwrap()));
        assert!(guard.allows_connected(here, "192.0.2.7:8080".parse().unwrap()));
        assert!(guard.allows_connected(here, "192.0.2.8:8082".parse().unwrap()));
    }
}
