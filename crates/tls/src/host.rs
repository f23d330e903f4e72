//! How a host is met by TLS: the configuration of its handshakes, and whose clients it trusts.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::sign::SingleCertAndKey;

use crate::identity::ServerIdentity;
use crate::policy::SecurityPolicy;
use crate::truststore::Truststore;
use crate::verifier::AnyClient;

/// Bytes that a connection holds for a client that takes nothing.
pub const BUFFER_BYTES: usize = 16 * 1024;

/// A host's side of TLS.
#[derive(Clone)]
pub struct HostTls {
    /// What its handshakes obey.
    pub config: Arc<ServerConfig>,
    /// Whom it trusts, where it asks for client certificates.
    pub truststore: Option<Arc<Truststore>>,
}

impl fmt::Debug for HostTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostTls").field("truststore", &self.truststore).finish_non_exhaustive()
    }
}

impl HostTls {
    /// A host with a certificate, a policy, and a truststore where it asks for client certificates.
    ///
    /// # Errors
    /// What the TLS library says.
    pub fn new(
        identity: &ServerIdentity,
        policy: &SecurityPolicy,
        truststore: Option<Arc<Truststore>>,
    ) -> Result<Self, rustls::Error> {
        let provider = policy.provider();
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_protocol_versions(&policy.versions())?;
        let builder = match &truststore {
            Some(truststore) => {
                builder.with_client_cert_verifier(Arc::new(AnyClient::new(Arc::clone(truststore), &provider)))
            }
            None => builder.with_no_client_auth(),
        };
        let resolver = SingleCertAndKey::from(Arc::clone(&identity.key));
        let mut config = builder.with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        if truststore.is_some() {
            // Every connection proves anew that the client has its key.
            config.send_tls13_tickets = 0;
        } else {
            config.ticketer = Ticketer::new()?;
            config.send_tls13_tickets = 1;
        }
        Ok(Self { config: Arc::new(config), truststore })
    }
}

/// What hosts without a certificate of their own show: the hosts of APIs, and names that nobody knows.
#[derive(Debug, Clone)]
pub struct DefaultTls {
    identity: ServerIdentity,
    usual: HostTls,
    by_policy: Vec<(&'static str, HostTls)>,
}

impl DefaultTls {
    /// One certificate under every policy.
    ///
    /// # Errors
    /// What the TLS library says.
    pub fn new(identity: ServerIdentity) -> Result<Self, rustls::Error> {
        let host = |policy: &'static SecurityPolicy| Ok((policy.name, HostTls::new(&identity, policy, None)?));
        let by_policy = SecurityPolicy::all().iter().map(host).collect::<Result<_, rustls::Error>>()?;
        let usual = HostTls::new(&identity, SecurityPolicy::usual(), None)?;
        Ok(Self { identity, usual, by_policy })
    }

    /// The certificate.
    pub fn identity(&self) -> &ServerIdentity {
        &self.identity
    }

    /// The host under a policy.
    pub fn host(&self, policy: &SecurityPolicy) -> &HostTls {
        let found = self.by_policy.iter().find(|(name, _)| *name == policy.name);
        found.map_or(&self.usual, |(_, host)| host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::self_signed;

    #[test]
    fn every_policy_makes_a_host() {
        let identity = self_signed(&["*.execute-api.us-east-1.localhost".to_owned()]).unwrap();
        let hosts = DefaultTls::new(identity.clone()).unwrap();
        for policy in SecurityPolicy::all() {
            assert!(hosts.host(policy).truststore.is_none());
        }
        let mutual = HostTls::new(&identity, SecurityPolicy::usual(), Some(Arc::new(Truststore::closed()))).unwrap();
        assert_eq!(mutual.config.send_tls13_tickets, 0);
    }
}
