//! The data directory: made with mode 0700 and held by one server at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// Why the data directory cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum DataDirError {
    /// It cannot be made, opened or locked.
    #[error("the data directory {} cannot be used: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
    /// Another server holds it.
    #[error("the data directory {} is in use by another Stagegate", path.display())]
    #[diagnostic(help("stop the other one, or name another directory with --data-dir"))]
    InUse { path: PathBuf },
}

/// A data directory that this process holds until it ends or drops this.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it is not there, and takes its lock.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        let unusable =
            |error: std::io::Error| DataDirError::Unusable { path: path.to_owned(), reason: error.to_string() };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// The file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("stagegate.db")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_directory_is_made_for_its_owner_alone_and_held_by_one() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a/b");
        let held = DataDir::open(&path).expect("made");
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(matches!(DataDir::open(&path), Err(DataDirError::InUse { .. })));
        drop(held);
        DataDir::open(&path).expect("free again");
    }

    #[test]
    fn a_file_in_its_place_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("file");
        std::fs::write(&path, "").expect("written");
        assert!(matches!(DataDir::open(&path), Err(DataDirError::Unusable { .. })));
    }
}
