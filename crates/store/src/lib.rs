//! The durable store of configuration documents: the trait, its types and its conformance suite.
//!
//! A store holds rows (a key, an opaque JSON body and the revision that wrote it) and content-addressed blobs.
//! It knows nothing of nouns: keys are made by `stagegate-model`.
//!
//! What every engine promises, and [`conformance`] checks:
//! - a [`Commit`] is one transaction: all its expectations hold and all its writes happen, or nothing does;
//! - an acknowledged commit survives the death of the process and of the machine;
//! - revisions start at 1, grow by one with every commit and are never reused;
//! - a watcher sees every commit once, in order, also across a restart; when that is impossible it is told so
//!   ([`StoreError::Compacted`]) and never skips silently.

mod changes;
mod commit;
pub mod conformance;
mod direct;
mod error;
pub mod feed;
pub mod grammar;
pub mod memory;
mod row;

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

pub use changes::{ChangeSet, Changes};
pub use commit::{Commit, Expect, Holders, Write};
pub use error::StoreError;
pub use row::{ListQuery, Revision, Row};

/// A boxed future, so that [`Store`] stays usable as `dyn Store`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A durable store. Every acknowledged commit is on disk.
pub trait Store: Send + Sync + 'static {
    /// Reads one row.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, StoreError>>;
    /// Reads one page of rows.
    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>>;
    /// Reads one page of the rows directly below a prefix: what follows the prefix in their keys holds no `/`. An engine
    /// that can do so in one query steps over what lies deeper without reading it.
    fn list_direct(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(direct::page(self, query))
    }
    /// Applies a transaction and returns its revision.
    ///
    /// Dropping the future does not withdraw the commit. After [`StoreError::Engine`] nothing was acknowledged; if the
    /// machine failed at that very moment, the commit may still turn out to have happened.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Revision, StoreError>>;
    /// Reads a blob by its content hash.
    fn blob<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;
    /// The newest revision; `Revision(0)` before the first commit.
    fn revision(&self) -> BoxFuture<'_, Result<Revision, StoreError>>;
    /// Watches commits after the given revision.
    ///
    /// [`StoreError::Compacted`] when the commits that followed `after` are no longer kept, or when `after` lies in
    /// the future of this store (it was restored from a backup): the watcher lists anew in both cases.
    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Box<dyn Changes>, StoreError>>;
}
