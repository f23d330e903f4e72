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

#[cfg(test)]
mod tests {
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{RootCertStore, ServerConfig};
    use stagegate_plan::Way;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::super::private::PrivateLink;
    use super::*;

    /// A listener with a certificate for `name`, and a connector that trusts it.
    async fn listener(name: &str) -> (PrivateLink, Connector) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![made.cert.der().clone()];
        let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let link = PrivateLink::new([("127.0.0.1".into(), socket.local_addr().unwrap().port())]);
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    _ = stream.shutdown().await;
                }
            }
        });
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let guard = Guard::new(Vec::new());
        (link, Connector { guard, trust: Trust::of(roots).unwrap(), counters: Arc::default() })
    }

    /// What `serverNameToVerify` becomes.
    fn endpoint(name: &str) -> Endpoint {
        Endpoint {
            scheme: Scheme::Https,
            host: name.into(),
            port: 443,
            authority: name.into(),
            origin: format!("https://{name}:443").into(),
            path: Box::default(),
            query: None,
            way: Way { keeps_target: true, ..Way::default() },
        }
    }

    #[tokio::test]
    async fn a_private_target_is_taken_for_the_name_that_its_certificate_has() {
        let (link, connector) = listener("pets.internal").await;
        let target = Some(&*link.targets()[0]);
        let deadline = Instant::now() + std::time::Duration::from_secs(30);
        for (name, is_taken) in [("pets.internal", true), ("other.internal", false), ("127.0.0.1", false)] {
            let connected = connector.connect_to(&endpoint(name), target, deadline).await;
            assert_eq!(connected.is_ok(), is_taken, "{name}");
        }
    }
}
