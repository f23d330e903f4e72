//! Private keys of certificates at rest: each is sealed for the row that it stands in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_model::keys::Key;
use stagegate_model::rest::StoredPrivateKey;
use stagegate_seal::Sealer;

/// Seals a private key in PEM for its row.
pub fn seal_private_key(pem: &str, row: &Key, sealer: &Sealer) -> StoredPrivateKey {
    let bytes = sealer.seal(row.to_string().as_bytes(), pem.as_bytes());
    StoredPrivateKey { private_key_pem: None, sealed_private_key: Some(STANDARD.encode(bytes)) }
}

/// The private key of a row in PEM, also of one that an earlier version wrote in clear text; `None` if no key of this server
/// opens it, or it was sealed for another row.
pub fn open_private_key(stored: &StoredPrivateKey, row: &Key, sealer: &Sealer) -> Option<String> {
    let Some(text) = &stored.sealed_private_key else { return stored.private_key_pem.clone() };
    let bytes = STANDARD.decode(text).ok()?;
    String::from_utf8(sealer.open(row.to_string().as_bytes(), &bytes).ok()?).ok()
}
