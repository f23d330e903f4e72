//! The search of a page: through segments and blocks in the order of the first events that they can have.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fs::File;
use std::sync::Arc;

use super::block::{BlockHead, events};
use super::event::{Position, StoredEvent};
use super::found::Found;
use super::index::Extent;
use super::read::{Direction, Page, Query, Wanted};
use super::segment::{self, Placed};
use super::store::LogStore;

/// Blocks of one segment that are known at once; the others are found when these are opened.
const BLOCKS: usize = 2_048;
/// Behind every block of a segment, with as many digits as a token has for it.
const OFFSET_MAX: u64 = 99_999_999_999_999;

/// How often its budget a search may read to come to the end of what it read within it.
const OVERRUN: u64 = 8;

/// What holds events and was not opened yet.
enum Unopened {
    Segment(u64),
    Block(u64, Placed),
}

/// Something unopened, by a rank that is before all of its events.
struct Entry(Position, Unopened);

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

/// A search.
pub(super) struct Walk<'w> {
    store: &'w LogStore,
    query: &'w Query,
    wanted: Wanted,
    heap: BinaryHeap<Reverse<Entry>>,
    files: HashMap<u64, Option<File>>,
    scanned: u64,
    /// The lowest rank of an event that was asked for and looked at.
    first: Option<Position>,
    /// The rank behind every block that was opened within the budget.
    far: Option<Position>,
    found: Found,
}

impl<'w> Walk<'w> {
    /// Begins with every segment that can have an event that is asked for.
    pub(super) fn begin(store: &'w LogStore, query: &'w Query, wanted: Wanted) -> Self {
        let found = Found::new(query.limit, query.bytes_max);
        let (heap, files) = (BinaryHeap::new(), HashMap::new());
        let mut walk = Self { store, query, wanted, heap, files, scanned: 0, first: None, far: None, found };
        let index = store.index();
        for segment in &index.segments {
            let overlapping = segment
                .extents
                .iter()
                .filter(|(stream, extent)| walk.overlaps(**stream, extent.first_ms, extent.last_ms));
            if let Some(extent) = overlapping.map(|(_, extent)| *extent).reduce(Extent::with) {
                let (edge, _) = walk.edges(
                    Position { timestamp_ms: extent.first_ms, segment: segment.number, offset: 0, index: 0 },
                    Position {
                        timestamp_ms: extent.last_ms,
                        segment: segment.number,
                        offset: OFFSET_MAX,
                        index: u32::MAX,
                    },
                );
                walk.heap.push(Reverse(Entry(edge, Unopened::Segment(segment.number))));
            }
        }
        walk
    }

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

    /// The ranks of two places that have others between them: the one before all of those in the order asked for, and the one
    /// behind.
    fn edges(&self, oldest: Position, newest: Position) -> (Position, Position) {
        let direction = self.query.direction;
        match direction {
            Direction::Forward => (oldest, newest),
            Direction::Backward => (direction.rank(newest), direction.rank(oldest)),
        }
    }

    fn edges_of_block(&self, segment: u64, (offset, head): &Placed) -> (Position, Position) {
        // No block begins at 0, where the segment's own first bytes are.
        let before = offset.saturating_sub(1);
        self.edges(
            Position { timestamp_ms: head.first_ms, segment, offset: before, index: u32::MAX },
            Position { timestamp_ms: head.last_ms, segment, offset: *offset, index: head.count },
        )
    }

    /// Whether the search may stop before this rank: the budget is used up, and either everything that it was used for is
    /// done with, so that the next page needs none of it again, or that would take too long.
    fn is_far_enough(&self, edge: Position) -> bool {
        let budget = self.query.scan_bytes_max;
        let is_done_with = self.far.is_some_and(|far| far <= edge) || self.scanned > budget.saturating_mul(OVERRUN);
        self.scanned > budget && is_done_with && self.first.is_some_and(|first| first < edge)
    }

    /// The page, of events whose messages `keep` wants.
    pub(super) fn page(mut self, mut keep: impl FnMut(&str) -> bool) -> Page {
        while let Some(Reverse(Entry(edge, unopened))) = self.heap.pop() {
            if !self.found.has_room(edge) {
                break;
            }
            if self.is_far_enough(edge) {
                self.found.end_before(edge);
                let last = Some(self.query.direction.rank(edge));
                return Page { events: self.found.into_events(), last, is_complete: false };
            }
            match unopened {
                Unopened::Segment(number) => self.open_segment(number, edge),
                Unopened::Block(number, placed) => self.open_block(number, &placed, &mut keep),
            }
        }
        let is_complete = self.found.has_all();
        let events = self.found.into_events();
        Page { last: events.last().map(|event| event.position), events, is_complete }
    }

    /// Finds the next blocks of a segment, from a rank on. A segment that was removed meanwhile has none.
    fn open_segment(&mut self, number: u64, from: Position) {
        let written = {
            let index = self.store.index();
            let is_written = index.segments.last().is_some_and(|segment| segment.number == number);
            is_written.then(|| self.next_blocks(number, from, &index.heads))
        };
        let blocks = written.unwrap_or_else(|| {
            let heads = segment::heads(&self.store.folder, number).unwrap_or_default();
            self.next_blocks(number, from, &heads)
        });
        for (place, (edge, placed)) in blocks.into_iter().enumerate() {
            let unopened = if place < BLOCKS { Unopened::Block(number, placed) } else { Unopened::Segment(number) };
            self.heap.push(Reverse(Entry(edge, unopened)));
        }
    }

    /// So many blocks by rank, and one more to go on from.
    fn next_blocks(&self, number: u64, from: Position, heads: &[Placed]) -> BTreeMap<Position, Placed> {
        let mut next = BTreeMap::new();
        for placed in heads {
            let (edge, _) = self.edges_of_block(number, placed);
            if edge >= from && self.overlaps(placed.1.stream, placed.1.first_ms, placed.1.last_ms) {
                next.insert(edge, *placed);
                if next.len() > BLOCKS + 1 {
                    next.pop_last();
                }
            }
        }
        next
    }

    fn open_block(&mut self, number: u64, placed: &Placed, keep: &mut impl FnMut(&str) -> bool) {
        let (offset, head) = placed;
        if self.scanned <= self.query.scan_bytes_max {
            self.far = self.far.max(Some(self.edges_of_block(number, placed).1));
        }
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
            let rank = self.query.direction.rank(position);
            if !self.is_asked_for(head.stream, position, rank) {
                continue;
            }
            self.first = Some(self.first.map_or(rank, |first| first.min(rank)));
            if self.found.has_room(rank) && keep(message) {
                self.found.add(rank, self.stored(position, head, message));
            }
        }
    }

    fn stored(&self, position: Position, head: &BlockHead, message: &str) -> StoredEvent {
        let stream = self.wanted.get(&head.stream).map(|(name, _)| Arc::clone(name)).unwrap_or_default();
        StoredEvent { position, ingested_ms: head.ingested_ms, stream, message: message.to_owned() }
    }

    fn is_asked_for(&self, stream: u32, position: Position, rank: Position) -> bool {
        let is_behind = self.query.behind.is_none_or(|behind| rank > self.query.direction.rank(behind));
        is_behind && self.overlaps(stream, position.timestamp_ms, position.timestamp_ms)
    }
}
