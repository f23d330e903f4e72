//! Tags and AWS's rules for them.

use std::collections::BTreeMap;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// A tag that AWS refuses (page "Tag naming and usage conventions" of the AWS tagging guide).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// A key is empty or over 128 characters.
    #[error("a tag key has 1 to 128 characters")]
    KeyLength,
    /// A value is over 256 characters.
    #[error("a tag value has at most 256 characters")]
    ValueLength,
    /// A key starts with the reserved prefix.
    #[error("tag keys that start with `aws:` are reserved")]
    Reserved,
}

/// Checks one tag.
pub fn check(key: &str, value: &str) -> Result<(), TagError> {
    if !(1..=128).contains(&key.chars().count()) {
        return Err(TagError::KeyLength);
    }
    if value.chars().count() > 256 {
        return Err(TagError::ValueLength);
    }
    if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return Err(TagError::Reserved);
    }
    Ok(())
}
