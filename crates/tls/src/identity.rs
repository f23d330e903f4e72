//! What a host proves itself with: a certificate, the chain above it, and its key.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;

use crate::x509::{CertificateFacts, Validity};

/// Certificates of the longest chain.
const CHAIN_MAX: usize = 16;
/// How long a certificate of our own is valid: the most that clients take.
const VALIDITY: time::Duration = time::Duration::days(397);

/// Why a certificate and a key are no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is no certificate in the text.
    #[error("there is no certificate in PEM")]
    NoCertificate,
    /// The text is no PEM, or a certificate in it is none.
    #[error("the certificate is not X.509 in PEM")]
    BadCertificate,
    /// More certificates than anybody has.
    #[error("the chain has more than {CHAIN_MAX} certificates")]
    LongChain,
    /// There is no key that can be used in the text.
    #[error("there is no private key in PEM")]
    BadKey,
    /// The key is another certificate's.
    #[error("the private key is not the certificate's")]
    Mismatch,
}

/// A certificate with its chain and key. Debug output shows no key.
#[derive(Clone)]
pub struct ServerIdentity {
    pub(crate) key: Arc<CertifiedKey>,
    facts: Arc<CertificateFacts>,
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerIdentity").field("certificate", &self.facts).finish_non_exhaustive()
    }
}

impl PartialEq for ServerIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.key.cert == other.key.cert
    }
}

impl ServerIdentity {
    /// Reads a chain, the host's certificate first, and the key of that one, both in PEM.
    ///
    /// # Errors
    /// One of them cannot be read, or they do not belong together.
    pub fn from_pem(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, IdentityError> {
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(chain_pem).take(CHAIN_MAX + 1).collect();
        let chain = chain.map_err(|_broken| IdentityError::BadCertificate)?;
        if chain.len() > CHAIN_MAX {
            return Err(IdentityError::LongChain);
        }
        let first = chain.first().ok_or(IdentityError::NoCertificate)?;
        let facts = CertificateFacts::read(first).ok_or(IdentityError::BadCertificate)?;
        if chain.iter().any(|certificate| CertificateFacts::read(certificate).is_none()) {
            return Err(IdentityError::BadCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_broken| IdentityError::BadKey)?;
        let key = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => IdentityError::Mismatch,
            rustls::Error::InvalidCertificate(_) => IdentityError::BadCertificate,
            _ => IdentityError::BadKey,
        })?;
        Ok(Self { key: Arc::new(key), facts: Arc::new(facts) })
    }

    /// Whether the certificate is for a host; a wildcard stands for one label, also in `host`.
    pub fn is_for(&self, host: &str) -> bool {
        // A wildcard domain name needs a wildcard certificate, which takes any first label.
        let host = host.strip_prefix("*.").map_or_else(|| host.to_owned(), |rest| format!("any.{rest}"));
        let (Ok(name), Some(first)) = (ServerName::try_from(host), self.key.cert.first()) else { return false };
        ParsedCertificate::try_from(first)
            .is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, &name).is_ok())
    }

    /// When the certificate is valid.
    pub fn validity(&self) -> Validity {
        self.facts.validity
    }
}

/// An identity for host names that nobody else vouches for, made on the spot.
///
/// # Errors
/// What the cryptographic library says, for example of a name that is none.
pub fn self_signed(names: &[String]) -> Result<ServerIdentity, String> {
    let key = rcgen::KeyPair::generate().map_err(|error| error.to_string())?;
    let mut wanted = rcgen::CertificateParams::new(names).map_err(|error| error.to_string())?;
    wanted.distinguished_name.push(rcgen::DnType::CommonName, "Stagegate");
    wanted.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let now = time::OffsetDateTime::now_utc();
    (wanted.not_before, wanted.not_after) = (now - time::Duration::DAY, now + VALIDITY);
    let certificate = wanted.self_signed(&key).map_err(|error| error.to_string())?;
    ServerIdentity::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn a_pair_that_belongs_together_is_an_identity() {
        let (certificate, key) = pair(&["api.example.com", "*.example.org"]);
        let identity = ServerIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        for (host, expected) in [
            ("api.example.com", true),
            ("a.example.org", true),
            ("*.example.org", true),
            ("a.b.example.org", false),
            ("example.com", false),
            ("*.example.com", false),
            ("not a name", false),
        ] {
            assert_eq!(identity.is_for(host), expected, "{host}");
        }
        assert!(!format!("{identity:?}").contains("key:"));
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        let ((one, one_key), (two, _)) = (pair(&["a.test"]), pair(&["b.test"]));
        let chain = |count: usize| one.repeat(count);
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
        for (certificate, key, expected) in [
            (&two, &one_key, IdentityError::Mismatch),
            (&String::new(), &one_key, IdentityError::NoCertificate),
            (&one_key, &one_key, IdentityError::NoCertificate),
            (&broken, &one_key, IdentityError::BadCertificate),
            (&format!("{one}{broken}"), &one_key, IdentityError::BadCertificate),
            (&one, &one, IdentityError::BadKey),
            (&one, &String::new(), IdentityError::BadKey),
            (&chain(CHAIN_MAX + 1), &one_key, IdentityError::LongChain),
        ] {
            let refused = ServerIdentity::from_pem(certificate.as_bytes(), key.as_bytes());
            assert_eq!(refused.unwrap_err(), expected);
        }
        assert!(ServerIdentity::from_pem(chain(2).as_bytes(), one_key.as_bytes()).is_ok());
    }
}
