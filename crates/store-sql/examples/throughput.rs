//! Measures the store on a disk: latency of one commit, throughput of many committers, delay of a watcher.
//!
//! `throughput [FOLDER]` writes a new database below the folder (default: the folder for temporary files).

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use stagegate_store::{Commit, ListQuery, Revision, Store, StoreError, Write};
use stagegate_store_sql::SqliteStore;
use tokio::task::JoinSet;

const BODY_BYTES: usize = 1024;
const ALONE: usize = 500;
const COMMITTERS: usize = 64;
const EACH: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = match std::env::args().nth(1) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let path = folder.path().join("store.db");
    let opening = Instant::now();
    let store = Arc::new(SqliteStore::open(&path).await?);
    println!("open a new database      {:>9.2} ms", millis(opening.elapsed()));
    fsyncs(&folder.path().join("raw"))?;
    alone(&store).await?;
    together(&store).await?;
    reads(&store).await?;
    watched(&store).await?;
    pages(&store).await?;
    Ok(())
}

fn commit(key: String) -> Commit {
    Commit { expects: Vec::new(), writes: vec![Write::Put { key, body: Bytes::from(vec![b'x'; BODY_BYTES]) }] }
}

/// The floor: what the disk needs for one small synchronous append.
fn fsyncs(path: &Path) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path)?;
    let mut times = Vec::with_capacity(ALONE);
    for _ in 0..ALONE {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    report("append and fdatasync", times);
    Ok(())
}

async fn alone(store: &Arc<SqliteStore>) -> Result<(), StoreError> {
    let mut times = Vec::with_capacity(ALONE);
    for number in 0..ALONE {
        let start = Instant::now();
        store.commit(commit(format!("alone/{number}"))).await?;
        times.push(start.elapsed());
    }
    report("commit, one committer", times);
    Ok(())
}

async fn together(store: &Arc<SqliteStore>) -> Result<(), StoreError> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for committer in 0..COMMITTERS {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(EACH);
            for number in 0..EACH {
                let start = Instant::now();
                store.commit(commit(format!("together/{committer}/{number}"))).await?;
                times.push(start.elapsed());
            }
            Ok::<_, StoreError>(times)
        });
    }
    let mut times = Vec::new();
    for answer in tasks.join_all().await {
        times.extend(answer?);
    }
    let commits = times.len();
    report("commit, 64 committers", times);
    println!("throughput, 64 committers{:>9.0} commits/s", rate(commits, start.elapsed()));
    Ok(())
}

async fn reads(store: &Arc<SqliteStore>) -> Result<(), StoreError> {
    let mut times = Vec::with_capacity(ALONE);
    for number in 0..ALONE {
        let start = Instant::now();
        store.get(&format!("alone/{number}")).await?;
        times.push(start.elapsed());
    }
    report("get", times);
    Ok(())
}

/// What a start has to read: many rows, written and read a thousand at a time.
async fn pages(store: &Arc<SqliteStore>) -> Result<(), StoreError> {
    const PAGES: usize = 40;
    const PAGE: usize = 1000;
    let start = Instant::now();
    for page in 0..PAGES {
        let keys = (0..PAGE).map(|number| format!("pages/{page:03}/{number:03}"));
        let writes = keys.flat_map(|key| commit(key).writes).collect();
        store.commit(Commit { expects: Vec::new(), writes }).await?;
    }
    println!("40 commits of 1,000 rows {:>9.2} ms", millis(start.elapsed()));
    let start = Instant::now();
    let mut after = None;
    loop {
        let query = ListQuery { prefix: "pages/".to_owned(), after: after.take(), limit: PAGE };
        let Some(last) = store.list(query).await?.pop() else { break };
        after = Some(last.key);
    }
    println!("list of 40,000 rows      {:>9.2} ms", millis(start.elapsed()));
    Ok(())
}

/// From the acknowledgement, or from the watcher's wake-up if that came first, to the other of the two.
async fn watched(store: &Arc<SqliteStore>) -> Result<(), StoreError> {
    let Revision(head) = store.revision().await?;
    let mut changes = store.watch(Revision(head)).await?;
    let watching = tokio::spawn(async move {
        let mut seen = Vec::with_capacity(ALONE);
        for _ in 0..ALONE {
            changes.next().await?;
            seen.push(Instant::now());
        }
        Ok::<_, StoreError>(seen)
    });
    let mut acknowledged = Vec::with_capacity(ALONE);
    for number in 0..ALONE {
        store.commit(commit(format!("watched/{number}"))).await?;
        acknowledged.push(Instant::now());
    }
    let seen = watching.await.map_err(|cause| StoreError::Engine(cause.to_string()))??;
    let delays =
        seen.into_iter().zip(acknowledged).map(|(seen, acknowledged)| seen.saturating_duration_since(acknowledged));
    report("watcher after the answer", delays.collect());
    Ok(())
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at =
        |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).copied().map_or(0.0, millis);
    println!("{what:<25}{:>9.3} ms median {:>9.3} ms p99 {:>9.3} ms max", at(50), at(99), at(100));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn rate(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / time.as_secs_f64()
}
