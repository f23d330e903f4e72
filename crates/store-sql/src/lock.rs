//! The lock that keeps a second process away from the database file.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stagegate_store::StoreError;
use tokio::time::{Instant, sleep};

/// Who may read what the store writes: it holds policies and keys.
const OWNER_ONLY: u32 = 0o600;

/// How often a held lock is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// Takes the lock beside `database`, waiting for at most `patience` (a predecessor may still be closing).
///
/// The lock is the kernel's: it ends with the returned file or with the process, however that dies.
pub(crate) async fn acquire(database: &Path, patience: Duration) -> Result<File, StoreError> {
    let path = beside(database);
    let open = OpenOptions::new().create(true).truncate(false).write(true).mode(OWNER_ONLY).open(&path);
    let file = open.map_err(|cause| failed(&path, &cause))?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(cause)) => return Err(failed(&path, &cause)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(StoreError::Engine(format!("{} is in use by another process", database.display())));
            }
            Err(TryLockError::WouldBlock) => sleep(RETRY).await,
        }
    }
}

/// Creates the database file, empty and for the owner only, unless it is there. SQLite gives its side files the same
/// permissions.
pub(crate) fn create_private(database: &Path) -> Result<(), StoreError> {
    // An existing file is not even opened: closing it would end SQLite's own locks on it in this process.
    match OpenOptions::new().create_new(true).write(true).mode(OWNER_ONLY).open(database) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(failed(database, &cause)),
        _ => Ok(()),
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(".lock");
    PathBuf::from(name)
}

fn failed(path: &Path, cause: &io::Error) -> StoreError {
    StoreError::Engine(format!("{}: {cause}", path.display()))
}
