//! Scalars with a wire form of their own: timestamps and status codes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment as AWS writes it: seconds since 1970-01-01 UTC, a JSON number. Fractions are accepted and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(#[serde(deserialize_with = "whole_seconds")] pub i64);

impl Timestamp {
    /// The moment `epoch_seconds` after 1970-01-01 UTC.
    pub const fn from_epoch_seconds(epoch_seconds: i64) -> Self {
        Self(epoch_seconds)
    }

    /// Seconds since 1970-01-01 UTC.
    pub const fn epoch_seconds(self) -> i64 {
        self.0
    }
}

fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    // Beyond 2^53 a float no longer names one second, and no date is meant.
    if !(-9.0e15..=9.0e15).contains(&seconds) {
        return Err(de::Error::custom("a timestamp is a number of epoch seconds"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked; fractions of seconds are dropped")]
    Ok(seconds.floor() as i64)
}

/// An HTTP status code as the service model types it: a string that matches `[1-5]\d\d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

/// A string that does not match `[1-5]\d\d`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a status code from 100 to 599")]
pub struct InvalidStatusCode(pub String);

impl StatusCode {
    /// 200.
    pub const OK: Self = Self(200);

    /// A code from 100 to 599; anything else is refused.
    pub fn new(code: u16) -> Result<Self, InvalidStatusCode> {
        if (100..=599).contains(&code) { Ok(Self(code)) } else { Err(InvalidStatusCode(code.to_string())) }
    }

    /// The code as a number.
    pub const fn as_u16(self) -> u16 {
        self.0
    }
}

impl FromStr for StatusCode {
    type Err = InvalidStatusCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidStatusCode(text.to_owned());
        if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        text.parse().map_err(|_| invalid()).and_then(Self::new)
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StatusCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
