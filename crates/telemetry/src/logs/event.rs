//! One event: what a writer hands over, what a reader gets, and its place among all others.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An event on its way into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEvent<'e> {
    /// When it happened, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// What happened, at most [`MESSAGE_BYTES_MAX`] bytes.
    pub message: &'e str,
}

/// The most bytes of one message (AWS, "CloudWatch Logs quotas": an event is at most 1 MB).
pub const MESSAGE_BYTES_MAX: usize = 1_048_576;

/// An event of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place, which is its id as well.
    pub position: Position,
    /// When it came into the store, in milliseconds since 1970.
    pub ingested_ms: i64,
    /// The name of its stream.
    pub stream: Arc<str>,
    /// What happened.
    pub message: String,
}

/// The place of an event among all events: by time, then by when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// When the event happened, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The segment that holds it.
    pub segment: u64,
    /// Where its block begins in the segment, in bytes.
    pub offset: u64,
    /// Which event of the block it is.
    pub index: u32,
}

impl Position {
    /// Before every event of this moment.
    pub fn before(timestamp_ms: i64) -> Self {
        Self { timestamp_ms, segment: 0, offset: 0, index: 0 }
    }
}

/// Digits of an event's id (fact L1).
const ID_DIGITS: usize = 56;
/// Digits of its parts: the moment, the segment, the offset, the index.
const PARTS: [usize; 4] = [18, 14, 14, 10];

/// As an event id: 56 digits, ascending in the order of events (fact L1).
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [moment, segment, offset, index] = PARTS;
        let Self { timestamp_ms, segment: number, offset: at, index: place } = self;
        write!(f, "{:0moment$}{number:0segment$}{at:0offset$}{place:0index$}", (*timestamp_ms).max(0))
    }
}

/// Text that is no event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event id has {ID_DIGITS} digits")]
pub struct NoEventId;

impl FromStr for Position {
    type Err = NoEventId;

    fn from_str(text: &str) -> Result<Self, NoEventId> {
        if text.len() != ID_DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoEventId);
        }
        let mut rest = text;
        let [moment, segment, offset, index] = PARTS.map(|digits| {
            let (part, tail) = rest.split_at(digits);
            rest = tail;
            part.parse::<u64>().unwrap_or(u64::MAX)
        });
        let timestamp_ms = i64::try_from(moment).map_err(|_| NoEventId)?;
        Ok(Self { timestamp_ms, segment, offset, index: u32::try_from(index).map_err(|_| NoEventId)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_l1_event_ids_have_56_digits_and_their_order_is_that_of_events() {
        let position = |timestamp_ms, segment, offset, index| Position { timestamp_ms, segment, offset, index };
        let ascending = [
            position(0, 1, 0, 0),
            position(1_763_833_211_123, 1, 44, 7),
            position(1_763_833_211_123, 1, 440, 0),
            position(1_763_833_211_123, 12, 0, 0),
            position(1_763_833_211_124, 2, 0, 0),
        ];
        let ids = ascending.map(|position| position.to_string());
        assert!(ids.iter().all(|id| id.len() == 56) && ids.is_sorted(), "{ids:?}");
        assert_eq!(ids.map(|id| id.parse()), ascending.map(Ok));
        for text in ["", "7", &"9".repeat(56), &"x".repeat(56), &"1".repeat(57)] {
            assert_eq!(text.parse::<Position>(), Err(NoEventId), "{text}");
        }
    }
}
