//! JSON Web Tokens, verified only: the compact serialization of RFC 7515, keys of RFC 7517, claims of RFC 7519.
//!
//! Strict where a lenient parser has been a hole elsewhere (RFC 8725): algorithms are a closed list without `none` and HMAC,
//! a key serves the algorithms of its type alone, members of an object are unique, and nothing in a token names a key but
//! `kid`: `jku`, `jwk`, `x5u` and `x5c` are never looked at.

mod algorithm;
mod base64url;
mod claims;
mod json;
mod jwk;
mod key;
mod key_set;
mod token;
#[cfg(test)]
mod vectors;

pub use algorithm::{Algorithm, Algorithms};
pub use claims::{Claims, Untimely};
pub use jwk::Unusable;
pub use key::{Key, SignatureMismatch};
pub use key_set::{KEYS_MAX, KeySet, NoKeySet, SkippedKey};
pub use token::{Malformed, TOKEN_BYTES_MAX, Token};
