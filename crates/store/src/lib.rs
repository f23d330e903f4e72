//! The durable store of configuration documents: the trait, its types and its conformance suite.
//!
//! A store holds rows (a key, an opaque JSON body and the revision that wrote it) and content-addressed blobs.
//! It knows nothing of nouns: keys are made by `stagegate-model`.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

/// A boxed future, so that [`Store`] stays usable as `dyn Store`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The number of one commit. Revisions grow by one with every commit and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

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

/// What must be true of a row for a commit to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// No row has this key.
    Absent(String),
    /// A row has this key, at any revision.
    Exists(String),
    /// The row was last written by exactly this revision.
    At(String, Revision),
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Inserts or replaces a row.
    Put {
        /// The row's key.
        key: String,
        /// The new document.
        body: Bytes,
    },
    /// Deletes a row; deleting what is not there is no error.
    Delete {
        /// The row's key.
        key: String,
    },
    /// Deletes every row whose key starts with the prefix.
    DeletePrefix {
        /// The prefix, normally ending in `/`.
        prefix: String,
    },
    /// Stores a blob under its content hash; storing it twice is no error.
    PutBlob {
        /// Lower-case hexadecimal SHA-256 of `body`.
        hash: String,
        /// The content.
        body: Bytes,
    },
}

/// A transaction: every expectation holds and every write happens, or nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Checked first, inside the transaction.
    pub expects: Vec<Expect>,
    /// Applied in order.
    pub writes: Vec<Write>,
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

/// What one commit changed, as seen by a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The commit's revision.
    pub revision: Revision,
    /// Keys written or deleted; a deleted prefix is reported as the keys it removed.
    pub keys: Vec<String>,
}

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
    /// The engine failed: disk, database, shutdown.
    #[error("the store failed: {0}")]
    Engine(String),
}

/// A stream of commits in revision order, without gaps.
pub trait Changes: Send {
    /// Waits for the next commit.
    fn next(&mut self) -> BoxFuture<'_, Result<ChangeSet, StoreError>>;
}

/// A durable store. Every acknowledged commit is on disk.
pub trait Store: Send + Sync + 'static {
    /// Reads one row.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, StoreError>>;
    /// Reads one page of rows.
    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>>;
    /// Applies a transaction and returns its revision.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Revision, StoreError>>;
    /// Reads a blob by its content hash.
    fn blob<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;
    /// The newest revision.
    fn revision(&self) -> BoxFuture<'_, Result<Revision, StoreError>>;
    /// Watches commits after the given revision.
    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Box<dyn Changes>, StoreError>>;
}
