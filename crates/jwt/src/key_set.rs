//! The keys of an issuer (RFC 7517 §5): what cannot be used is skipped, and told.

use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::json::object;
use crate::jwk::Unusable;
use crate::key::Key;

/// Keys that are read of one set.
pub const KEYS_MAX: usize = 100;

/// The keys of an issuer, unique by id and algorithm.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

/// A key that is of no use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its `kid`, where it has one.
    pub id: Option<String>,
    /// What is wrong with it; `None`: another key of the set has its id.
    pub why: Option<Unusable>,
}

/// Why something is no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoKeySet {
    /// It is no JSON object with members that are unique.
    #[error("it is no strict JSON object")]
    Json,
    /// `keys` is no array.
    #[error("it has no array `keys`")]
    NoKeys,
    /// There are too many.
    #[error("it has more than {KEYS_MAX} keys")]
    TooMany,
}

impl KeySet {
    /// Reads a key set.
    ///
    /// # Errors
    /// It is none, or has too many keys. A single key that cannot be used is no error.
    pub fn parse(text: &[u8]) -> Result<Self, NoKeySet> {
        let members = object(text).map_err(|_| NoKeySet::Json)?;
        let values = members.get("keys").and_then(Value::as_array).ok_or(NoKeySet::NoKeys)?;
        if values.len() > KEYS_MAX {
            return Err(NoKeySet::TooMany);
        }
        let mut set = Self::default();
        let mut read = Vec::new();
        for value in values {
            match Key::read(value) {
                Ok(key) => read.push(key),
                Err(why) => {
                    let id = value.get("kid").and_then(Value::as_str).map(str::to_owned);
                    set.skipped.push(SkippedKey { id, why: Some(why) });
                }
            }
        }
        // Of two keys that one token could mean, neither is used.
        for (index, key) in read.iter().enumerate() {
            let mut others = read.iter().enumerate().filter(|(other, _)| *other != index);
            if others.any(|(_, other)| key.is_confused_with(other)) {
                set.skipped.push(SkippedKey { id: Some(key.id().to_owned()), why: None });
            } else {
                set.keys.push(key.clone());
            }
        }
        Ok(set)
    }

    /// The key with exactly this id that serves an algorithm.
    pub fn find(&self, id: &str, algorithm: Algorithm) -> Option<&Key> {
        self.keys.iter().find(|key| key.id() == id && key.serves(algorithm))
    }

    /// Whether a key has this id, whatever it serves, and whether or not it can be used.
    pub fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id() == id) || self.skipped.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// The keys that can be used.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys that cannot.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether every token that one of them verifies, the other one does, too.
    pub fn is_same(&self, other: &Self) -> bool {
        let within =
            |these: &[Key], those: &[Key]| these.iter().all(|key| those.iter().any(|other| key.is_same(other)));
        within(&self.keys, &other.keys) && within(&other.keys, &self.keys)
    }
}
