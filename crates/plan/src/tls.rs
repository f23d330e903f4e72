//! TLS towards clients: how custom domain names and APIs are met, and which of their clients must show a certificate.

use std::sync::Arc;

use stagegate_tls::{HostTls, SecurityPolicy};

/// TLS of a custom domain name.
#[derive(Debug, Clone, Default)]
pub struct DomainTls {
    /// `mutualTlsAuthentication`: clients must show a certificate that the truststore accepts. Holds also where there is no
    /// listener that could ask for one.
    pub is_mutual: bool,
    /// `endpointAccessMode` is `STRICT`: the name of the handshake and the Host must be the same.
    pub is_strict: bool,
    /// How handshakes with the name are met; `None` where nothing listens for them.
    pub host: Option<Arc<HostTls>>,
}

/// TLS of an API's own host.
#[derive(Debug, Clone, Copy)]
pub struct ApiTls {
    /// `securityPolicy`.
    pub policy: &'static SecurityPolicy,
    /// `endpointAccessMode` is `STRICT`.
    pub is_strict: bool,
}

impl Default for ApiTls {
    fn default() -> Self {
        Self { policy: SecurityPolicy::usual(), is_strict: false }
    }
}
