//! One import at a time over a data directory: two of one source would otherwise both miss its API and both make it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

const FILE: &str = "import.lock";
/// How often the lock is asked for.
const PAUSE: Duration = Duration::from_millis(20);

/// A turn to import, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _lock: File,
}

/// Waits for a turn. There is none to wait for where the data directory is not this user's, as with a server elsewhere.
pub(crate) async fn take(data_dir: &Path) -> Option<Turn> {
    let lock = File::create(data_dir.join(FILE)).ok()?;
    loop {
        match lock.try_lock() {
            Ok(()) => return Some(Turn { _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(std::fs::TryLockError::Error(_)) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_waits_for_the_other() {
        let dir = tempfile::tempdir().expect("a directory");
        let first = take(dir.path()).await.expect("a turn");
        let late = tokio::time::timeout(PAUSE * 3, take(dir.path())).await;
        assert!(late.is_err(), "two had a turn at once");
        drop(first);
        assert!(take(dir.path()).await.is_some());
        assert!(take(&dir.path().join("absent")).await.is_none());
    }
}
