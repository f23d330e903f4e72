//! Which groups and streams there are: a journal of changes, replayed at the start and written anew when it is long.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::frame;

/// The first bytes of the journal.
const MAGIC: &[u8] = b"stagegate log groups 1\n";
/// A smaller journal is never written anew.
const SMALL_BYTES: u64 = 1 << 20;
/// How many times its newest content a journal may be long.
const OUTDATED_TIMES: u64 = 4;
const MODE: u32 = 0o600;

/// The name of a group: groups of one name in two accounts or regions are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupName {
    /// The account, twelve digits.
    pub account: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The name within it.
    pub name: String,
}

/// A group as its owner set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// How long its events are kept; `None` as long as there is room.
    pub retention_days: Option<u32>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A stream of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stream {
    pub(super) group: u32,
    pub(super) name: Arc<str>,
    pub(super) created_ms: i64,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Change {
    /// A group is made or set anew.
    Group(u32, Group),
    /// A group is gone, with its streams.
    NoGroup(u32),
    /// A stream is made.
    Stream(u32, Stream),
    /// A stream is gone.
    NoStream(u32),
    /// No id below this one is given again.
    NextId(u32),
}

/// What is there now.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    groups: HashMap<u32, Group>,
    by_name: BTreeMap<GroupName, u32>,
    streams: HashMap<u32, Stream>,
    /// The streams of each group by their names.
    of_group: HashMap<u32, BTreeMap<Arc<str>, u32>>,
    next_id: u32,
}

impl Catalog {
    /// Takes a change over.
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Group(id, group) => {
                self.next_id = self.next_id.max(id.saturating_add(1));
                self.by_name.insert(group.name.clone(), id);
                self.groups.insert(id, group);
            }
            Change::NoGroup(id) => {
                if let Some(group) = self.groups.remove(&id) {
                    self.by_name.remove(&group.name);
                }
                for stream in self.of_group.remove(&id).unwrap_or_default().into_values() {
                    self.streams.remove(&stream);
                }
            }
            Change::Stream(id, stream) => {
                self.next_id = self.next_id.max(id.saturating_add(1));
                self.of_group.entry(stream.group).or_default().insert(Arc::clone(&stream.name), id);
                self.streams.insert(id, stream);
            }
            Change::NoStream(id) => {
                if let Some(stream) = self.streams.remove(&id)
                    && let Some(streams) = self.of_group.get_mut(&stream.group)
                {
                    streams.remove(&stream.name);
                }
            }
            Change::NextId(id) => self.next_id = self.next_id.max(id),
        }
    }

    /// An id that nothing had yet.
    pub(super) fn next_id(&self) -> u32 {
        self.next_id
    }

    /// The id of a group.
    pub(super) fn id(&self, name: &GroupName) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// A group.
    pub(super) fn group(&self, id: u32) -> Option<&Group> {
        self.groups.get(&id)
    }

    /// Groups in the order of their names, from this one on.
    pub(super) fn groups_from(&self, name: &GroupName) -> impl Iterator<Item = (u32, &Group)> {
        self.by_name.range(name.clone()..).filter_map(|(_, id)| Some((*id, self.groups.get(id)?)))
    }

    /// A stream.
    pub(super) fn stream(&self, id: u32) -> Option<&Stream> {
        self.streams.get(&id)
    }

    /// The streams of a group by their names.
    pub(super) fn streams_of(&self, group: u32) -> Option<&BTreeMap<Arc<str>, u32>> {
        self.of_group.get(&group)
    }

    /// Every stream's id.
    pub(super) fn stream_ids(&self) -> impl Iterator<Item = u32> {
        self.streams.keys().copied()
    }

    /// How many groups and streams there are.
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.groups.len(), self.streams.len())
    }

    /// The changes that lead here from nothing.
    fn changes(&self) -> Vec<Change> {
        let groups = self.groups.iter().map(|(id, group)| Change::Group(*id, group.clone()));
        let streams = self.streams.iter().map(|(id, stream)| Change::Stream(*id, stream.clone()));
        [Change::NextId(self.next_id)].into_iter().chain(groups).chain(streams).collect()
    }
}

/// The journal's file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
    newest_bytes: u64,
}

impl Journal {
    /// Opens the journal, or makes it. What a crash left of a last change is dropped.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Catalog)> {
        let content = match std::fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut catalog = Catalog::default();
        let body = content.strip_prefix(MAGIC);
        if body.is_none() && !MAGIC.starts_with(&content) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no list of log groups of this version"));
        }
        for frame in frame::read(body.unwrap_or_default()).0 {
            catalog.apply(serde_json::from_slice(frame)?);
        }
        // Written anew: there is nothing torn in it from here on.
        let (file, bytes) = write_anew(path, &catalog)?;
        Ok((Self { path: path.to_owned(), file, bytes, newest_bytes: bytes }, catalog))
    }

    /// Appends a change, which the catalog has taken over already.
    pub(super) fn append(&mut self, change: &Change, catalog: &Catalog) -> io::Result<()> {
        let mut framed = Vec::new();
        frame::write(&serde_json::to_vec(change)?, &mut framed);
        if self.file.write_all(&framed).is_err() {
            // Nobody knows what the file holds now.
            return self.rewrite(catalog);
        }
        self.bytes += u64::try_from(framed.len()).unwrap_or(u64::MAX);
        if self.bytes > SMALL_BYTES && self.bytes > self.newest_bytes.saturating_mul(OUTDATED_TIMES) {
            self.rewrite(catalog)?;
        }
        Ok(())
    }

    fn rewrite(&mut self, catalog: &Catalog) -> io::Result<()> {
        (self.file, self.bytes) = write_anew(&self.path, catalog)?;
        self.newest_bytes = self.bytes;
        Ok(())
    }

    /// Has everything on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn write_anew(path: &Path, catalog: &Catalog) -> io::Result<(File, u64)> {
    let mut content = MAGIC.to_vec();
    for change in catalog.changes() {
        frame::write(&serde_json::to_vec(&change)?, &mut content);
    }
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&new)?;
    file.write_all(&content)?;
    file.sync_data()?;
    std::fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok((file, u64::try_from(content.len()).unwrap_or(u64::MAX)))
}
