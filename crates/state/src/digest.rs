//! Digests as keys of maps: they are hashes already, and nobody chooses one who does not choose all that went into it.

use std::hash::{BuildHasherDefault, Hasher};

/// Takes the first eight bytes of a digest for its hash.
#[derive(Debug, Default, Clone, Copy)]
pub struct DigestHasher(u64);

/// Makes [`DigestHasher`]s, for maps by digests.
pub type ByDigest = BuildHasherDefault<DigestHasher>;

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    // The length of the array comes along, and changes nothing.
    fn write_usize(&mut self, _length: usize) {}
}
