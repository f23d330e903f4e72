//! Opening, closing and what a failing file does: locks, permissions, foreign files, a full database.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use stagegate_store::{Commit, Expect, Revision, Store, StoreError, Write};
use stagegate_store_sql::{SqliteOptions, SqliteStore};
use tempfile::TempDir;
use tokio::time::timeout;

fn put(key: &str, bytes: usize) -> Commit {
    let body = Bytes::from(vec![b'x'; bytes]);
    Commit { expects: Vec::new(), writes: vec![Write::Put { key: key.to_owned(), body }] }
}

fn engine_message(answer: Result<impl Sized, StoreError>) -> String {
    match answer {
        Err(StoreError::Engine(message)) => message,
        Err(other) => format!("another error: {other}"),
        Ok(_) => "no error".to_owned(),
    }
}

async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.expect("a database")
}

#[tokio::test]
async fn a_second_opener_is_kept_out_until_the_first_is_gone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let impatient = SqliteOptions { lock_timeout_ms: 50, ..SqliteOptions::default() };
    let first = SqliteStore::open(&path).await.unwrap();
    let message = engine_message(SqliteStore::open_with(&path, impatient.clone()).await);
    assert!(message.contains("in use by another process"), "{message}");
    first.close().await;
    SqliteStore::open_with(&path, impatient).await.unwrap();
}

#[tokio::test]
async fn the_files_are_the_owners_alone() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db")).await.unwrap();
    store.commit(put("k", 1)).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert!(files >= 3, "database, log and lock");
}

#[tokio::test]
async fn the_database_has_a_write_ahead_log() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    let mut connection = raw(&path).await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let content = "this is no database ".repeat(500);
    std::fs::write(&path, &content).unwrap();
    let message = engine_message(SqliteStore::open(&path).await);
    assert!(message.contains("not a database") && message.contains("store.db"), "{message}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    let message = engine_message(SqliteStore::open(&folder.path().join("no/such/folder.db")).await);
    assert!(message.contains("No such file"), "{message}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    let mut connection = raw(&path).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'newer', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let message = engine_message(SqliteStore::open(&path).await);
    assert!(message.contains("9999"), "{message}");
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_ends_watchers() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut changes = store.watch(Revision(0)).await.unwrap();
    for number in 0..20 {
        let queued = timeout(Duration::from_micros(1), store.commit(put(&format!("k{number}"), 10)));
        // Given up by the caller, but already in the queue.
        let _ = queued.await;
    }
    store.close().await;
    let store = SqliteStore::open(&path).await.unwrap();
    let Revision(head) = store.revision().await.unwrap();
    for revision in 1..=head {
        assert_eq!(changes.next().await.unwrap().revision, Revision(revision));
    }
    assert!(engine_message(changes.next().await).contains("closed"));
}

/// Fills the database to its limit, 64 kB at a time, and returns how many commits fitted.
async fn fill(store: &SqliteStore) -> (u32, String) {
    for number in 0..100 {
        let answer = store.commit(put(&format!("fill/{number}"), 64 << 10)).await;
        if answer.is_err() {
            return (number, engine_message(answer));
        }
    }
    (100, "it never became full".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_refuses_with_the_cause_and_works_again_when_there_is_room() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let options = SqliteOptions { limit_pages: Some(256), ..SqliteOptions::default() };
    let store = SqliteStore::open_with(&path, options).await.unwrap();
    let mut changes = store.watch(Revision(0)).await.unwrap();
    for round in 1..=3 {
        let (fitted, message) = fill(&store).await;
        assert!((5..20).contains(&fitted), "round {round}: {fitted}");
        assert!(message.contains("full"), "{message}");
        let guard = Commit { expects: vec![Expect::Exists("none".to_owned())], writes: Vec::new() };
        assert!(matches!(store.commit(guard).await, Err(StoreError::Conflict { .. })), "refusals are still told");
        let room = Write::DeletePrefix { prefix: "fill/".to_owned() };
        store.commit(Commit { expects: Vec::new(), writes: vec![room] }).await.unwrap();
    }
    let Revision(head) = store.revision().await.unwrap();
    for revision in 1..=head {
        assert_eq!(changes.next().await.unwrap().revision, Revision(revision), "failed commits have no revision");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_too_large_for_the_database_does_not_fail_its_neighbours() {
    let folder = TempDir::new().unwrap();
    let options = SqliteOptions { limit_pages: Some(256), ..SqliteOptions::default() };
    let store = Arc::new(SqliteStore::open_with(&folder.path().join("store.db"), options).await.unwrap());
    let mut tasks = Vec::new();
    for number in 0..60 {
        let bytes = if number % 3 == 0 { 2 << 20 } else { 100 };
        let store = Arc::clone(&store);
        let task = tokio::spawn(async move { store.commit(put(&format!("k{number:02}"), bytes)).await.is_ok() });
        tasks.push((number, task));
    }
    let mut small = 0;
    for (number, task) in tasks {
        let stored = task.await.unwrap();
        assert!(!(stored && number % 3 == 0), "{number} is larger than the limit");
        assert_eq!(store.get(&format!("k{number:02}")).await.unwrap().is_some(), stored);
        small += usize::from(stored);
    }
    assert_eq!(small, 40, "small commits next to a large one");
    store.commit(put("after", 1)).await.unwrap();
}

#[tokio::test]
async fn a_commit_waits_for_an_operators_lock_and_then_succeeds() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut shell = raw(&path).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut shell).await.unwrap();
    let committing = Arc::clone(&store);
    let commit = tokio::spawn(async move { committing.commit(put("k", 1)).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!commit.is_finished());
    assert_eq!(store.get("k").await.unwrap(), None, "reads go on");
    sqlx::query("ROLLBACK").execute(&mut shell).await.unwrap();
    assert_eq!(commit.await.unwrap().unwrap(), Revision(1));
}
