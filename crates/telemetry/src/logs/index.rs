//! What readers look at: the catalog, and of each segment which streams it holds events of, from when to when.

use std::collections::HashMap;

use super::block::BlockHead;
use super::catalog::{Catalog, Change};
use super::segment::Placed;

/// The events of one stream in one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) first_ms: i64,
    pub(super) last_ms: i64,
    pub(super) ingested_ms: i64,
    pub(super) bytes: u64,
}

impl Extent {
    fn of(head: &BlockHead) -> Self {
        let BlockHead { first_ms, last_ms, ingested_ms, .. } = *head;
        Self { first_ms, last_ms, ingested_ms, bytes: head.block_bytes() }
    }

    /// The two together.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            first_ms: self.first_ms.min(other.first_ms),
            last_ms: self.last_ms.max(other.last_ms),
            ingested_ms: self.ingested_ms.max(other.ingested_ms),
            bytes: self.bytes + other.bytes,
        }
    }
}

/// One segment.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) bytes: u64,
    pub(super) extents: HashMap<u32, Extent>,
}

impl Segment {
    /// A segment of these blocks.
    pub(super) fn of(number: u64, bytes: u64, heads: &[Placed]) -> Self {
        let mut segment = Self { number, bytes, extents: HashMap::new() };
        for (_, head) in heads {
            segment.add(head);
        }
        segment
    }

    fn add(&mut self, head: &BlockHead) {
        let new = Extent::of(head);
        self.extents.entry(head.stream).and_modify(|extent| *extent = extent.with(new)).or_insert(new);
    }
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) catalog: Catalog,
    /// Ascending by number; the last one is written.
    pub(super) segments: Vec<Segment>,
    /// The blocks of the last one.
    pub(super) heads: Vec<Placed>,
}

impl Index {
    /// Gives no id again that a block has, even if a crash cost the catalog the stream: its events are nobody else's.
    pub(super) fn spare_ids(&mut self) {
        let used = self.segments.iter().flat_map(|segment| segment.extents.keys().copied()).max();
        if let Some(used) = used {
            self.catalog.apply(Change::NextId(used.saturating_add(1)));
        }
    }

    /// Takes a block over that was appended to the last segment.
    pub(super) fn add(&mut self, placed: Placed) {
        if let Some(segment) = self.segments.last_mut() {
            segment.add(&placed.1);
            segment.bytes = placed.0 + placed.1.block_bytes();
        }
        self.heads.push(placed);
    }

    /// Everything that is there of a stream.
    pub(super) fn extent(&self, stream: u32) -> Option<Extent> {
        self.segments.iter().filter_map(|segment| segment.extents.get(&stream)).copied().reduce(Extent::with)
    }

    /// Bytes of all segments.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Before which moment events of a stream are no longer shown, by its group's retention.
    pub(super) fn kept_from_ms(&self, stream: u32, now_ms: i64) -> Option<i64> {
        let group = self.catalog.group(self.catalog.stream(stream)?.group)?;
        Some(group.retention_days.map_or(i64::MIN, |days| now_ms.saturating_sub(i64::from(days) * DAY_MS)))
    }
}

const DAY_MS: i64 = 86_400_000;
