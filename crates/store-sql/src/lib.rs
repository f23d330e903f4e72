//! The durable store: trait `Store` on SQLite, one file, through sqlx.
//!
//! ```text
//! commit() ─► bounded queue ─► writer task ─► BEGIN IMMEDIATE
//!                                             ├ SAVEPOINT  commit 1   (or refused, and nothing of it stays)
//!                                             ├ SAVEPOINT  commit 2
//!                                             └ COMMIT      one fsync for all that waited
//!                                                │
//!                          watchers ◄── feed ◄───┴──► answers
//! get() list() blob() ─► pool of readers, which see the last COMMIT
//! ```
//!
//! - One connection writes, so writers never wait for each other's locks; commits that arrive while a transaction
//!   is being written share the next one and its fsync (group commit).
//! - An answer is given after COMMIT in WAL mode with `synchronous=FULL`: the commit is on disk.
//! - A failure of the disk fails the commits of that transaction with its cause. The writer then connects anew, so
//!   that it works again as soon as the disk does.
//! - The change feed is a table, written in the same transaction as the rows, of which the newest commits are also
//!   kept in memory.
//! - One process at a time: a lock on the file beside the database keeps a second one out.

mod connect;
mod lock;
mod reading;
mod statements;
mod store;
mod transaction;
mod watcher;
mod writer;

pub use store::{SqliteOptions, SqliteStore};
