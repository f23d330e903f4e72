//! Concurrent compare-and-set is as if the commits had happened one after the other, in the order of their revisions.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use stagegate_store::memory::MemoryStore;
use stagegate_store::{Commit, Expect, ListQuery, Revision, Row, Store, StoreError, Write};
use stagegate_store_sql::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const KEYS: [&str; 4] = ["a", "b", "c/1", "c/2"];

/// A committer reads a row, and in the same commit changes it and perhaps another.
#[derive(Debug, Clone)]
struct Step {
    guarded: &'static str,
    also: Option<&'static str>,
    delete: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || proptest::sample::select(&KEYS[..]);
    let step = (key(), proptest::option::of(key()), proptest::bool::weighted(0.2));
    vec(step.prop_map(|(guarded, also, delete)| Step { guarded, also, delete }), 1..8)
}

/// What happened to one commit, between which revisions of the store.
struct Event {
    commit: Commit,
    answer: Result<Revision, StoreError>,
    before: Revision,
    after: Revision,
}

async fn take(store: &impl Store, committer: usize, step: Step) -> Event {
    let before = store.revision().await.unwrap();
    let row = store.get(step.guarded).await.unwrap();
    let expect = row.map_or_else(|| Expect::Absent(step.guarded.to_owned()), |row| Expect::At(row.key, row.revision));
    let body = Bytes::from(format!("{committer} after {}", before.0));
    let key = step.guarded.to_owned();
    let mut writes = vec![if step.delete { Write::Delete { key } } else { Write::Put { key, body: body.clone() } }];
    writes.extend(step.also.map(|key| Write::Put { key: key.to_owned(), body }));
    let commit = Commit { expects: vec![expect], writes };
    // Other committers come in between, as they do between a control call's read and its commit.
    tokio::task::yield_now().await;
    let answer = store.commit(commit.clone()).await;
    let after = store.revision().await.unwrap();
    Event { commit, answer, before, after }
}

/// Runs all committers side by side.
async fn run<S: Store>(store: &Arc<S>, committers: Vec<Vec<Step>>) -> Vec<Event> {
    let mut tasks = Vec::new();
    for (committer, steps) in committers.into_iter().enumerate() {
        let store = Arc::clone(store);
        tasks.push(tokio::spawn(async move {
            let mut events = Vec::new();
            for step in steps {
                events.push(take(&*store, committer, step).await);
            }
            events
        }));
    }
    let mut events = Vec::new();
    for task in tasks {
        events.extend(task.await.unwrap());
    }
    events
}

async fn all(store: &impl Store) -> Vec<Row> {
    store.list(ListQuery { prefix: String::new(), after: None, limit: 99 }).await.unwrap()
}

/// Replays the successes in order of revision, and finds for each refusal a moment at which it was right.
async fn check(store: &impl Store, events: Vec<Event>) {
    let (mut done, refused): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event.answer.is_ok());
    done.sort_by_key(|event| event.answer.clone().unwrap());
    let replay = MemoryStore::new();
    let mut moments: Vec<BTreeMap<String, Revision>> = vec![BTreeMap::new()];
    for event in done {
        assert_eq!(replay.commit(event.commit).await.unwrap(), event.answer.unwrap());
        moments.push(all(&replay).await.into_iter().map(|row| (row.key, row.revision)).collect());
    }
    assert_eq!(all(store).await, all(&replay).await);
    for event in refused {
        assert!(matches!(event.answer, Err(StoreError::Conflict { .. })), "{:?}", event.answer);
        let range = usize::try_from(event.before.0).unwrap()..=usize::try_from(event.after.0).unwrap();
        let expect = &event.commit.expects[0];
        let refusable = moments[range].iter().any(|rows| !expect.holds(rows.get(expect.key()).copied()));
        assert!(refusable, "{expect:?} held all the time and was refused");
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn on_sqlite_an_order_explains_every_answer(committers in vec(steps(), 2..8)) {
        runtime().block_on(async {
            let folder = TempDir::new().unwrap();
            let store = Arc::new(SqliteStore::open(&folder.path().join("store.db")).await.unwrap());
            let events = run(&store, committers).await;
            check(&*store, events).await;
        });
    }

    #[test]
    fn in_memory_an_order_explains_every_answer(committers in vec(steps(), 2..8)) {
        runtime().block_on(async {
            let store = Arc::new(MemoryStore::new());
            let events = run(&store, committers).await;
            check(&*store, events).await;
        });
    }
}
