//! The conformance suite of [`crate::Store`]: one behaviour per test, run against every engine.
//!
//! An engine's test file implements [`Fixture`] and calls [`store_conformance!`](crate::store_conformance) once. The
//! behaviours are public functions, so that a failure names the promise that was broken.

#![expect(clippy::missing_panics_doc, reason = "a behaviour panics when the engine breaks its promise")]

pub mod commits;
pub mod concurrency;
pub mod rows;
pub mod watching;

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use crate::{ChangeSet, Changes, Commit, Expect, ListQuery, Revision, Store, StoreError, Write};

/// How many commits the engines under test keep for watchers.
pub const KEPT_REVISIONS: usize = 64;

/// How long a behaviour waits for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a behaviour answers: an error is an engine that failed where it should not.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// One engine with data of its own.
pub trait Fixture: Send + 'static {
    /// The engine.
    type Store: Store;

    /// Opens the fixture's data, which is empty at first; called again after every earlier handle was dropped, it
    /// finds what was committed. The engine keeps [`KEPT_REVISIONS`] commits for watchers.
    fn open(&mut self) -> impl Future<Output = Result<Self::Store, StoreError>> + Send;
}

/// Generates one test per behaviour; `$make` is an expression that makes a new [`Fixture`].
///
/// The calling crate needs tokio with `macros` and `rt-multi-thread` among its dev-dependencies.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::store_conformance!(@tests $make, rows:
            a_row_reads_as_it_was_put,
            a_put_replaces,
            a_delete_removes_and_may_find_nothing,
            a_list_pages_in_byte_order,
            a_prefix_is_taken_literally,
            a_list_has_an_end_and_a_limit,
            a_direct_list_steps_over_what_lies_deeper,
            bodies_may_be_large_empty_or_unicode,
            blobs_read_as_they_were_put,
            a_blob_is_dropped_when_no_row_needs_it,
            rows_and_blobs_survive_reopening,
            keys_outside_the_grammar_find_nothing,
        );
        $crate::store_conformance!(@tests $make, commits:
            revisions_grow_by_one_and_rows_carry_them,
            expectations_guard_a_commit,
            a_refused_commit_writes_nothing,
            expectations_see_the_rows_before_the_writes,
            writes_apply_in_order,
            a_deleted_prefix_takes_only_its_rows,
            commits_outside_the_grammar_are_refused_whole,
            revisions_go_on_after_reopening,
        );
        $crate::store_conformance!(@tests $make, watching:
            a_watcher_sees_every_commit_in_order,
            a_watcher_starts_from_any_kept_revision,
            a_watcher_is_told_what_a_commit_removed,
            a_watcher_goes_on_across_reopening,
            a_watcher_of_forgotten_commits_is_told,
            a_watcher_that_falls_behind_is_told,
            a_watcher_of_the_future_is_told,
            an_abandoned_wait_loses_nothing,
            refused_commits_are_not_seen,
        );
        $crate::store_conformance!(@tests $make, concurrency:
            one_of_many_creators_wins,
            one_of_many_updaters_wins,
            counters_lose_no_increment,
            different_keys_do_not_disturb_each_other,
            readers_see_commits_whole,
            a_watcher_keeps_up_with_many_committers,
            an_abandoned_commit_is_whole_or_absent,
        );
    };
    (@tests $make:expr, $module:ident: $($behaviour:ident,)*) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() -> $crate::conformance::Outcome {
                    $crate::conformance::$module::$behaviour($make).await
                }
            )*
        }
    };
}

fn put(key: &str, body: &str) -> Write {
    Write::Put { key: key.to_owned(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn delete(key: &str) -> Write {
    Write::Delete { key: key.to_owned() }
}

fn delete_prefix(prefix: &str) -> Write {
    Write::DeletePrefix { prefix: prefix.to_owned() }
}

fn writes(writes: impl Into<Vec<Write>>) -> Commit {
    Commit { expects: Vec::new(), writes: writes.into() }
}

fn guarded(expect: Expect, write: Write) -> Commit {
    Commit { expects: vec![expect], writes: vec![write] }
}

fn page(prefix: &str, after: Option<&str>, limit: usize) -> ListQuery {
    ListQuery { prefix: prefix.to_owned(), after: after.map(str::to_owned), limit }
}

async fn keys(store: &impl Store, query: ListQuery) -> Result<Vec<String>, StoreError> {
    Ok(store.list(query).await?.into_iter().map(|row| row.key).collect())
}

async fn text(store: &impl Store, key: &str) -> Result<Option<String>, StoreError> {
    let row = store.get(key).await?;
    Ok(row.map(|row| String::from_utf8_lossy(&row.body).into_owned()))
}

/// The next change of a watcher; an error when it does not come.
async fn next(changes: &mut Box<dyn Changes>) -> Result<ChangeSet, StoreError> {
    let late = |_| StoreError::Engine("a change that happened was not reported".to_owned());
    timeout(PATIENCE, changes.next()).await.map_err(late)?
}

fn is_conflict(answer: &Result<Revision, StoreError>, on: &str) -> bool {
    matches!(answer, Err(StoreError::Conflict { key }) if key == on)
}
