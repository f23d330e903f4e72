//! Self-signed certificates as AWS makes them for clients: RSA, 2,048 bits, valid for a year.

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use time::{Duration, OffsetDateTime};

/// How long a certificate is valid (developer guide, "Rotate an expiring client certificate").
const VALIDITY: Duration = Duration::days(365);

/// A certificate and its key.
pub(super) struct SelfSigned {
    /// The certificate in PEM.
    pub(super) certificate_pem: String,
    /// The private key, PKCS #8 in PEM.
    pub(super) private_key_pem: String,
    /// The last second of its validity.
    pub(super) expires_epoch_seconds: i64,
}

/// Makes a key and signs a certificate with it.
///
/// # Errors
/// What the cryptographic library says.
pub(super) fn self_signed(now_epoch_seconds: i64) -> Result<SelfSigned, String> {
    let begins = OffsetDateTime::from_unix_timestamp(now_epoch_seconds).map_err(|error| error.to_string())?;
    let ends = begins + VALIDITY;
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(|error| error.to_string())?;
    let mut wanted = CertificateParams::default();
    wanted.distinguished_name.push(DnType::CommonName, "ApiGateway");
    wanted.not_before = begins;
    wanted.not_after = ends;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = wanted.self_signed(&key).map_err(|error| error.to_string())?;
    Ok(SelfSigned {
        certificate_pem: certificate.pem(),
        private_key_pem: key.serialize_pem(),
        expires_epoch_seconds: ends.unix_timestamp(),
    })
}
