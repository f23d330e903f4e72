//! Ids in the form of IAM's (IAM User Guide, "IAM identifiers"), access keys and their secrets.

use crate::call::Call;

/// Base32, as IAM's ids have it.
const ID_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Base64, as secret access keys have it.
const SECRET_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SECRET_CHARS: usize = 40;

/// A unique id: a prefix such as `AIDA`, and 17 characters.
pub(crate) fn new_id(call: &Call, prefix: &str) -> String {
    format!("{prefix}{}", draw(call, ID_ALPHABET, 17))
}

/// An access key id: `AKIA` or `ASIA`, and 16 characters.
pub(crate) fn new_access_key_id(call: &Call, prefix: &str) -> String {
    format!("{prefix}{}", draw(call, ID_ALPHABET, 16))
}

/// A secret access key of 40 characters, 240 bits.
pub(crate) fn new_secret(call: &Call) -> String {
    draw(call, SECRET_ALPHABET, SECRET_CHARS)
}

/// Draws from an alphabet whose size is a power of two, so that every letter is equally likely.
fn draw(call: &Call, alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0_u8; length];
    call.world.random.fill(&mut bytes);
    bytes.into_iter().map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()])).collect()
}
