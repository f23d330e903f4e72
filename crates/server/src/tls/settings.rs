//! The settings of TLS as types.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The files of a certificate and of its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairFiles {
    /// The certificate, and the chain above it.
    pub(crate) certificate: PathBuf,
    /// The key.
    pub(crate) key: PathBuf,
}

impl PairFiles {
    /// Both paths.
    pub(super) fn paths(&self) -> [&Path; 2] {
        [&self.certificate, &self.key]
    }
}

/// A certificate and the names that domain names have for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateSettings {
    /// Its ARN, its name, or both.
    pub(crate) names: Vec<String>,
    /// Where it is.
    pub(crate) pair: PairFiles,
}

/// A truststore and the object of S3 that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TruststoreSettings {
    /// `s3://bucket/key`.
    pub(crate) uri: String,
    /// The version of the object; `None` stands for every one that has no truststore of its own.
    pub(crate) version: Option<String>,
    /// The certificates in PEM.
    pub(crate) file: PathBuf,
}

/// Everything that is set of TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    /// Where to listen, if anywhere.
    pub(crate) listen: Option<SocketAddr>,
    /// The default certificate's files, as far as set.
    pub(crate) default_certificate: Option<PathBuf>,
    pub(crate) default_key: Option<PathBuf>,
    /// Trusted proxies ask for client certificates.
    pub(crate) mutual_is_terminated: bool,
    /// Certificates by name.
    pub(crate) certificates: Vec<CertificateSettings>,
    /// Truststores by URI.
    pub(crate) truststores: Vec<TruststoreSettings>,
}

impl TlsSettings {
    /// The default certificate; one of its two files is not set without the other.
    pub(super) fn default_pair(&self) -> Option<PairFiles> {
        let (certificate, key) = self.default_certificate.clone().zip(self.default_key.clone())?;
        Some(PairFiles { certificate, key })
    }
}
