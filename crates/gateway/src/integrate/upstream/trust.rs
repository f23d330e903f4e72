//! TLS towards back ends: whom to trust, and which certificate to show.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    WantsVerifier,
};
use stagegate_plan::{ClientIdentity, Way};
use stagegate_tls::Validity;
use tokio_rustls::TlsConnector;

/// Clients with a certificate that are kept; more certificates than that are read anew now and then.
const IDENTITIES_MAX: usize = 256;

/// The TLS clients of one connector.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    usual: TlsConnector,
    any_issuer: TlsConnector,
    with_identity: Mutex<HashMap<(bool, Box<str>), TlsConnector>>,
}

impl Trust {
    /// Trusts Mozilla's roots, unless a way asks for less.
    pub(super) fn new() -> io::Result<Self> {
        Self::of(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// The same with these roots.
    pub(super) fn of(roots: RootCertStore) -> io::Result<Self> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let roots = Arc::new(roots);
        let client = |accepts_any_issuer| connector(&provider, &roots, accepts_any_issuer, None);
        let (usual, any_issuer) = (client(false)?, client(true)?);
        Ok(Self { provider, roots, usual, any_issuer, with_identity: Mutex::default() })
    }

    /// The client for a way.
    ///
    /// # Errors
    /// The certificate that the way shows cannot be used.
    pub(super) fn connector(&self, way: &Way) -> io::Result<TlsConnector> {
        let Some(identity) = &way.identity else {
            return Ok(if way.accepts_any_issuer { self.any_issuer.clone() } else { self.usual.clone() });
        };
        let key = (way.accepts_any_issuer, identity.id.clone());
        let mut known = self.with_identity.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(&key) {
            return Ok(client.clone());
        }
        let client = connector(&self.provider, &self.roots, way.accepts_any_issuer, Some(identity))?;
        if known.len() >= IDENTITIES_MAX {
            known.clear();
        }
        known.insert(key, client.clone());
        Ok(client)
    }
}

fn connector(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    accepts_any_issuer: bool,
    identity: Option<&ClientIdentity>,
) -> io::Result<TlsConnector> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions();
    let builder: ConfigBuilder<ClientConfig, WantsVerifier> = builder.map_err(io::Error::other)?;
    let builder = if accepts_any_issuer {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyIssuer { provider: Arc::clone(provider) }))
    } else {
        builder.with_root_certificates(Arc::clone(roots))
    };
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain = CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes());
            let chain = chain.collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
            let key = PrivateKeyDer::from_pem_slice(identity.private_key_pem.as_bytes()).map_err(io::Error::other)?;
            builder.with_client_auth_cert(chain, key).map_err(io::Error::other)?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// `insecureSkipVerification`: who issued a certificate does not matter; its name, its dates and that the back end has its key
/// do (`TlsConfig` of AWS's API reference).
#[derive(Debug)]
struct AnyIssuer {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyIssuer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        let validity = Validity::of(end_entity).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let now_s = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now_s < validity.begin_s {
            return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
        }
        if now_s > validity.end_s {
            return Err(Error::InvalidCertificate(CertificateError::Expired));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
