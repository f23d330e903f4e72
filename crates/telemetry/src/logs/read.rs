//! Reading: events of some streams between two moments, in the order of time, forwards or backwards, within a budget.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::sync::Arc;

use super::block::{BlockHead, events};
use super::catalog::GroupName;
use super::event::{Position, StoredEvent};
use super::index::Index;
use super::segment::{self, Placed};
use super::store::{LogError, LogStore};

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
    /// Behind this event, in the order asked for.
    pub behind: Option<Position>,
    /// The most events.
    pub limit: usize,
    /// The most bytes of their messages; one is always given.
    pub bytes_max: usize,
    /// After how many bytes of blocks the search stops, wherever it is.
    pub scan_bytes_max: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The events, in the order asked for.
    pub events: Vec<StoredEvent>,
    /// The last event that was looked at: the next page is behind it.
    pub last: Option<Position>,
    /// Whether there was nothing more when this was read.
    pub is_complete: bool,
}

impl LogStore {
    /// Reads a page of the events whose messages `keep` wants. Retention counts from `now_ms`.
    pub fn read(&self, query: &Query, now_ms: i64, keep: impl FnMut(&str) -> bool) -> Result<Page, LogError> {
        let wanted = wanted(&self.index(), query, now_ms)?;
        let mut walk = Walk { store: self, query, wanted, heap: BinaryHeap::new(), files: HashMap::new(), scanned: 0 };
        walk.begin();
        Ok(walk.page(keep))
    }
}

/// A stream that is asked for: its name, and from when on its events are shown.
type Wanted = HashMap<u32, (Arc<str>, i64)>;

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

/// What the search still has before it: at its first event that could be asked for.
enum Item {
    Segment(u64),
    Block(u64, Placed),
    /// An event of a block, with its stream and the moment the block was written.
    Event(Position, u32, i64, Box<str>),
}

/// The order of the search: whatever holds events is opened before the first of them is given.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank(Position, u8);

struct Entry(Reverse<Rank>, Item);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

struct Walk<'w> {
    store: &'w LogStore,
    query: &'w Query,
    wanted: Wanted,
    heap: BinaryHeap<Entry>,
    files: HashMap<u64, Option<File>>,
    scanned: u64,
}

impl Walk<'_> {
    /// Whether something from one moment to another can hold what is asked for.
    fn overlaps(&self, stream: u32, first_ms: i64, last_ms: i64) -> bool {
        let Some((_, from_ms)) = self.wanted.get(&stream) else { return false };
        let (mut from_ms, mut until_ms) = (*from_ms, self.query.until_ms);
        match (self.query.behind, self.query.direction) {
            (Some(behind), Direction::Forward) => from_ms = from_ms.max(behind.timestamp_ms),
            (Some(behind), Direction::Backward) => until_ms = until_ms.min(behind.timestamp_ms.saturating_add(1)),
            (None, _) => {}
        }
        last_ms >= from_ms && first_ms < until_ms
    }

    fn push(&mut self, first: Position, last: Position, item: Item) {
        let (position, kind) = match self.query.direction {
            Direction::Forward => (first, 0),
            // The order of positions turned around.
            Direction::Backward => {
                let Position { timestamp_ms, segment, offset, index } = last;
                (Position { timestamp_ms: !timestamp_ms, segment: !segment, offset: !offset, index: !index }, 0)
            }
        };
        let kind = match item {
            Item::Segment(_) => kind,
            Item::Block(..) => kind + 1,
            Item::Event(..) => kind + 2,
        };
        self.heap.push(Entry(Reverse(Rank(position, kind)), item));
    }

    fn begin(&mut self) {
        let index = self.store.index();
        let segments: Vec<(u64, i64, i64)> = index
            .segments
            .iter()
            .filter_map(|segment| {
                let extents = segment
                    .extents
                    .iter()
                    .filter(|(stream, extent)| self.overlaps(**stream, extent.first_ms, extent.last_ms));
                let extent = extents.map(|(_, extent)| *extent).reduce(super::index::Extent::with)?;
                Some((segment.number, extent.first_ms, extent.last_ms))
            })
            .collect();
        drop(index);
        for (number, first_ms, last_ms) in segments {
            let first = Position { timestamp_ms: first_ms, segment: number, offset: 0, index: 0 };
            let last = Position { timestamp_ms: last_ms, segment: number, offset: u64::MAX, index: u32::MAX };
            self.push(first, last, Item::Segment(number));
        }
    }

    fn page(mut self, mut keep: impl FnMut(&str) -> bool) -> Page {
        let mut page = Page::default();
        let mut bytes = 0;
        while let Some(Entry(_, item)) = self.heap.pop() {
            match item {
                Item::Segment(number) => self.open_segment(number),
                Item::Block(number, placed) => self.open_block(number, &placed),
                Item::Event(position, stream, ingested_ms, message) => {
                    if keep(&message) {
                        bytes += message.len();
                        if page.events.len() == self.query.limit
                            || (bytes > self.query.bytes_max && !page.events.is_empty())
                        {
                            return page;
                        }
                        let stream = self.wanted.get(&stream).map(|(name, _)| Arc::clone(name)).unwrap_or_default();
                        page.events.push(StoredEvent { position, ingested_ms, stream, message: message.into() });
                    }
                    page.last = Some(position);
                    if self.scanned > self.query.scan_bytes_max {
                        return page;
                    }
                }
            }
        }
        page.is_complete = true;
        page
    }

    /// Finds the blocks of a segment. A segment that was removed meanwhile has none.
    fn open_segment(&mut self, number: u64) {
        let is_written = {
            let index = self.store.index();
            let is_written = index.segments.last().is_some_and(|segment| segment.number == number);
            is_written.then(|| {
                let heads = index.heads.iter();
                heads.filter(|(_, head)| self.overlaps(head.stream, head.first_ms, head.last_ms)).copied().collect()
            })
        };
        let heads: Vec<Placed> = match is_written {
            Some(heads) => heads,
            None => segment::heads(&self.store.folder, number).unwrap_or_default(),
        };
        for (offset, head) in heads {
            let BlockHead { first_ms, last_ms, count, .. } = head;
            if self.overlaps(head.stream, first_ms, last_ms) {
                let first = Position { timestamp_ms: first_ms, segment: number, offset, index: 0 };
                let last = Position { timestamp_ms: last_ms, segment: number, offset, index: count };
                self.push(first, last, Item::Block(number, (offset, head)));
            }
        }
    }

    fn open_block(&mut self, number: u64, placed: &Placed) {
        let (offset, head) = placed;
        self.scanned += head.block_bytes();
        let folder = &self.store.folder;
        let file = self.files.entry(number).or_insert_with(|| File::open(segment::path(folder, number)).ok());
        let content = file.as_ref().and_then(|file| segment::content(file, placed).transpose());
        let Some(Ok(content)) = content else {
            tracing::debug!(segment = number, offset, "a block of logs cannot be read");
            return;
        };
        for (index, (timestamp_ms, message)) in (0..head.count).zip(events(&content)) {
            let position = Position { timestamp_ms, segment: number, offset: *offset, index };
            if self.is_asked_for(head.stream, position) {
                let item = Item::Event(position, head.stream, head.ingested_ms, message.into());
                self.push(position, position, item);
            }
        }
    }

    fn is_asked_for(&self, stream: u32, position: Position) -> bool {
        let is_behind = match (self.query.behind, self.query.direction) {
            (None, _) => true,
            (Some(behind), Direction::Forward) => position > behind,
            (Some(behind), Direction::Backward) => position < behind,
        };
        is_behind && self.overlaps(stream, position.timestamp_ms, position.timestamp_ms)
    }
}
