//! IP addresses and CIDR ranges.

use std::net::IpAddr;

/// A range of addresses of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// Parses an address, or an address with the length of its prefix; bits behind the prefix are ignored. An
    /// IPv4-mapped range is a range of IPv4.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let width: u8 = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        if prefix_bits > width {
            return None;
        }
        match address.to_canonical() {
            mapped if mapped != address && prefix_bits >= 96 => {
                Some(Self { address: mapped, prefix_bits: prefix_bits - 96 })
            }
            _ => Some(Self { address, prefix_bits }),
        }
    }

    /// How many bits of the address all addresses of the range share.
    pub fn prefix_bits(&self) -> u8 {
        self.prefix_bits
    }

    /// Whether the address is in the range. An IPv4-mapped address is that IPv4 address: a socket for both families
    /// must not make a range miss.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix_bits)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix_bits)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_their_addresses() {
        for (network, address, expected) in [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.7/24", "203.0.113.1", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("0.0.0.0/0", "255.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "1.2.3.4", false),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::1", true),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false),
            ("203.0.113.0/24", "::ffff:203.0.113.9", true),
            ("::ffff:203.0.113.0/120", "203.0.113.9", true),
            ("2001:db8::1", "2001:db8::1", true),
        ] {
            let contained = Network::parse(network).unwrap().contains(address.parse().unwrap());
            assert_eq!(contained, expected, "{network} {address}");
        }
        for text in ["", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/+8", "::/129", "a/8", "1.2.3.4/8/8", "01.2.3.4"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
