//! Who may call the control plane by which name: `Host` is checked, and browsers stay on their own origin.
//!
//! Both keep web pages out: one that rebinds its own DNS name to this machine sends its own name as `Host`, one that
//! does not sends its `Origin` or says in `Sec-Fetch-Site` where it comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::uri::Authority;
use http::{HeaderMap, Uri, header};

/// Why a request was turned away before its signature was even looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Turned {
    /// There is not exactly one well-formed Host.
    #[error("The request must have exactly one well-formed Host header")]
    NoHost,
    /// The Host is not one of ours.
    #[error("Host '{0}' is not a name of this control plane; the setting `trusted_hosts` adds names")]
    Host(String),
    /// A web page of another origin.
    #[error("Cross-origin requests are refused")]
    CrossOrigin,
}

/// The names that the control plane may be called by.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    bound: IpAddr,
    trusted: Vec<String>,
}

impl Guard {
    /// Trusts the bound address and these names, besides loopback ones.
    pub(crate) fn new(bound: SocketAddr, trusted: &[String]) -> Self {
        Self { bound: bound.ip(), trusted: trusted.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Checks a request that came over a connection to `local`.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap, local: SocketAddr) -> Result<(), Turned> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Turned::NoHost) };
        let host = Authority::try_from(host.as_bytes()).map_err(|_| Turned::NoHost)?;
        for authority in std::iter::once(&host).chain(uri.authority()) {
            if !self.is_ours(authority, local) {
                return Err(Turned::Host(authority.to_string()));
            }
        }
        if is_cross_origin(headers, &host) { Err(Turned::CrossOrigin) } else { Ok(()) }
    }

    fn is_ours(&self, authority: &Authority, local: SocketAddr) -> bool {
        if authority.as_str().contains('@') {
            return false;
        }
        let name = authority.host().to_ascii_lowercase();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&name);
        if let Some(address) = bare.parse().ok().or_else(|| short_ipv4(bare).map(IpAddr::V4)) {
            // An IPv4 address can come mapped into IPv6, in the Host and from a socket bound to both.
            let address = IpAddr::to_canonical(&address);
            // Bound to every address, "the bound address" is the one that the client reached.
            let reached = [self.bound, local.ip()].iter().any(|ours| ours.to_canonical() == address);
            return address.is_loopback() || reached;
        }
        // The root's dot says that the name is complete, and nothing else.
        let name = name.strip_suffix('.').unwrap_or(&name);
        name == "localhost" || name.ends_with(".localhost") || self.trusted.iter().any(|trusted| trusted == name)
    }
}

/// An IPv4 address in the short, octal and hexadecimal spellings that resolvers take for one, such as `127.1`: one to
/// four numbers, of which the last fills the bytes that are left. No name of the DNS ends in a number.
fn short_ipv4(text: &str) -> Option<Ipv4Addr> {
    let number = |part: &str| match part.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
        None => part.parse().ok(),
    };
    let mut parts = text.split('.').map(number).collect::<Option<Vec<u32>>>()?;
    let last = parts.pop().filter(|_| parts.len() < 4)?;
    let free_bits = 32 - 8 * u32::try_from(parts.len()).ok()?;
    let fits = u64::from(last) < 1_u64 << free_bits && parts.iter().all(|byte| *byte < 256);
    let high = parts.iter().zip([24, 16, 8]).map(|(byte, shift)| byte << shift).fold(0, |sum, byte| sum | byte);
    fits.then(|| Ipv4Addr::from(high | last))
}

/// Whether a browser says that the request comes from another origin than `host`.
fn is_cross_origin(headers: &HeaderMap, host: &Authority) -> bool {
    let other_origin = headers.get_all(header::ORIGIN).iter().any(|origin| {
        let text = origin.to_str().unwrap_or_default();
        let authority = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        !authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_str()))
    });
    let other_site =
        headers.get_all("sec-fetch-site").iter().any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    other_origin || other_site
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, lines: &[(&'static str, &str)]) -> Result<(), Turned> {
        let guard = Guard::new("192.0.2.7:8081".parse().expect("an address"), &["Control.Example.com".to_owned()]);
        let headers = lines.iter().map(|(n, v)| (n.parse().expect("a name"), v.parse().expect("a value"))).collect();
        let local = "198.51.100.9:8081".parse().expect("an address");
        guard.check(&uri.parse().expect("a URI"), &headers, local)
    }

    #[test]
    fn hosts_are_ours_or_refused() {
        for (host, ours) in [
            ("127.0.0.1", true),
            ("127.0.0.1:8081", true),
            ("127.9.9.9:1", true),
            ("[::1]:8081", true),
            ("[0:0:0:0:0:0:0:1]", true),
            ("[::ffff:127.0.0.1]:8081", true),
            ("[::ffff:192.0.2.7]", true),
            ("127.1", true),
            ("127.0.1:8081", true),
            ("0x7f.1", true),
            ("0177.0.0.1", true),
            ("2130706433", true),
            ("127.16777216", false),
            ("10.1", false),
            ("127.0.0.0.1", false),
            ("0x7g.1", false),
            ("127.1.example", false),
            ("localhost", true),
            ("localhost.:8081", true),
            ("api.localhost.", true),
            ("LOCALHOST:99", true),
            ("apigateway.us-east-1.localhost", true),
            ("192.0.2.7:8081", true),
            ("198.51.100.9", true),
            ("control.example.com:8081", true),
            ("192.0.2.8", false),
            ("10.0.0.1:8081", false),
            ("[::ffff:10.0.0.1]", false),
            ("localhost..", false),
            (".", false),
            ("[fe80::1]", false),
            ("example.com", false),
            ("localhost.example.com", false),
            ("notlocalhost", false),
            ("evil.control.example.com", false),
            ("localhost@example.com", false),
            ("example.com@localhost", false),
        ] {
            let expected = if ours { Ok(()) } else { Err(Turned::Host(host.to_owned())) };
            assert_eq!(check("/restapis", &[("host", host)]), expected, "{host}");
        }
        for lines in [&[][..], &[("host", "localhost"), ("host", "localhost")], &[("host", "")], &[("host", "a b")]] {
            assert_eq!(check("/restapis", lines), Err(Turned::NoHost), "{lines:?}");
        }
    }

    #[test]
    fn an_absolute_target_must_be_ours_too() {
        assert_eq!(check("http://localhost/restapis", &[("host", "localhost")]), Ok(()));
        let turned = check("http://example.com/restapis", &[("host", "localhost")]);
        assert_eq!(turned, Err(Turned::Host("example.com".to_owned())));
    }

    #[test]
    fn browsers_stay_on_their_own_origin() {
        for (name, value, fine) in [
            ("origin", "http://localhost:8081", true),
            ("origin", "https://LOCALHOST:8081", true),
            ("origin", "http://localhost:3000", false),
            ("origin", "https://example.com", false),
            ("origin", "null", false),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
        ] {
            let expected = if fine { Ok(()) } else { Err(Turned::CrossOrigin) };
            assert_eq!(check("/restapis", &[("host", "localhost:8081"), (name, value)]), expected, "{name}: {value}");
        }
    }
}
