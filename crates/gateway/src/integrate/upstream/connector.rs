//! The one way to a back end that an API's author can steer: resolved, guarded on the connected address, then TLS if asked.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rustls::pki_types::ServerName;
use stagegate_plan::{Endpoint, Scheme};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::Fault;
use super::guard::Guard;
use super::private::PrivateTarget;
use super::transport::Transport;
use super::trust::Trust;
use crate::config::GatewayConfig;
use crate::observe::Counters;

/// Makes connections.
pub(crate) struct Connector {
    guard: Guard,
    trust: Trust,
    counters: Arc<Counters>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connector").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl Connector {
    /// A connector that trusts Mozilla's roots, unless an endpoint's way asks for less.
    pub(crate) fn new(config: &GatewayConfig, counters: Arc<Counters>) -> io::Result<Self> {
        Ok(Self { guard: Guard::new(config.guarded.clone()), trust: Trust::new()?, counters })
    }

    /// Connects to an endpoint, trying its addresses in turn.
    pub(crate) async fn connect(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Transport, Fault> {
        self.connect_to(endpoint, None, deadline).await
    }

    /// Connects to an endpoint, at the addresses of a private target where there is one.
    pub(crate) async fn connect_to(
        &self,
        endpoint: &Endpoint,
        target: Option<&PrivateTarget>,
        deadline: Instant,
    ) -> Result<Transport, Fault> {
        let connected =
            timeout_at(deadline, self.connect_any(endpoint, target)).await.map_err(|_elapsed| Fault::Timeout)?;
        connected.map_err(|(fault, error)| {
            tracing::warn!(origin = &*endpoint.origin, %error, "a back end cannot be reached");
            fault
        })
    }

    async fn connect_any(
        &self,
        endpoint: &Endpoint,
        target: Option<&PrivateTarget>,
    ) -> Result<Transport, (Fault, io::Error)> {
        let (host, port) = target.map_or((&*endpoint.host, endpoint.port), |target| (&*target.host, target.port));
        let unreachable = |error| (Fault::Unreachable, error);
        let mut failure = unreachable(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        for address in resolve(host, port).await.map_err(unreachable)? {
            if !self.guard.allows(address) {
                failure = unreachable(self.guarded(address));
                continue;
            }
            match self.connect_one(address).await {
                Ok(Some(stream)) => return self.secure(endpoint, stream).await.map_err(unreachable),
                Ok(None) => failure = unreachable(self.guarded(address)),
                Err(error) => failure = (Fault::NotConnected, error),
            }
        }
        Err(failure)
    }

    /// Connects; `None` when the connection turned out to lead to our own ports.
    async fn connect_one(&self, address: SocketAddr) -> io::Result<Option<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        if !self.guard.allows_connected(stream.local_addr()?, stream.peer_addr()?) {
            return Ok(None);
        }
        stream.set_nodelay(true)?;
        self.counters.upstream_connections.fetch_add(1, Relaxed);
        Ok(Some(stream))
    }

    fn guarded(&self, address: SocketAddr) -> io::Error {
        self.counters.upstream_guarded.fetch_add(1, Relaxed);
        io::Error::new(io::ErrorKind::PermissionDenied, format!("integrations may not reach {address}"))
    }

    async fn secure(&self, endpoint: &Endpoint, stream: TcpStream) -> io::Result<Transport> {
        if endpoint.scheme == Scheme::Http {
            return Ok(Transport::Plain(stream));
        }
        let name = ServerName::try_from(endpoint.host.to_string()).map_err(io::Error::other)?;
        Ok(Transport::Tls(Box::new(self.trust.connector(&endpoint.way)?.connect(name, stream).await?)))
    }
}

async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}
