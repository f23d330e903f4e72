//! The journal's file: appended and synced before anything in it is used, written anew when most of it is outdated.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::record::{Record, RecordError, read};

/// The first line of the file.
const MAGIC: &[u8] = b"stagegate quotas 1\n";
/// A smaller file is never written anew.
const SMALL_BYTES: u64 = 4 << 20;
/// How many times its newest content a file may be long.
const OUTDATED_TIMES: u64 = 4;
/// Only the owner may read or write it.
const MODE: u32 = 0o600;

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be opened, read or written.
    #[error("the journal of quotas {} cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// It is another file, or of a later version.
    #[error("{} is no journal of quotas of this version", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It holds what no version here has written.
    #[error("the journal of quotas {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: RecordError,
    },
}

/// How bytes get into a file, and onto the disk.
pub(crate) trait Disk: fmt::Debug + Send {
    /// Writes all bytes at the end of what was written before.
    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()>;

    /// Returns once the content is on disk.
    fn sync(&mut self, file: &File) -> io::Result<()>;
}

/// The disk of the machine.
#[derive(Debug)]
pub(crate) struct LocalDisk;

impl Disk for LocalDisk {
    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    disk: Box<dyn Disk>,
    bytes: u64,
    /// How long it was when it was last written anew.
    newest_bytes: u64,
}

impl Journal {
    /// Opens the journal, or makes it, and reads it. What a crash left of a last write is cut off.
    pub(crate) fn open(path: &Path, disk: Box<dyn Disk>) -> Result<(Self, Vec<Record>), JournalError> {
        let unusable = |reason| JournalError::Unusable { path: path.to_owned(), reason };
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(MODE).open(path);
        let mut file = file.map_err(unusable)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(unusable)?;
        let Some(body) = content.strip_prefix(MAGIC) else {
            // A crash while the file was made leaves a part of its first line.
            if !MAGIC.starts_with(&content) {
                return Err(JournalError::Foreign { path: path.to_owned() });
            }
            let mut journal = Self { path: path.to_owned(), file, disk, bytes: 0, newest_bytes: 0 };
            journal.rewrite(&[]).map_err(unusable)?;
            return Ok((journal, Vec::new()));
        };
        let found = read(body).map_err(|reason| JournalError::Unreadable { path: path.to_owned(), reason })?;
        let whole = u64::try_from(MAGIC.len() + found.whole_bytes).unwrap_or(u64::MAX);
        if found.whole_bytes < body.len() {
            let cut_bytes = body.len() - found.whole_bytes;
            tracing::warn!(path = %path.display(), cut_bytes, "the journal of quotas ends in the middle of a record, which is dropped");
            file.set_len(whole).and_then(|()| file.sync_all()).map_err(unusable)?;
        }
        file.seek(SeekFrom::Start(whole)).map_err(unusable)?;
        Ok((Self { path: path.to_owned(), file, disk, bytes: whole, newest_bytes: 0 }, found.records))
    }

    /// Appends whole records; on disk when it returns. After an error nobody knows what the file holds: write it anew.
    pub(crate) fn append(&mut self, records: &[u8]) -> io::Result<()> {
        self.disk.write(&mut self.file, records)?;
        self.disk.sync(&self.file)?;
        self.bytes += u64::try_from(records.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Whether most of it is outdated.
    pub(crate) fn is_long(&self) -> bool {
        self.bytes > SMALL_BYTES && self.bytes > self.newest_bytes.saturating_mul(OUTDATED_TIMES)
    }

    /// Replaces the whole content; on disk when it returns. After an error the file is what it was.
    pub(crate) fn rewrite(&mut self, records: &[u8]) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(MODE).open(&new)?;
        self.disk.write(&mut file, MAGIC)?;
        self.disk.write(&mut file, records)?;
        self.disk.sync(&file)?;
        fs::rename(&new, &self.path)?;
        // From here on the new file is the journal, even if the directory cannot be synced.
        self.file = file;
        self.bytes = u64::try_from(MAGIC.len() + records.len()).unwrap_or(u64::MAX);
        self.newest_bytes = self.bytes;
        self.path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use stagegate_state::Day;

    use super::*;

    fn open(path: &Path) -> Result<(Journal, Vec<Record>), JournalError> {
        Journal::open(path, Box::new(LocalDisk))
    }

    fn day(used: u32) -> Record {
        Record::Day { counter: 0, day: Day(1), used, left: 9 }
    }

    fn bytes(record: &Record) -> Vec<u8> {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        bytes
    }

    #[test]
    fn what_was_appended_is_there_and_a_torn_end_is_cut_off() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("quotas.journal");
        let (mut journal, records) = open(&path).expect("made");
        assert_eq!(records, []);
        journal.append(&bytes(&day(1))).expect("written");
        journal.append(&bytes(&day(2))[..9]).expect("written");
        drop(journal);
        let (mut journal, records) = open(&path).expect("opened");
        assert_eq!(records, [day(1)]);
        journal.append(&bytes(&day(3))).expect("written");
        assert_eq!(open(&path).expect("opened").1, [day(1), day(3)]);
        journal.rewrite(&bytes(&day(4))).expect("written anew");
        journal.append(&bytes(&day(5))).expect("written");
        assert_eq!(open(&path).expect("opened").1, [day(4), day(5)]);
    }

    #[test]
    fn a_file_that_is_no_journal_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("quotas.journal");
        fs::write(&path, "precious").expect("written");
        assert!(matches!(open(&path), Err(JournalError::Foreign { .. })));
        assert_eq!(fs::read(&path).expect("there"), b"precious");
        fs::write(&path, &MAGIC[..4]).expect("written");
        assert_eq!(open(&path).expect("made").1, []);
    }
}
