//! Segments: files of blocks, appended to one after the other, each with an index of its heads once it is full.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::block::{BlockHead, HEAD_BYTES, events};
use crate::frame;

/// The first bytes of a segment.
pub(super) const MAGIC: &[u8] = b"stagegate logs 1\n";
/// Only the owner may read or write what was logged.
const MODE: u32 = 0o600;

/// A block's head, and where the block begins in its segment.
pub(super) type Placed = (u64, BlockHead);

/// The file of a segment.
pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.log"))
}

/// The file of its index.
pub(super) fn index_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.index"))
}

/// The numbers of the segments in a folder, ascending.
pub(super) fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number: Option<u64> =
            name.to_str().and_then(|name| name.strip_suffix(".log")).and_then(|stem| stem.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The segment that is written.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) number: u64,
    file: File,
    /// Whole blocks end here.
    pub(super) bytes: u64,
    /// Nobody knows what follows them: an append failed, and so did cutting it off.
    pub(super) is_torn: bool,
}

impl Writing {
    /// Makes a new segment.
    pub(super) fn make(folder: &Path, number: u64) -> io::Result<Self> {
        // What a failure left of an earlier try is nothing that anybody knows of.
        let mut file = options().create(true).truncate(true).open(path(folder, number))?;
        file.write_all(MAGIC)?;
        Ok(Self { number, file, bytes: length(MAGIC), is_torn: false })
    }

    /// Goes on with the newest segment. Whatever follows its whole blocks is cut off.
    pub(super) fn resume(folder: &Path, number: u64) -> io::Result<(Self, Vec<Placed>)> {
        let path = path(folder, number);
        let mut file = options().open(&path)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        if !content.starts_with(MAGIC) && !MAGIC.starts_with(&content) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is no segment of logs", path.display()),
            ));
        }
        let (heads, whole_bytes) = scan(&content);
        if whole_bytes < length(&content) {
            let cut_bytes = length(&content) - whole_bytes;
            tracing::warn!(path = %path.display(), cut_bytes, "a segment of logs ends in the middle of a block, which is dropped");
            file.set_len(whole_bytes)?;
        }
        let mut segment = Self { number, file, bytes: whole_bytes, is_torn: false };
        if whole_bytes == 0 {
            segment.file.write_all_at(MAGIC, 0)?;
            segment.bytes = length(MAGIC);
        }
        Ok((segment, heads))
    }

    /// Appends a block. After an error the file ends where it ended before, or is torn.
    pub(super) fn append(&mut self, block: &[u8]) -> io::Result<u64> {
        let offset = self.bytes;
        if let Err(error) = self.file.write_all_at(block, offset) {
            self.is_torn = self.file.set_len(offset).is_err();
            return Err(error);
        }
        self.bytes += length(block);
        Ok(offset)
    }

    /// Has everything on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Ends the segment: on disk with its index when it returns.
    pub(super) fn seal(&self, folder: &Path, heads: &[Placed]) -> io::Result<()> {
        self.sync()?;
        let mut content = Vec::with_capacity(heads.len() * (HEAD_BYTES + 8) + 8);
        for (offset, head) in heads {
            content.extend_from_slice(&offset.to_le_bytes());
            head.write(&mut content);
        }
        let mut framed = Vec::with_capacity(content.len() + 8);
        frame::write(&content, &mut framed);
        let path = index_path(folder, self.number);
        let mut file = options().create(true).truncate(true).open(path)?;
        file.write_all(&framed)?;
        file.sync_data()
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(MODE);
    options
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The heads of a segment that is no longer written: from its index, or from its blocks if that is missing or torn.
pub(super) fn heads(folder: &Path, number: u64) -> io::Result<Vec<Placed>> {
    if let Ok(bytes) = std::fs::read(index_path(folder, number))
        && let Some(heads) = indexed(&bytes)
    {
        return Ok(heads);
    }
    Ok(scan(&std::fs::read(path(folder, number))?).0)
}

fn indexed(bytes: &[u8]) -> Option<Vec<Placed>> {
    let (frames, _) = frame::read(bytes);
    frames.first()?.chunks(HEAD_BYTES + 8).map(placed).collect()
}

fn placed(entry: &[u8]) -> Option<Placed> {
    let (offset, head) = entry.split_first_chunk()?;
    Some((u64::from_le_bytes(*offset), BlockHead::read(head)?))
}

/// The whole blocks at the beginning of a segment's content, and where they end: 0 where the content is no segment.
pub(super) fn scan(content: &[u8]) -> (Vec<Placed>, u64) {
    let mut heads = Vec::new();
    let Some(mut rest) = content.strip_prefix(MAGIC) else { return (heads, 0) };
    let mut offset = length(MAGIC);
    while let Some(head) = BlockHead::read(rest) {
        let Some((block, tail)) = rest.split_at_checked(HEAD_BYTES + head.content_bytes as usize) else { break };
        if !head.is_of(&block[HEAD_BYTES..]) {
            break;
        }
        heads.push((offset, head));
        offset += head.block_bytes();
        rest = tail;
    }
    (heads, offset)
}

/// The content of a block; `None` if the disk has changed it.
pub(super) fn content(file: &File, (offset, head): &Placed) -> io::Result<Option<Vec<u8>>> {
    let mut content = vec![0; head.content_bytes as usize];
    let head_bytes = head.block_bytes() - u64::from(head.content_bytes);
    file.read_exact_at(&mut content, offset + head_bytes)?;
    Ok(head.is_of(&content).then_some(content))
}

/// The events of the whole blocks at the beginning of a segment's content, each with its moment, and how many bytes those
/// blocks are with what stands before them: 0 where the content is no segment.
pub fn events_of_segment(content: &[u8]) -> (Vec<(i64, &str)>, usize) {
    let (heads, whole_bytes) = scan(content);
    let content_of = |(offset, head): &Placed| {
        let start = usize::try_from(*offset).ok()? + HEAD_BYTES;
        content.get(start..start + head.content_bytes as usize)
    };
    let found = heads.iter().filter_map(content_of).flat_map(events).collect();
    (found, usize::try_from(whole_bytes).unwrap_or(usize::MAX))
}
