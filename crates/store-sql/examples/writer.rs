//! Writes to a store for ever, reporting every acknowledged commit on its output: the victim of the kill test.
//!
//! `writer FILE` runs some tasks side by side. Commit n of task t puts the rows `t/n/a` and `t/n/b` and a blob, and
//! sets the row `t/counter` from n-1 to n, all at once. After its acknowledgement the line `ack t n revision` is
//! printed. A writer started again goes on where the counters are. When the disk fails it prints `fail CAUSE` and tries
//! the same commit again.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stagegate_store::{Commit, Expect, Revision, Store, StoreError, Write};
use stagegate_store_sql::SqliteStore;
use tokio::task::JoinSet;

const TASKS: usize = 8;

/// How long a task waits after a failure.
const RETRY: Duration = Duration::from_millis(10);

#[tokio::main]
async fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: writer FILE");
        return ExitCode::from(2);
    };
    match write_for_ever(Path::new(&path)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("writer: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn write_for_ever(path: &Path) -> Result<(), StoreError> {
    let store = Arc::new(SqliteStore::open(path).await?);
    println!("open {}", store.revision().await?.0);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let store = Arc::clone(&store);
        tasks.spawn(async move { write(&*store, task).await });
    }
    match tasks.join_next().await {
        Some(Ok(answer)) => answer,
        _ => Ok(()),
    }
}

async fn write(store: &impl Store, task: usize) -> Result<(), StoreError> {
    let counter = format!("{task}/counter");
    let row = store.get(&counter).await?;
    let mut number: u64 = row.as_ref().map_or(0, |row| String::from_utf8_lossy(&row.body).parse().unwrap_or(0));
    let mut expect = row.map_or(Expect::Absent(counter.clone()), |row| Expect::At(row.key, row.revision));
    loop {
        number += 1;
        let text = Bytes::from(number.to_string());
        let put = |key: String| Write::Put { key, body: text.clone() };
        let blob = Write::PutBlob { hash: format!("{task:032x}{number:032x}"), body: text.clone() };
        let writes =
            vec![put(format!("{task}/{number}/a")), blob, put(counter.clone()), put(format!("{task}/{number}/b"))];
        let revision = insist(store, Commit { expects: vec![expect], writes }).await?;
        println!("ack {task} {number} {}", revision.0);
        expect = Expect::At(counter.clone(), revision);
    }
}

/// Commits, again and again as long as the engine fails; what was not acknowledged must not have happened.
async fn insist(store: &impl Store, commit: Commit) -> Result<Revision, StoreError> {
    loop {
        match store.commit(commit.clone()).await {
            Err(StoreError::Engine(cause)) => println!("fail {cause}"),
            answer => return answer,
        }
        tokio::time::sleep(RETRY).await;
    }
}
