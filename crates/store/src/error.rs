//! Why a store did not do what was asked.

use crate::Revision;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// An expectation of a commit did not hold; nothing was written.
    #[error("the row `{key}` is not as the commit expects it")]
    Conflict {
        /// The first row that differed.
        key: String,
    },
    /// The watcher asked for revisions that are no longer kept; it must list anew.
    #[error("revision {after:?} is too old to watch from")]
    Compacted {
        /// The revision asked for.
        after: Revision,
    },
    /// The engine failed: disk, database, shutdown; or the commit breaks the grammar of keys ([`crate::grammar`]).
    #[error("the store failed: {0}")]
    Engine(String),
}
