//! The store: one writer at a time, any number of readers, who never wait for the disk that is written.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::block::encode;
use super::catalog::{Change, Group, GroupName, Journal, Stream};
use super::event::{MESSAGE_BYTES_MAX, NewEvent};
use super::index::{Extent, Index, Segment};
use super::segment::{self, Writing};

/// A store has about this many segments, so that one of them is what it forgets at once.
const SEGMENTS: u64 = 16;
/// Bounds of a segment's size.
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 64 * 1024..=64 << 20;
/// A segment has no more blocks than this: their heads are in memory while it is written, and while they are searched.
const SEGMENT_BLOCKS: usize = 65_536;

/// How much a store may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all segments; the oldest goes when they are more.
    pub bytes: u64,
    /// Groups.
    pub groups: usize,
    /// Streams of all groups; the oldest without an event gives way.
    pub streams: usize,
}

/// Why something cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no such group.
    #[error("the log group does not exist")]
    NoGroup,
    /// There is no such stream.
    #[error("the log stream does not exist")]
    NoStream,
    /// It is there already.
    #[error("it exists already")]
    Exists,
    /// There are as many groups or streams as may be.
    #[error("there are as many as may be: {0}")]
    Full(usize),
    /// A message is too long.
    #[error("a message is longer than {MESSAGE_BYTES_MAX} bytes")]
    TooLong,
    /// The disk.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the log store {} cannot be used: {reason}", path.display())]
pub struct OpenError {
    /// The folder or the file.
    pub path: PathBuf,
    /// Why.
    pub reason: io::Error,
}

/// What is known of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFacts {
    /// Its name.
    pub name: Arc<str>,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// The moments of its first and last event, and when the last one came, in milliseconds since 1970.
    pub events: Option<(i64, i64, i64)>,
    /// Bytes of its events on disk.
    pub bytes: u64,
}

/// An open store.
#[derive(Debug)]
pub struct LogStore {
    pub(super) folder: PathBuf,
    limits: Limits,
    segment_bytes: u64,
    writer: Mutex<Writer>,
    index: RwLock<Index>,
}

#[derive(Debug)]
struct Writer {
    /// `None` until there is something to write again, after an error.
    segment: Option<Writing>,
    journal: Journal,
}

impl LogStore {
    /// Opens a store, or makes it.
    ///
    /// # Errors
    /// The folder cannot be read or written, or what is in it is no store of this version.
    pub fn open(folder: &Path, limits: Limits) -> Result<Self, OpenError> {
        let opened = Self::open_in(folder, limits);
        opened.map_err(|reason| OpenError { path: folder.to_owned(), reason })
    }

    fn open_in(folder: &Path, limits: Limits) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (journal, catalog) = Journal::open(&folder.join("groups"))?;
        let mut numbers = segment::numbers(folder)?;
        let newest = numbers.pop();
        let mut index = Index { catalog, ..Index::default() };
        for number in numbers {
            let bytes = std::fs::metadata(segment::path(folder, number))?.len();
            index.segments.push(Segment::of(number, bytes, &segment::heads(folder, number)?));
        }
        let (writing, heads) = match newest {
            Some(number) => Writing::resume(folder, number)?,
            None => (Writing::make(folder, 1)?, Vec::new()),
        };
        index.segments.push(Segment::of(writing.number, writing.bytes, &heads));
        index.heads = heads;
        index.spare_ids();
        let store = Self {
            folder: folder.to_owned(),
            limits,
            segment_bytes: (limits.bytes / SEGMENTS).clamp(*SEGMENT_BYTES.start(), *SEGMENT_BYTES.end()),
            writer: Mutex::new(Writer { segment: Some(writing), journal }),
            index: RwLock::new(index),
        };
        // The limit may be lower than it was; nothing is expired at the beginning of time.
        store.forget(i64::MIN);
        Ok(store)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a change of the catalog over, and writes it down.
    fn change(&self, writer: &mut Writer, change: &Change) -> Result<(), LogError> {
        self.index_mut().catalog.apply(change.clone());
        Ok(writer.journal.append(change, &self.index().catalog)?)
    }

    /// Makes a group.
    pub fn create_group(&self, group: Group) -> Result<(), LogError> {
        let mut writer = self.writer();
        if self.index().catalog.id(&group.name).is_some() {
            return Err(LogError::Exists);
        }
        self.make_group(&mut writer, group).map(|_| ())
    }

    fn make_group(&self, writer: &mut Writer, group: Group) -> Result<u32, LogError> {
        let (id, groups) = {
            let index = self.index();
            (index.catalog.next_id(), index.catalog.sizes().0)
        };
        if groups >= self.limits.groups {
            return Err(LogError::Full(self.limits.groups));
        }
        self.change(writer, &Change::Group(id, group))?;
        Ok(id)
    }

    /// Changes what is set of a group.
    pub fn update_group(&self, name: &GroupName, update: impl FnOnce(&mut Group)) -> Result<(), LogError> {
        let mut writer = self.writer();
        let (id, mut group) = self.find(name)?;
        update(&mut group);
        group.name.clone_from(name);
        self.change(&mut writer, &Change::Group(id, group))
    }

    /// Removes a group with everything in it.
    pub fn delete_group(&self, name: &GroupName) -> Result<(), LogError> {
        let mut writer = self.writer();
        let (id, _) = self.find(name)?;
        self.change(&mut writer, &Change::NoGroup(id))
    }

    /// Makes a stream.
    pub fn create_stream(&self, group: &GroupName, stream: &str, now_ms: i64) -> Result<(), LogError> {
        let mut writer = self.writer();
        let (id, _) = self.find(group)?;
        if self.stream_id(id, stream).is_some() {
            return Err(LogError::Exists);
        }
        self.make_stream(&mut writer, id, stream, now_ms).map(|_| ())
    }

    fn make_stream(&self, writer: &mut Writer, group: u32, name: &str, now_ms: i64) -> Result<u32, LogError> {
        if self.index().catalog.sizes().1 >= self.limits.streams {
            let unused = self.unused_stream().ok_or(LogError::Full(self.limits.streams))?;
            self.change(writer, &Change::NoStream(unused))?;
        }
        let id = self.index().catalog.next_id();
        self.change(writer, &Change::Stream(id, Stream { group, name: name.into(), created_ms: now_ms }))?;
        Ok(id)
    }

    /// The oldest stream without an event.
    fn unused_stream(&self) -> Option<u32> {
        let index = self.index();
        let used: HashSet<u32> = index.segments.iter().flat_map(|segment| segment.extents.keys().copied()).collect();
        index.catalog.stream_ids().filter(|id| !used.contains(id)).min()
    }

    /// Removes a stream with its events.
    pub fn delete_stream(&self, group: &GroupName, stream: &str) -> Result<(), LogError> {
        let mut writer = self.writer();
        let (id, _) = self.find(group)?;
        let stream = self.stream_id(id, stream).ok_or(LogError::NoStream)?;
        self.change(&mut writer, &Change::NoStream(stream))
    }

    /// A group.
    pub fn group(&self, name: &GroupName) -> Result<Group, LogError> {
        self.find(name).map(|(_, group)| group)
    }

    fn find(&self, name: &GroupName) -> Result<(u32, Group), LogError> {
        let index = self.index();
        let id = index.catalog.id(name).ok_or(LogError::NoGroup)?;
        index.catalog.group(id).map(|group| (id, group.clone())).ok_or(LogError::NoGroup)
    }

    fn stream_id(&self, group: u32, name: &str) -> Option<u32> {
        self.index().catalog.streams_of(group)?.get(name).copied()
    }

    /// Groups of an account's region behind a name, in the order of their names, that `keep` wants, each with its bytes on disk.
    pub fn groups(&self, after: &GroupName, keep: impl Fn(&Group) -> bool, limit: usize) -> Vec<(Group, u64)> {
        let index = self.index();
        let is_beside = |name: &GroupName| (&name.account, &name.region) == (&after.account, &after.region);
        let groups = index.catalog.groups_from(after).take_while(|(_, group)| is_beside(&group.name));
        let wanted = groups.filter(|(_, group)| group.name != *after && keep(group)).take(limit);
        let bytes = |id| index.catalog.streams_of(id).map_or(0, |streams| stored(&index, streams));
        wanted.map(|(id, group)| (group.clone(), bytes(id))).collect()
    }

    /// Every stream of a group, by name.
    pub fn streams(&self, group: &GroupName) -> Result<Vec<StreamFacts>, LogError> {
        let index = self.index();
        let id = index.catalog.id(group).ok_or(LogError::NoGroup)?;
        let streams = index.catalog.streams_of(id).into_iter().flatten();
        let facts = streams.filter_map(|(name, id)| {
            let extent = index.extent(*id);
            Some(StreamFacts {
                name: Arc::clone(name),
                created_ms: index.catalog.stream(*id)?.created_ms,
                events: extent.map(|Extent { first_ms, last_ms, ingested_ms, .. }| (first_ms, last_ms, ingested_ms)),
                bytes: extent.map_or(0, |extent| extent.bytes),
            })
        });
        Ok(facts.collect())
    }

    /// Appends events to a stream that is there.
    pub fn append(
        &self,
        group: &GroupName,
        stream: &str,
        events: &[NewEvent<'_>],
        now_ms: i64,
    ) -> Result<(), LogError> {
        let mut writer = self.writer();
        let (id, _) = self.find(group)?;
        let stream = self.stream_id(id, stream).ok_or(LogError::NoStream)?;
        self.write(&mut writer, stream, events, now_ms)
    }

    /// Appends events to a stream, which is made with its group if it is not there.
    pub fn append_making(
        &self,
        group: &GroupName,
        stream: &str,
        events: &[NewEvent<'_>],
        now_ms: i64,
    ) -> Result<(), LogError> {
        let mut writer = self.writer();
        let known = self.index().catalog.id(group);
        let id = match known {
            Some(id) => id,
            None => self.make_group(&mut writer, new_group(group.clone(), now_ms))?,
        };
        let stream = match self.stream_id(id, stream) {
            Some(stream) => stream,
            None => self.make_stream(&mut writer, id, stream, now_ms)?,
        };
        self.write(&mut writer, stream, events, now_ms)
    }

    fn write(
        &self,
        writer: &mut Writer,
        stream: u32,
        mut events: &[NewEvent<'_>],
        now_ms: i64,
    ) -> Result<(), LogError> {
        if events.iter().any(|event| event.message.len() > MESSAGE_BYTES_MAX) {
            return Err(LogError::TooLong);
        }
        while let Some((head, block, taken)) = encode(stream, events, now_ms) {
            let offset = self.segment(writer, now_ms)?.append(&block)?;
            self.index_mut().add((offset, head));
            events = &events[taken..];
        }
        Ok(())
    }

    /// The segment to write: a new one if that of before is full, or could not be written.
    fn segment<'w>(&self, writer: &'w mut Writer, now_ms: i64) -> io::Result<&'w mut Writing> {
        // A torn one ends here: readers find its whole blocks.
        writer.segment.take_if(|segment| segment.is_torn);
        let blocks = self.index().heads.len();
        let is_full = |segment: &Writing| segment.bytes >= self.segment_bytes || blocks >= SEGMENT_BLOCKS;
        if let Some(full) = writer.segment.take_if(|segment| is_full(segment)) {
            full.seal(&self.folder, &self.index().heads)?;
            writer.journal.sync()?;
        }
        let segment = match writer.segment.take() {
            Some(segment) => segment,
            None => self.next_segment(now_ms)?,
        };
        Ok(writer.segment.insert(segment))
    }

    fn next_segment(&self, now_ms: i64) -> io::Result<Writing> {
        let number = self.index().segments.last().map_or(0, |segment| segment.number) + 1;
        let segment = Writing::make(&self.folder, number)?;
        {
            let mut index = self.index_mut();
            index.segments.push(Segment { number, bytes: segment.bytes, ..Segment::default() });
            index.heads = Vec::new();
        }
        self.forget(now_ms);
        Ok(segment)
    }

    /// Removes the oldest segments as long as there are too many bytes, and those whose events nobody may see any longer.
    pub fn forget(&self, now_ms: i64) {
        let mut gone = Vec::new();
        {
            let mut index = self.index_mut();
            let mut excess = index.bytes().saturating_add(self.segment_bytes).saturating_sub(self.limits.bytes);
            let last = index.segments.last().map_or(0, |segment| segment.number);
            let segments = std::mem::take(&mut index.segments);
            let is_seen = |segment: &Segment| {
                let seen = |(stream, extent): (&u32, &Extent)| {
                    index.kept_from_ms(*stream, now_ms).is_some_and(|from_ms| extent.last_ms >= from_ms)
                };
                segment.extents.iter().any(seen)
            };
            let stays = |segment: &Segment| {
                let is_over = excess > 0 && segment.number != last;
                excess = excess.saturating_sub(segment.bytes);
                segment.number == last || (!is_over && is_seen(segment))
            };
            let (kept, dropped): (Vec<_>, Vec<_>) = segments.into_iter().partition(stays);
            index.segments = kept;
            gone.extend(dropped.into_iter().map(|segment| segment.number));
        }
        for number in gone {
            for path in [segment::path(&self.folder, number), segment::index_path(&self.folder, number)] {
                if let Err(error) = std::fs::remove_file(&path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::warn!(path = %path.display(), %error, "an old segment of logs cannot be removed");
                }
            }
        }
    }

    /// Has everything on disk that was appended.
    pub fn sync(&self) -> io::Result<()> {
        let writer = self.writer();
        writer.journal.sync()?;
        writer.segment.as_ref().map_or(Ok(()), Writing::sync)
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.index().bytes()
    }
}

fn stored(index: &Index, streams: &BTreeMap<Arc<str>, u32>) -> u64 {
    streams.values().filter_map(|stream| index.extent(*stream)).map(|extent| extent.bytes).sum()
}

/// A group with nothing set.
fn new_group(name: GroupName, created_ms: i64) -> Group {
    Group { name, created_ms, retention_days: None, tags: BTreeMap::new() }
}
