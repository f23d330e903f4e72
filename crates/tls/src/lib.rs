//! Certificates, truststores and security policies: what a TLS listener presents and accepts.
//!
//! Everything here is made when the configuration changes; a handshake only looks it up.

mod host;
mod identity;
mod policy;
mod truststore;
mod verifier;
mod x509;

pub use host::{BUFFER_BYTES, DefaultTls, HostTls};
pub use identity::{IdentityError, ServerIdentity, self_signed};
pub use policy::{CipherNames, SecurityPolicy};
pub use truststore::{Truststore, TruststoreError, Untrusted};
pub use x509::{CertificateFacts, Validity};
