//! Files that are there whole or not at all: written beside, flushed to disk, renamed.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file with the given mode, replacing what was there.
///
/// # Errors
/// The system's; the former file, if any, is then untouched.
pub(crate) fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| io::Error::other("not the name of a file"))?;
    let beside = directory.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written = write_beside(&beside, content, mode).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // The file beside may not even exist; the first error is the one to tell.
        let _ = std::fs::remove_file(&beside);
    }
    written?;
    // Without this the rename itself might not survive a power failure.
    File::open(directory)?.sync_all()
}

fn write_beside(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("file");
        write(&path, b"one", 0o600).expect("written");
        write(&path, b"two", 0o600).expect("replaced");
        assert_eq!(std::fs::read(&path).expect("there"), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 1);
        assert!(write(&dir.path().join("no/file"), b"", 0o600).is_err());
    }
}
