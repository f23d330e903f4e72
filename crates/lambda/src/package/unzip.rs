//! Unpacking: names, sizes and links are checked before a byte is written where they point.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{Cursor, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::{PackageError, names};
use crate::config::PackageLimits;

/// The ratio of an archive is judged from this many unzipped bytes on.
const RATIO_FROM_BYTES: u64 = 10 * 1_048_576;
/// Where the end of an archive's directory starts, with its number of entries.
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
/// The longest archive comment, and the record it belongs to.
const END_BYTES: usize = 22 + 65_535;

/// The files of an archive being written.
struct Unzip<'a> {
    root: &'a Path,
    limits: &'a PackageLimits,
    zipped_bytes: u64,
    unzipped_bytes: u64,
    links: Vec<(PathBuf, String)>,
}

/// Unpacks a zip archive into an empty folder, within limits, and writes nothing outside of it. Links are made last, so that
/// nothing is written through one. After an error the folder may hold a part.
///
/// # Errors
/// What is wrong with the archive, or a file that cannot be written.
pub fn unzip(archive: &[u8], root: &Path, limits: &PackageLimits) -> Result<(), PackageError> {
    bound("bytes of the archive", archive.len() as u64, limits.zipped_bytes as u64)?;
    bound("entries", u64::from(declared_entries(archive)?), limits.entries as u64)?;
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(not_a_zip)?;
    bound("entries", zip.len() as u64, limits.entries as u64)?;
    if zip.has_duplicate_names() {
        return Err(PackageError::NotAZip("two entries have the same name".to_owned()));
    }
    let zipped_bytes = archive.len() as u64;
    let mut unzip = Unzip { root, limits, zipped_bytes, unzipped_bytes: 0, links: Vec::new() };
    for index in 0..zip.len() {
        unzip.entry(&mut zip.by_index(index).map_err(not_a_zip)?)?;
    }
    unzip.make_links()
}

fn bound(what: &'static str, value: u64, limit: u64) -> Result<(), PackageError> {
    if value > limit { Err(PackageError::TooLarge { what, value, limit }) } else { Ok(()) }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn not_a_zip(error: zip::result::ZipError) -> PackageError {
    PackageError::NotAZip(error.to_string().chars().take(200).collect())
}

/// The number of entries that the archive's end declares, before a reader makes room for them. 65,535 stands for more.
fn declared_entries(archive: &[u8]) -> Result<u16, PackageError> {
    let tail = &archive[archive.len().saturating_sub(END_BYTES)..];
    let end = tail.windows(END_SIGNATURE.len()).rposition(|window| window == END_SIGNATURE);
    let count = end.and_then(|at| tail.get(at + 10..at + 12));
    match count {
        Some(&[low, high]) => Ok(u16::from_le_bytes([low, high])),
        _ => Err(PackageError::NotAZip("it has no end of a central directory".to_owned())),
    }
}

impl Unzip<'_> {
    fn entry(&mut self, file: &mut ZipFile<'_, Cursor<&[u8]>>) -> Result<(), PackageError> {
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        let refuse = |reason| PackageError::Entry { name: name.chars().take(200).collect(), reason };
        let path = names::inside(&name).map_err(refuse)?;
        if file.encrypted() {
            return Err(refuse("is encrypted"));
        }
        let mode = file.unix_mode();
        if file.is_symlink() {
            let mut target = String::new();
            file.take(4_097).read_to_string(&mut target).map_err(|_| refuse("is a symbolic link without text"))?;
            let depth = path.components().count().saturating_sub(1);
            names::link_target(&target, depth).map_err(refuse)?;
            self.links.push((path, target));
            return Ok(());
        }
        if name.ends_with('/') {
            return self.make_folder(&self.root.join(path));
        }
        if mode.is_some_and(|mode| mode & 0o170_000 != 0 && mode & 0o170_000 != 0o100_000) {
            return Err(refuse("is neither a file nor a folder nor a symbolic link"));
        }
        let path = self.root.join(path);
        self.make_folder(path.parent().unwrap_or(self.root))?;
        self.write(file, &path, mode.map_or(0o755, |mode| mode & 0o755 | 0o444))
    }

    fn make_folder(&self, path: &Path) -> Result<(), PackageError> {
        fs::create_dir_all(path).map_err(|reason| PackageError::Io { path: self.shown(path), reason })
    }

    /// Writes one file, which must not be there; counts what really comes out, whatever the archive declares.
    fn write(&mut self, file: &mut impl Read, path: &Path, mode: u32) -> Result<(), PackageError> {
        let shown = self.shown(path);
        let io = |reason| PackageError::Io { path: shown.clone(), reason };
        let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(io)?;
        let mut buffer = vec![0; 65_536];
        loop {
            let read = file.read(&mut buffer).map_err(|error| PackageError::NotAZip(error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            self.unzipped_bytes += read as u64;
            bound("unzipped bytes", self.unzipped_bytes, self.limits.unzipped_bytes)?;
            if self.unzipped_bytes > RATIO_FROM_BYTES {
                bound("unzipped bytes per zipped byte", self.unzipped_bytes / self.zipped_bytes, self.limits.ratio)?;
            }
            out.write_all(&buffer[..read]).map_err(io)?;
        }
    }

    fn make_links(&self) -> Result<(), PackageError> {
        let paths: HashSet<&Path> = self.links.iter().map(|(path, _)| path.as_path()).collect();
        for (path, target) in &self.links {
            let through = path.ancestors().skip(1).any(|folder| paths.contains(folder));
            if through {
                let name = path.display().to_string();
                return Err(PackageError::Entry { name, reason: "lies below a symbolic link" });
            }
            let path = self.root.join(path);
            self.make_folder(path.parent().unwrap_or(self.root))?;
            symlink(target, &path).map_err(|reason| PackageError::Io { path: self.shown(&path), reason })?;
        }
        Ok(())
    }

    /// The path inside the package: the host's folders are nobody's business.
    fn shown(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.root).unwrap_or(path).to_owned()
    }
}
