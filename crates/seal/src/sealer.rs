//! Sealing, opening and hashing under the current key; opening under former keys too.

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use aws_lc_rs::hmac;

use crate::key::{Derived, KEY_ID_BYTES, MasterKey};

/// The first byte of everything sealed in this form.
const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_LEN;

/// How many bytes longer a sealed secret is than the secret.
pub const OVERHEAD_BYTES: usize = HEAD_BYTES + TAG_BYTES;
/// Bytes of a [`Sealer::digest`].
pub const DIGEST_BYTES: usize = 32;

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// They are too short, or of another version.
    #[error("these bytes were not sealed in a form that is known here")]
    Malformed,
    /// None of the keys has the id that they name.
    #[error("the key that sealed this is not among the keys of this server")]
    UnknownKey,
    /// They were changed, or sealed for another context.
    #[error("the sealed bytes were changed, or belong elsewhere")]
    Forged,
}

/// Seals and opens secrets, and hashes values for look-ups. Shared by an `Arc`; every call stands alone.
///
/// Nonces are random: one key is good for 2³² seals (NIST SP 800-38D §8.3).
pub struct Sealer {
    current: Derived,
    former: Vec<Derived>,
}

impl Sealer {
    /// Seals with the first key, opens with all of them.
    pub fn new(current: &MasterKey, former: &[MasterKey]) -> Self {
        Self { current: Derived::of(current), former: former.iter().map(Derived::of).collect() }
    }

    /// Encrypts a secret for a context. Two seals of one secret differ.
    ///
    /// The form: version (1 byte), key id (4), nonce (12), ciphertext, tag (16).
    ///
    /// # Panics
    /// Only if the system gives no randomness.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).expect("the system gives randomness, as it did at the start");
        let head = [&[VERSION], self.current.id.as_slice()].concat();
        let associated = associated(&head, context);
        let mut sealed = plain.to_vec();
        self.current
            .cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated), &mut sealed)
            .expect("a secret is far below the 64 GB of one message");
        [head.as_slice(), &nonce, &sealed].concat()
    }

    /// Decrypts what [`Sealer::seal`] made for the same context.
    ///
    /// # Errors
    /// Every [`SealError`].
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (head, rest) = sealed.split_at_checked(1 + KEY_ID_BYTES).ok_or(SealError::Malformed)?;
        let (nonce, cipher_text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Malformed)?;
        if head[0] != VERSION || cipher_text.len() < TAG_BYTES {
            return Err(SealError::Malformed);
        }
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let key = keys.find(|key| key.id == head[1..]).ok_or(SealError::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Malformed)?;
        let mut bytes = cipher_text.to_vec();
        let plain_bytes = key
            .cipher
            .open_in_place(nonce, Aad::from(associated(head, context)), &mut bytes)
            .map_err(|_| SealError::Forged)?
            .len();
        bytes.truncate(plain_bytes);
        Ok(bytes)
    }

    /// Whether a secret was sealed under the current key, as far as its first bytes tell: they are enough.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.first() == Some(&VERSION) && sealed.get(1..=KEY_ID_BYTES) == Some(&self.current.id[..])
    }

    /// A hash of a value that nobody without the key can compute: for tables that are looked up by a secret. It is under
    /// the current key alone, so that a table of digests is built anew when the key changes; keep it in memory.
    ///
    /// # Panics
    /// Never: lengths fit 64 bits.
    pub fn digest(&self, context: &[u8], value: &[u8]) -> [u8; DIGEST_BYTES] {
        let mut hash = hmac::Context::with_key(&self.current.digest);
        let length = u64::try_from(context.len()).expect("a length fits 64 bits");
        for part in [&length.to_be_bytes(), context, value] {
            hash.update(part);
        }
        hash.sign().as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("former", &self.former.len()).finish_non_exhaustive()
    }
}

/// What is authenticated besides the secret: the head and the context.
fn associated(head: &[u8], context: &[u8]) -> Vec<u8> {
    [head, context].concat()
}
