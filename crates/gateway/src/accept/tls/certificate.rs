//! The certificate that a client showed: what is told of it, and whether a truststore accepts it.

use std::cell::RefCell;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_mapping::ClientCertFact;
use stagegate_tls::{CertificateFacts, Truststore, Untrusted};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};

/// Characters of a line of PEM.
const LINE_CHARS: usize = 64;

/// What a truststore said.
type Verdict = (Arc<Truststore>, Result<(), Untrusted>);

/// A certificate whose key the client has.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    der: CertificateDer<'static>,
    facts: CertificateFacts,
    /// What the truststore that was asked last said. Requests of a connection ask the same one, until the domain name changes.
    verdict: RefCell<Option<Verdict>>,
}

impl ClientCertificate {
    /// Reads what the handshake brought.
    pub(super) fn read(der: &CertificateDer<'static>) -> Option<Self> {
        Some(Self { facts: CertificateFacts::read(der)?, der: der.clone(), verdict: RefCell::default() })
    }

    /// Whether a truststore accepts the certificate. It is looked at once for each connection; a date that passes meanwhile still
    /// counts.
    pub(crate) fn check(&self, truststore: &Arc<Truststore>) -> Result<(), Untrusted> {
        let now = UnixTime::now();
        if i64::try_from(now.as_secs()).unwrap_or(i64::MAX) > self.facts.validity.end_s {
            return Err(Untrusted::Expired);
        }
        let mut known = self.verdict.borrow_mut();
        match &*known {
            Some((asked, verdict)) if Arc::ptr_eq(asked, truststore) => *verdict,
            _ => {
                let verdict = truststore.check(&self.der, now);
                *known = Some((Arc::clone(truststore), verdict));
                verdict
            }
        }
    }

    /// Appends what events, templates and logs show of it (fact D6).
    pub(crate) fn write(&self, part: ClientCertFact, out: &mut Vec<u8>) {
        match part {
            ClientCertFact::Pem => self.write_pem(out),
            ClientCertFact::SubjectDn => out.extend_from_slice(self.facts.subject.as_bytes()),
            ClientCertFact::IssuerDn => out.extend_from_slice(self.facts.issuer.as_bytes()),
            ClientCertFact::SerialNumber => out.extend_from_slice(self.facts.serial_number.as_bytes()),
            ClientCertFact::NotBefore => out.extend_from_slice(self.facts.validity.not_before().as_bytes()),
            ClientCertFact::NotAfter => out.extend_from_slice(self.facts.validity.not_after().as_bytes()),
        }
    }

    /// PEM, without a line's end behind it.
    fn write_pem(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"-----BEGIN CERTIFICATE-----\n");
        for line in STANDARD.encode(&self.der).as_bytes().chunks(LINE_CHARS) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        out.extend_from_slice(b"-----END CERTIFICATE-----");
    }
}
