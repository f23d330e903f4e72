//! Secrets at rest: authenticated encryption (AES-256-GCM) and keyed hashes (HMAC-SHA-256) under one key with rotation.
//!
//! Pure but for randomness: no file, no clock. What a secret is for is its *context*, such as the key of the row that it
//! stands in: what was sealed for one context does not open in another, so that nobody who can write the database can
//! move a secret from one row to the next.

mod key;
mod sealer;

pub use key::{KEY_BYTES, MasterKey, MasterKeyError};
pub use sealer::{DIGEST_BYTES, OVERHEAD_BYTES, SealError, Sealer};
