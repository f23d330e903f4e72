//! `ClientCertificate`: a self-signed certificate that stages show to HTTP back ends.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{StoredPrivateKey, StringMap, Timestamp};

/// A client certificate, without its key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientCertificate {
    /// Six lower-case letters and digits.
    pub client_certificate_id: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The certificate in PEM, for back ends to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pem_encoded_certificate: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Timestamp>,
    /// When it stops being valid: a year later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<Timestamp>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
}

/// The stored form: the certificate with its private key, which no answer shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientCertificateRow {
    /// The certificate.
    pub certificate: ClientCertificate,
    /// The private key, PKCS #8 in PEM.
    #[serde(flatten)]
    pub private_key: StoredPrivateKey,
}

impl fmt::Debug for ClientCertificateRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificateRow").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
