//! The master key: 32 random bytes, and what is derived from them.

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::hkdf::{self, HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a master key.
pub const KEY_BYTES: usize = 32;
/// Bytes that name a key in what it sealed.
pub(crate) const KEY_ID_BYTES: usize = 4;

/// Why a text or the system gives no master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is no Base64 of 32 bytes.
    #[error("a key is the Base64 of exactly 32 bytes, 44 characters")]
    Malformed,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

/// A master key. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    /// A key of given bytes, which must be random.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`MasterKeyError::NoRandomness`].
    pub fn random() -> Result<Self, MasterKeyError> {
        let mut bytes = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| MasterKeyError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// Reads the Base64 of a key (RFC 4648 §4, padded); white space around it does not count.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn from_base64(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| MasterKeyError::Malformed)?;
        bytes.try_into().map(Self).map_err(|_| MasterKeyError::Malformed)
    }

    /// The Base64 of the key, for whoever has to write it down.
    pub fn expose_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// What a master key is used through.
pub(crate) struct Derived {
    pub(crate) id: [u8; KEY_ID_BYTES],
    pub(crate) cipher: LessSafeKey,
    pub(crate) digest: hmac::Key,
}

impl Derived {
    /// Derives a key for each use (HKDF, RFC 5869), so that no use says anything about another.
    pub(crate) fn of(master: &MasterKey) -> Self {
        let salt = Salt::new(HKDF_SHA256, b"stagegate-seal-1").extract(&master.0);
        let cipher = UnboundKey::new(&AES_256_GCM, &expand::<KEY_BYTES>(&salt, b"aes-256-gcm"))
            .expect("32 bytes are a key of AES-256");
        Self {
            id: expand(&salt, b"key id"),
            cipher: LessSafeKey::new(cipher),
            digest: hmac::Key::new(hmac::HMAC_SHA256, &expand::<KEY_BYTES>(&salt, b"hmac-sha-256")),
        }
    }
}

/// So many bytes of output of a derivation.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &hkdf::Prk, info: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    let info = [info];
    let okm = prk.expand(&info, Length(N)).expect("an output is far below 255 hashes");
    okm.fill(&mut bytes).expect("the output has the length that was asked for");
    bytes
}
