//! Reading: events of some streams between two moments, in the order of time, forwards or backwards, within a budget.

use std::collections::HashMap;
use std::sync::Arc;

use super::catalog::GroupName;
use super::event::{Position, StoredEvent};
use super::index::Index;
use super::store::{LogError, LogStore};
use super::walk::Walk;

/// Which streams of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Streams {
    /// All.
    All,
    /// Those whose names begin with this.
    Prefix(String),
    /// These.
    Named(Vec<String>),
}

/// In which direction of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    Forward,
    /// The newest first.
    Backward,
}

impl Direction {
    /// The place of a position in this order: what comes first has the lower one. The rank of a rank is the position.
    pub(super) fn rank(self, position: Position) -> Position {
        let Position { timestamp_ms, segment, offset, index } = position;
        match self {
            Self::Forward => position,
            Self::Backward => {
                Position { timestamp_ms: !timestamp_ms, segment: !segment, offset: !offset, index: !index }
            }
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The group.
    pub group: GroupName,
    /// Its streams.
    pub streams: Streams,
    /// Not before this moment, in milliseconds since 1970.
    pub from_ms: i64,
    /// Before this one.
    pub until_ms: i64,
    /// The order.
    pub direction: Direction,
    /// Behind this place, in the order asked for.
    pub behind: Option<Position>,
    /// The most events.
    pub limit: usize,
    /// The most bytes of their messages; one is always given.
    pub bytes_max: usize,
    /// After how many bytes of blocks the search stops, as soon as it has got behind them.
    pub scan_bytes_max: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The events, in the order asked for.
    pub events: Vec<StoredEvent>,
    /// The place up to which everything was looked at: the next page is behind it.
    pub last: Option<Position>,
    /// Whether there was nothing more when this was read.
    pub is_complete: bool,
}

impl LogStore {
    /// Reads a page of the events whose messages `keep` wants, which is asked in no order. Retention counts from `now_ms`.
    ///
    /// At any time it has one block and the events of the page in memory, and of the others where they are.
    pub fn read(&self, query: &Query, now_ms: i64, keep: impl FnMut(&str) -> bool) -> Result<Page, LogError> {
        let wanted = wanted(&self.index(), query, now_ms)?;
        Ok(Walk::begin(self, query, wanted).page(keep))
    }
}

/// A stream that is asked for: its name, and from when on its events are shown.
pub(super) type Wanted = HashMap<u32, (Arc<str>, i64)>;

fn wanted(index: &Index, query: &Query, now_ms: i64) -> Result<Wanted, LogError> {
    let group = index.catalog.id(&query.group).ok_or(LogError::NoGroup)?;
    let mut wanted = Wanted::new();
    let Some(streams) = index.catalog.streams_of(group) else {
        return if matches!(query.streams, Streams::Named(_)) { Err(LogError::NoStream) } else { Ok(wanted) };
    };
    let mut want = |name: &Arc<str>, id: u32| {
        let from_ms = index.kept_from_ms(id, now_ms).unwrap_or(i64::MAX).max(query.from_ms);
        wanted.insert(id, (Arc::clone(name), from_ms));
    };
    match &query.streams {
        Streams::All => streams.iter().for_each(|(name, id)| want(name, *id)),
        Streams::Prefix(prefix) => {
            let named = streams.iter().filter(|(name, _)| name.starts_with(prefix.as_str()));
            named.for_each(|(name, id)| want(name, *id));
        }
        Streams::Named(names) => {
            for name in names {
                let (name, id) = streams.get_key_value(name.as_str()).ok_or(LogError::NoStream)?;
                want(name, *id);
            }
        }
    }
    Ok(wanted)
}
