//! Random commits have the same results on SQLite as in memory, one by one and all at once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use stagegate_store::memory::MemoryStore;
use stagegate_store::{Commit, Expect, ListQuery, Revision, Store, StoreError, Write};
use stagegate_store_sql::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const KEYS: [&str; 8] = ["a", "a/", "a/1", "a/2", "a_b", "a%b", "b/1", "~"];
const PREFIXES: [&str; 7] = ["", "a", "a/", "a_", "a%", "b/", "x"];

/// An expectation whose revision is looked up when its turn comes, so that it often holds.
#[derive(Debug, Clone)]
enum Guess {
    Absent(&'static str),
    Exists(&'static str),
    Current(&'static str),
    Old(&'static str),
}

fn guess() -> impl Strategy<Value = Guess> {
    let key = proptest::sample::select(&KEYS[..]);
    prop_oneof![
        2 => key.clone().prop_map(Guess::Absent),
        2 => key.clone().prop_map(Guess::Exists),
        4 => key.clone().prop_map(Guess::Current),
        1 => key.prop_map(Guess::Old),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let key = proptest::sample::select(&KEYS[..]).prop_map(str::to_owned);
    let prefix = proptest::sample::select(&PREFIXES[..]).prop_map(str::to_owned);
    let body = || vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    prop_oneof![
        6 => (key.clone(), body()).prop_map(|(key, body)| Write::Put { key, body }),
        2 => key.prop_map(|key| Write::Delete { key }),
        1 => prefix.prop_map(|prefix| Write::DeletePrefix { prefix }),
        1 => (0..3_u8, body()).prop_map(|(hash, body)| Write::PutBlob { hash: format!("{hash:064x}"), body }),
    ]
}

fn commits() -> impl Strategy<Value = Vec<(Vec<Guess>, Vec<Write>)>> {
    vec((vec(guess(), 0..3), vec(write(), 0..5)), 1..25)
}

async fn resolve(store: &MemoryStore, guess: Guess) -> Expect {
    match guess {
        Guess::Absent(key) => Expect::Absent(key.to_owned()),
        Guess::Exists(key) => Expect::Exists(key.to_owned()),
        Guess::Current(key) => {
            let row = store.get(key).await.unwrap();
            row.map_or_else(|| Expect::Absent(key.to_owned()), |row| Expect::At(row.key, row.revision))
        }
        Guess::Old(key) => Expect::At(key.to_owned(), Revision(1)),
    }
}

type Answer = Result<Revision, String>;

fn plain(answer: Result<Revision, StoreError>) -> Answer {
    answer.map_err(|error| error.to_string())
}

/// Applies the commits to the model, one by one, and returns them with the answers they deserve.
async fn rehearse(model: &MemoryStore, script: Vec<(Vec<Guess>, Vec<Write>)>) -> Vec<(Commit, Answer)> {
    let mut rehearsed = Vec::new();
    for (guesses, writes) in script {
        let mut expects = Vec::new();
        for guess in guesses {
            expects.push(resolve(model, guess).await);
        }
        let commit = Commit { expects, writes };
        let answer = plain(model.commit(commit.clone()).await);
        rehearsed.push((commit, answer));
    }
    rehearsed
}

/// Everything that can be read is the same in both.
async fn assert_same(model: &MemoryStore, store: &impl Store) {
    let head = model.revision().await.unwrap();
    assert_eq!(store.revision().await.unwrap(), head);
    for prefix in PREFIXES {
        for (after, limit) in [(None, 999), (None, 2), (Some("a/1"), 999), (Some("a/15"), 1), (Some("zz"), 99)] {
            let query = ListQuery { prefix: prefix.to_owned(), after: after.map(str::to_owned), limit };
            assert_eq!(store.list(query.clone()).await.unwrap(), model.list(query.clone()).await.unwrap());
            assert_eq!(store.list_direct(query.clone()).await.unwrap(), model.list_direct(query).await.unwrap());
        }
    }
    for hash in 0..3 {
        let hash = format!("{hash:064x}");
        assert_eq!(store.blob(&hash).await.unwrap(), model.blob(&hash).await.unwrap());
    }
    let mut expected = model.watch(Revision(0)).await.unwrap();
    let mut changes = store.watch(Revision(0)).await.unwrap();
    for _ in 0..head.0 {
        assert_eq!(changes.next().await.unwrap(), expected.next().await.unwrap());
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn commits_one_by_one_have_the_results_of_the_model(script in commits()) {
        runtime().block_on(async {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("store.db");
            let store = SqliteStore::open(&path).await.unwrap();
            let model = MemoryStore::new();
            for (commit, answer) in rehearse(&model, script).await {
                assert_eq!(plain(store.commit(commit).await), answer);
            }
            assert_same(&model, &store).await;
            store.close().await;
            assert_same(&model, &SqliteStore::open(&path).await.unwrap()).await;
        });
    }

    #[test]
    fn commits_that_share_a_transaction_have_the_results_of_the_model(script in commits()) {
        runtime().block_on(async {
            let folder = TempDir::new().unwrap();
            let store = Arc::new(SqliteStore::open(&folder.path().join("store.db")).await.unwrap());
            let model = MemoryStore::new();
            let mut tasks = Vec::new();
            for (commit, answer) in rehearse(&model, script).await {
                let store = Arc::clone(&store);
                // Tasks of one thread first run in the order they were spawned, and so are their commits queued.
                tasks.push((tokio::spawn(async move { store.commit(commit).await }), answer));
            }
            for (task, answer) in tasks {
                assert_eq!(plain(task.await.unwrap()), answer);
            }
            assert_same(&model, &*store).await;
        });
    }
}
