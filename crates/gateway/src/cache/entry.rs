//! A stored answer as bytes: status, flags and length of the head in front, its fields as they are sent, its content.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use stagegate_state::CacheKey;

use crate::accept::Arrival;
use crate::core::Core;
use crate::respond::{ReplyHead, begin};

/// Bytes in front of the fields: status (2), flags (2), bytes of the fields (4), announced length and 1, or 0 (8).
const FRONT_BYTES: usize = 16;
/// Bytes of a nonce that differ: the rest is zero.
const COUNT_BYTES: usize = 8;
/// Bytes of what tells that ciphertext was not changed.
const TAG_BYTES: usize = 16;

/// The fields say what type the content has.
const HAS_CONTENT_TYPE: u8 = 1;

/// Writes the beginning of an entry: what stands before the content. `is_told` says of a field that each request is told it anew.
pub(super) fn write_head(head: &ReplyHead, is_told: impl Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&head.status().to_le_bytes());
    let flags = if head.has_content_type() { HAS_CONTENT_TYPE } else { 0 };
    out.extend_from_slice(&[flags, 0]);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&head.announced_length.map_or(0, |length| length.saturating_add(1)).to_le_bytes());
    for (name, value) in head.answer_fields().filter(|(name, _)| !is_of_one_request(name) && !is_told(name)) {
        out.extend_from_slice(name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    let fields = u32::try_from(out.len() - start - FRONT_BYTES).unwrap_or(u32::MAX);
    out[start + 4..start + 8].copy_from_slice(&fields.to_le_bytes());
}

/// What is true of the request that fetched the answer and of no other.
fn is_of_one_request(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"x-amzn-trace-id")
}

/// An entry, read: the head of the answer, and where its content begins. `None` for what is no entry.
pub(super) fn read(core: &Core, arrival: &Arrival<'_>, entry: &[u8]) -> Option<(ReplyHead, usize)> {
    let (front, rest) = entry.split_first_chunk::<FRONT_BYTES>()?;
    let [s0, s1, flags, _, f0, f1, f2, f3, announced @ ..] = *front;
    let fields = usize::try_from(u32::from_le_bytes([f0, f1, f2, f3])).ok()?;
    let mut head = begin(core, arrival, u16::from_le_bytes([s0, s1]));
    head.push_lines(rest.get(..fields)?, flags & HAS_CONTENT_TYPE != 0);
    head.announced_length = u64::from_le_bytes(announced).checked_sub(1);
    Some((head, FRONT_BYTES + fields))
}

/// Encrypts entries with a key that this process alone has, and forgets at its end.
///
/// Each nonce is the next number: a random one would be good for 2³² entries only (NIST SP 800-38D §8.3).
pub(crate) struct EntryCipher {
    key: LessSafeKey,
    count: AtomicU64,
}

impl EntryCipher {
    /// With a new random key.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub(crate) fn random() -> Result<Self, Unspecified> {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key)?);
        Ok(Self { key, count: AtomicU64::new(0) })
    }

    /// Encrypts an entry for its key in place; in front stands the nonce, behind it what proves that nothing was changed.
    ///
    /// # Errors
    /// The cipher fails, which it does for no entry of a size that is stored.
    pub(super) fn seal(&self, key: &CacheKey, plain: &[u8]) -> Result<Arc<[u8]>, Unspecified> {
        let count = self.count.fetch_add(1, Relaxed).to_le_bytes();
        let mut sealed = Vec::with_capacity(COUNT_BYTES + plain.len() + TAG_BYTES);
        sealed.extend_from_slice(&count);
        sealed.extend_from_slice(plain);
        let text = &mut sealed[COUNT_BYTES..];
        let tag = self.key.seal_in_place_separate_tag(nonce(count), Aad::from(key), text)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed.into())
    }

    /// Decrypts an entry of a key into an empty buffer.
    ///
    /// # Errors
    /// It was changed, or is another key's.
    pub(super) fn open(&self, key: &CacheKey, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Unspecified> {
        let (count, text) = sealed.split_first_chunk::<COUNT_BYTES>().ok_or(Unspecified)?;
        out.extend_from_slice(text);
        let plain = self.key.open_in_place(nonce(*count), Aad::from(key), out)?.len();
        out.truncate(plain);
        Ok(())
    }
}

/// Bytes that encryption adds to an entry.
pub(super) const SEAL_BYTES: usize = COUNT_BYTES + TAG_BYTES;

fn nonce(count: [u8; COUNT_BYTES]) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[..COUNT_BYTES].copy_from_slice(&count);
    Nonce::assume_unique_for_key(nonce)
}

impl fmt::Debug for EntryCipher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EntryCipher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_entries_open_for_their_key_and_unchanged_only() {
        let cipher = EntryCipher::random().expect("randomness");
        let (key, other) = ([1; 32], [2; 32]);
        let plain = b"an answer that nobody may read in memory".as_slice();
        let sealed = cipher.seal(&key, plain).expect("sealed");
        assert_eq!(sealed.len(), plain.len() + SEAL_BYTES);
        assert!(!sealed.windows(8).any(|window| plain.windows(8).any(|text| text == window)), "no plaintext");
        assert_ne!(sealed, cipher.seal(&key, plain).expect("sealed"), "never the same twice");
        let open = |cipher: &EntryCipher, key: &CacheKey, sealed: &[u8]| {
            let mut out = Vec::new();
            cipher.open(key, sealed, &mut out).ok().map(|()| out)
        };
        assert_eq!(open(&cipher, &key, &sealed).as_deref(), Some(plain));
        assert_eq!(open(&cipher, &other, &sealed), None);
        assert_eq!(open(&EntryCipher::random().expect("randomness"), &key, &sealed), None);
        for at in [0, COUNT_BYTES, sealed.len() - 1] {
            let mut changed = sealed.to_vec();
            changed[at] ^= 1;
            assert_eq!(open(&cipher, &key, &changed), None, "{at}");
        }
        assert_eq!(open(&cipher, &key, &sealed[..7]), None);
        assert_eq!(open(&cipher, &key, &[0; 20]), None);
    }
}
