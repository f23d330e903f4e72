//! Connections for others in this process to addresses that an API's author can steer: they pass the one connector, too.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use stagegate_plan::{Endpoint, Scheme, Way};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use crate::config::GatewayConfig;
use crate::integrate::Connector;
use crate::observe::Counters;

/// Makes connections that are used once: over TLS, and without it on this machine alone.
#[derive(Debug)]
pub struct Outbound(Connector);

impl Outbound {
    /// With the guard and the roots of the gateway's own connections; counted with them.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(config: &GatewayConfig, counters: Arc<Counters>) -> io::Result<Self> {
        Connector::new(config, counters).map(Self)
    }

    /// Connects to a host's port and speaks TLS with it, or nothing but TCP where the host is this machine by name.
    ///
    /// # Errors
    /// The host cannot be resolved, reached or trusted in time, it leads to an address that nobody may reach, or it is another
    /// machine that is to be spoken to in the clear.
    pub async fn connect(
        &self,
        scheme: Scheme,
        host: &str,
        port: u16,
        deadline: Instant,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>> {
        if scheme == Scheme::Http && !is_this_machine(host) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{host} may only be reached over TLS"),
            ));
        }
        let authority = format!("{host}:{port}");
        let endpoint = Endpoint {
            scheme,
            host: host.into(),
            port,
            origin: format!("{}://{authority}", if scheme == Scheme::Http { "http" } else { "https" }).into(),
            authority: authority.into(),
            path: Box::default(),
            query: None,
            way: Way::default(),
        };
        let connected = self.0.connect(&endpoint, deadline).await;
        connected.map_err(|fault| io::Error::other(format!("{host}:{port} cannot be reached: {fault:?}")))
    }
}

/// Whether a host, without brackets, is this machine by its name.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_this_machine() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["", "localhost.", "a.localhost", "127.0.0.1.nip.io", "0.0.0.0", "::", "10.0.0.1", "::ffff:127.0.0.1"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
