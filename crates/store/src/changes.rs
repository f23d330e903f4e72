//! What a watcher sees: one change set per commit.

use std::collections::HashSet;

use crate::{BoxFuture, Revision, StoreError};

/// What one commit changed, as seen by a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The commit's revision.
    pub revision: Revision,
    /// Keys written or deleted, each once; a deleted prefix is reported as the keys it removed.
    /// Deleting what was not there is not a change, and blobs have no keys: a commit may have none.
    pub keys: Vec<String>,
}

/// A stream of commits in revision order, without gaps.
pub trait Changes: Send {
    /// Waits for the next commit.
    ///
    /// Dropping the future before it is ready loses nothing. [`StoreError::Compacted`] when the watcher fell so far
    /// behind that the next commit is no longer kept.
    fn next(&mut self) -> BoxFuture<'_, Result<ChangeSet, StoreError>>;
}

impl ChangeSet {
    /// The change set of a commit whose writes touched `keys`, in order and possibly more than once.
    pub fn of(revision: Revision, keys: Vec<String>) -> Self {
        let mut seen = HashSet::new();
        let keys = keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
        Self { revision, keys }
    }
}
