//! Where the daemon is, in the form of `AWS_XRAY_DAEMON_ADDRESS`.

use std::str::FromStr;

/// What is allowed, in words.
pub(crate) const ALLOWED: &str = "ADDRESS:PORT, udp:ADDRESS:PORT, or both as in tcp:127.0.0.1:2000 udp:127.0.0.2:2001";

/// The two addresses of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DaemonAddress {
    /// Where segments go.
    pub(crate) udp: String,
    /// Where sampling rules are asked for; without it, they are not.
    pub(crate) tcp: Option<String>,
}

impl FromStr for DaemonAddress {
    type Err = &'static str;

    /// One address is for both, unless it says `udp:`; two come in either order (AWS X-Ray developer guide, "Configuring the X-Ray
    /// SDK", `AWS_XRAY_DAEMON_ADDRESS`).
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (mut udp, mut tcp) = (None, None);
        for part in text.split_ascii_whitespace() {
            let slot = match part.split_once(':') {
                Some(("udp", address)) => (&mut udp, address),
                Some(("tcp", address)) => (&mut tcp, address),
                _ if text.trim() == part => {
                    let address = checked(part)?;
                    return Ok(Self { udp: address.clone(), tcp: Some(address) });
                }
                _ => return Err(ALLOWED),
            };
            if slot.0.replace(checked(slot.1)?).is_some() {
                return Err(ALLOWED);
            }
        }
        Ok(Self { udp: udp.ok_or(ALLOWED)?, tcp })
    }
}

/// A host and a port.
fn checked(address: &str) -> Result<String, &'static str> {
    let (host, port) = address.rsplit_once(':').ok_or(ALLOWED)?;
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let has_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    if host.is_empty() || !host.bytes().all(is_host) || !has_port { Err(ALLOWED) } else { Ok(address.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_every_form() {
        for (text, udp, tcp) in [
            ("127.0.0.1:2000", "127.0.0.1:2000", Some("127.0.0.1:2000")),
            ("xray-daemon.default:2000", "xray-daemon.default:2000", Some("xray-daemon.default:2000")),
            ("[::1]:2000", "[::1]:2000", Some("[::1]:2000")),
            ("udp:127.0.0.1:2000", "127.0.0.1:2000", None),
            ("tcp:127.0.0.1:2000 udp:127.0.0.2:2001", "127.0.0.2:2001", Some("127.0.0.1:2000")),
            (" udp:127.0.0.2:2001  tcp:127.0.0.1:2000 ", "127.0.0.2:2001", Some("127.0.0.1:2000")),
        ] {
            let expected = DaemonAddress { udp: udp.to_owned(), tcp: tcp.map(str::to_owned) };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "127.0.0.1",
            "127.0.0.1:0",
            "127.0.0.1:70000",
            ":2000",
            "tcp:127.0.0.1:2000",
            "udp:127.0.0.1:1 udp:127.0.0.1:2",
            "127.0.0.1:1 127.0.0.1:2",
            "127.0.0.1:1 tcp:127.0.0.1:2",
            "a/b:1",
        ] {
            assert_eq!(text.parse::<DaemonAddress>(), Err(ALLOWED), "{text}");
        }
    }
}
