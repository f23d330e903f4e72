//! Connections for others in this process to addresses that an API's author can steer: they pass the one connector, too.

use std::io;
use std::sync::Arc;

use stagegate_plan::{Endpoint, Scheme, Way};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use crate::config::GatewayConfig;
use crate::integrate::Connector;
use crate::observe::Counters;

/// Makes connections over TLS that are used once.
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

    /// Connects to a host's port and speaks TLS with it.
    ///
    /// # Errors
    /// The host cannot be resolved, reached or trusted in time, or it leads to an address that nobody may reach.
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        deadline: Instant,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>> {
        let authority = format!("{host}:{port}");
        let endpoint = Endpoint {
            scheme: Scheme::Https,
            host: host.into(),
            port,
            origin: format!("https://{authority}").into(),
            authority: authority.into(),
            path: Box::default(),
            query: None,
            way: Way::default(),
        };
        let connected = self.0.connect(&endpoint, deadline).await;
        connected.map_err(|fault| io::Error::other(format!("{host}:{port} cannot be reached: {fault:?}")))
    }
}
