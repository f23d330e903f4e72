//! What is read from a store: rows, their revisions and pages of them.

use bytes::Bytes;

/// The number of one commit. Revisions grow by one with every commit and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of the commit that follows this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// One document with the revision of the commit that last wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row's key: `/`-separated segments of printable ASCII.
    pub key: String,
    /// The commit that last wrote this row.
    pub revision: Revision,
    /// The document, opaque to the store.
    pub body: Bytes,
}

/// A page of keys in ascending byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Only keys that start with this.
    pub prefix: String,
    /// Only keys strictly greater than this.
    pub after: Option<String>,
    /// At most this many rows.
    pub limit: usize,
}
