//! A truststore: the authorities whose client certificates a domain name accepts (fact D5).
//!
//! AWS wants the whole chain up to the root in the truststore, so that only self-issued certificates anchor a chain, and what a
//! client sends besides its own certificate does not count.

use std::fmt;

use rustls::DistinguishedName;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath, anchor_from_trusted_cert};

use crate::x509::CertificateFacts;

/// Authorities of the longest chain, the root included ("Certificates can have a maximum chain length of four").
const CHAIN_MAX: usize = 4;
/// Bytes and certificates of the largest truststore (API Gateway quotas: 1,000 certificates, 1 MB).
pub(crate) const BYTES_MAX: usize = 1024 * 1024;
const CERTIFICATES_MAX: usize = 1000;
/// Bytes of the names that are told to clients as a hint; more are told by none.
const HINTS_BYTES_MAX: usize = 16 * 1024;

/// Why a client's certificate is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrusted {
    /// No chain of the truststore leads to it.
    UnknownIssuer,
    /// It is self-signed, and not in the truststore.
    SelfSigned,
    /// It, or an authority above it, is signed in a way that is not secure enough.
    InsecureAlgorithm,
    /// It, or an authority above it, has expired.
    Expired,
    /// It, or an authority above it, is not valid yet.
    NotYetValid,
    /// More than four authorities stand above it.
    LongChain,
    /// It breaks another rule of X.509, or is not for clients.
    Invalid,
}

impl Untrusted {
    /// The words of the execution log; the first three are AWS's ("Troubleshoot HTTP 403 Forbidden errors … mutual TLS"), the
    /// others OpenSSL's, from which AWS's third seems to be.
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnknownIssuer => "Could not find issuer for certificate",
            Self::SelfSigned => "self signed certificate",
            Self::InsecureAlgorithm => "Client cert using an insecure Signature Algorithm",
            Self::Expired => "certificate has expired",
            Self::NotYetValid => "certificate is not yet valid",
            Self::LongChain => "certificate chain too long",
            Self::Invalid => "certificate is not valid",
        }
    }
}

/// Why a text is no truststore at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TruststoreError {
    /// The text is too long.
    #[error("the truststore is larger than {BYTES_MAX} bytes")]
    Large,
    /// It has more certificates than AWS takes.
    #[error("the truststore has more than {CERTIFICATES_MAX} certificates")]
    Many,
    /// It has no certificate.
    #[error("the truststore has no certificate in PEM")]
    Empty,
}

/// The authorities of a domain name.
pub struct Truststore {
    anchors: Vec<TrustAnchor<'static>>,
    intermediates: Vec<CertificateDer<'static>>,
    /// Self-signed certificates that clients may show as they are.
    self_signed: Vec<CertificateDer<'static>>,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    pub(crate) hints: Vec<DistinguishedName>,
}

impl fmt::Debug for Truststore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truststore")
            .field("anchors", &self.anchors.len())
            .field("intermediates", &self.intermediates.len())
            .finish_non_exhaustive()
    }
}

impl Truststore {
    /// Trusts nobody: for a domain name whose truststore is not there.
    pub fn closed() -> Self {
        Self {
            anchors: Vec::new(),
            intermediates: Vec::new(),
            self_signed: Vec::new(),
            algorithms: default_provider().signature_verification_algorithms.all,
            hints: Vec::new(),
        }
    }

    /// Reads the certificates of a text in PEM, with a warning for each that is of no use at `now`: what is wrong with it, and its
    /// subject.
    ///
    /// # Errors
    /// There is none, or too much.
    pub fn from_pem(text: &[u8], now: UnixTime) -> Result<(Self, Vec<String>), TruststoreError> {
        if text.len() > BYTES_MAX {
            return Err(TruststoreError::Large);
        }
        let (mut store, mut warnings, mut count) = (Self::closed(), Vec::new(), 0);
        for certificate in CertificateDer::pem_slice_iter(text) {
            count += 1;
            if count > CERTIFICATES_MAX {
                return Err(TruststoreError::Many);
            }
            match certificate {
                Ok(certificate) => store.add(certificate, now, &mut warnings),
                Err(error) => {
                    warnings.push(format!("Certificate {count} of the truststore is not valid PEM"));
                    // Behind such a place nothing is read.
                    if !matches!(error, pem::Error::Base64Decode(_)) {
                        break;
                    }
                }
            }
        }
        if count == 0 {
            return Err(TruststoreError::Empty);
        }
        store.limit_hints();
        warnings.extend(store.without_root());
        Ok((store, warnings))
    }

    fn add(&mut self, certificate: CertificateDer<'static>, now: UnixTime, warnings: &mut Vec<String>) {
        let Some(facts) = CertificateFacts::read(&certificate) else {
            return warnings.push("A certificate of the truststore does not meet X.509 syntax requirements".to_owned());
        };
        let now_s = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now_s > facts.validity.end_s {
            warnings.push(format!("Certificate with subject {} has expired", facts.subject));
        } else if now_s < facts.validity.begin_s {
            warnings.push(format!("Certificate with subject {} is not valid yet", facts.subject));
        }
        let Ok(anchor) = anchor_from_trusted_cert(&certificate) else {
            return warnings
                .push(format!("Certificate with subject {} does not meet X.509 syntax requirements", facts.subject));
        };
        let anchor = anchor.to_owned();
        if let Err(reason) = self.is_secure(&certificate, &anchor, facts.is_self_issued) {
            warnings.push(format!("Certificate with subject {} {reason}", facts.subject));
        }
        self.hints.push(DistinguishedName::in_sequence(anchor.subject.as_ref()));
        if facts.is_self_issued {
            self.anchors.push(anchor);
            self.self_signed.push(certificate.into_owned());
        } else {
            self.intermediates.push(certificate.into_owned());
        }
    }

    /// Whether a self-issued certificate is signed by itself, with an algorithm that is good enough.
    fn is_secure(
        &self,
        certificate: &CertificateDer<'_>,
        anchor: &TrustAnchor<'_>,
        is_self_issued: bool,
    ) -> Result<(), &'static str> {
        if !is_self_issued {
            return Ok(());
        }
        let Ok(parsed) = EndEntityCert::try_from(certificate) else { return Ok(()) };
        let anchors = std::slice::from_ref(anchor);
        // Dates and purpose are judged elsewhere: only the signature is of interest.
        let usage = KeyUsage::client_auth();
        match parsed.verify_for_usage(self.algorithms, anchors, &[], UnixTime::now(), usage, None, None) {
            Err(error) if is_about_algorithm(&error) => Err("uses an insecure signature algorithm"),
            Err(Error::InvalidSignatureForPublicKey) => Err("has a signature that is not its own"),
            _ => Ok(()),
        }
    }

    /// A warning for every authority whose issuer is not in the truststore.
    fn without_root(&self) -> Vec<String> {
        let subjects: Vec<String> = self
            .self_signed
            .iter()
            .chain(&self.intermediates)
            .filter_map(|certificate| CertificateFacts::read(certificate))
            .map(|facts| facts.subject)
            .collect();
        let facts = self.intermediates.iter().filter_map(|certificate| CertificateFacts::read(certificate));
        facts
            .filter(|facts| !subjects.contains(&facts.issuer))
            .map(|facts| format!("Could not find issuer for certificate with subject {}", facts.subject))
            .collect()
    }

    fn limit_hints(&mut self) {
        let bytes: usize = self.hints.iter().map(|hint| hint.as_ref().len() + 2).sum();
        if bytes > HINTS_BYTES_MAX {
            self.hints.clear();
        }
    }

    /// Judges a client's certificate: its chain, its dates, its algorithms. Revocation is not looked at, as on AWS.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn check(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Untrusted> {
        let facts = CertificateFacts::read(certificate).ok_or(Untrusted::Invalid)?;
        if self.self_signed.iter().any(|known| known == certificate) {
            let now_s = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            return match (now_s < facts.validity.begin_s, now_s > facts.validity.end_s) {
                (true, _) => Err(Untrusted::NotYetValid),
                (_, true) => Err(Untrusted::Expired),
                _ => Ok(()),
            };
        }
        let parsed = EndEntityCert::try_from(certificate).map_err(|_error| Untrusted::Invalid)?;
        let usage = KeyUsage::client_auth();
        let verified = parsed.verify_for_usage(
            self.algorithms,
            &self.anchors,
            &self.intermediates,
            now,
            usage,
            None,
            Some(&is_short),
        );
        verified.map(drop).map_err(|error| untrusted(&error, facts.is_self_issued))
    }
}

/// The root is the anchor, which is no intermediate.
fn is_short(path: &VerifiedPath<'_>) -> Result<(), Error> {
    if path.intermediate_certificates().count() < CHAIN_MAX { Ok(()) } else { Err(Error::MaximumPathDepthExceeded) }
}

fn untrusted(error: &Error, is_self_issued: bool) -> Untrusted {
    match error {
        Error::UnknownIssuer | Error::CaUsedAsEndEntity if is_self_issued => Untrusted::SelfSigned,
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => Untrusted::UnknownIssuer,
        Error::CertExpired { .. } => Untrusted::Expired,
        Error::CertNotValidYet { .. } => Untrusted::NotYetValid,
        Error::MaximumPathDepthExceeded => Untrusted::LongChain,
        error if is_about_algorithm(error) => Untrusted::InsecureAlgorithm,
        _ => Untrusted::Invalid,
    }
}

fn is_about_algorithm(error: &Error) -> bool {
    // The context of the error has several variants of the same meaning.
    format!("{error:?}").starts_with("UnsupportedSignatureAlgorithm")
        || matches!(error, Error::SignatureAlgorithmMismatch)
}

#[cfg(test)]
mod tests;
