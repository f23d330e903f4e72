//! The private key of a certificate, as a row holds it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A private key at rest: sealed, but in rows that were written by earlier versions.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredPrivateKey {
    /// The key in PEM, as earlier versions wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_pem: Option<String>,
    /// The key in PEM, sealed for the key of its row, in Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_private_key: Option<String>,
}

impl fmt::Debug for StoredPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPrivateKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::StoredPrivateKey;
    use crate::rest::{ClientCertificateRow, DomainCertificateRow};

    #[test]
    fn rows_of_earlier_versions_and_of_this_one_are_read_and_written_as_they_are() {
        for key in [json!({ "privateKeyPem": "KEY" }), json!({ "sealedPrivateKey": "S" })] {
            let mut row = json!({ "name": "n", "certificatePem": "C" });
            row.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
            let read: DomainCertificateRow = serde_json::from_value(row.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), row);
            let mut row = json!({ "certificate": { "clientCertificateId": "a" } });
            row.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
            let read: ClientCertificateRow = serde_json::from_value(row.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), row);
            assert!(read.private_key != StoredPrivateKey::default());
        }
    }
}
