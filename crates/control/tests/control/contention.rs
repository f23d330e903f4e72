//! Writers that meet: a lost compare-and-set is tried again, and only then a conflict.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde_json::json;
use stagegate_control::{ATTEMPTS, Quotas};
use stagegate_store::memory::MemoryStore;
use stagegate_store::{BoxFuture, Changes, Commit, ListQuery, Revision, Row, Store, StoreError};

use crate::plane::{Plane, names};

/// A store that loses the next commits, and counts them all.
struct Contended {
    inner: MemoryStore,
    losing: AtomicUsize,
    commits: AtomicUsize,
}

impl Contended {
    fn new() -> Arc<Self> {
        Arc::new(Self { inner: MemoryStore::new(), losing: AtomicUsize::new(0), commits: AtomicUsize::new(0) })
    }
}

impl Store for Contended {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        self.inner.get(key)
    }

    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        self.inner.list(query)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Revision, StoreError>> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        let left = self.losing.load(Ordering::SeqCst);
        if left > 0 {
            self.losing.store(left - 1, Ordering::SeqCst);
            let key = commit.writes.first().map_or_else(String::new, |write| format!("{write:?}"));
            return Box::pin(async move { Err(StoreError::Conflict { key }) });
        }
        self.inner.commit(commit)
    }

    fn blob<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.inner.blob(hash)
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision, StoreError>> {
        self.inner.revision()
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Box<dyn Changes>, StoreError>> {
        self.inner.watch(after)
    }
}

#[tokio::test]
async fn a_lost_race_is_run_again_until_it_is_won() {
    let store = Contended::new();
    let plane = Plane::over(store.clone(), Quotas::default());
    let (api, root) = plane.api().await;
    for lost in [1, ATTEMPTS - 1] {
        store.losing.store(lost, Ordering::SeqCst);
        let part = json!({ "pathPart": format!("p{lost}") });
        assert_eq!(plane.call("POST", &root, part).await.status, 201, "{lost} lost");
    }
    assert_eq!(names(&plane.get(&format!("{api}/resources")).await.ok(), "path").len(), 3);
}

#[tokio::test]
async fn a_race_that_is_always_lost_is_a_conflict() {
    let store = Contended::new();
    let plane = Plane::over(store.clone(), Quotas::default());
    let (_, root) = plane.api().await;
    store.losing.store(usize::MAX, Ordering::SeqCst);
    let before = store.commits.load(Ordering::SeqCst);
    let answer = plane.call("POST", &root, json!({ "pathPart": "p" })).await;
    assert_eq!(answer.status, 409);
    answer.refused(
        "ConflictException",
        "Unable to complete operation due to concurrent modification. Please try again later.",
    );
    assert_eq!(store.commits.load(Ordering::SeqCst) - before, ATTEMPTS);
}

#[tokio::test]
async fn reads_never_commit() {
    let store = Contended::new();
    let plane = Plane::over(store.clone(), Quotas::default());
    let (api, root) = plane.api().await;
    let before = store.commits.load(Ordering::SeqCst);
    for target in ["/restapis", "/account", &api, &root, &format!("{api}/stages"), &format!("{api}/deployments")] {
        plane.get(target).await.ok();
    }
    assert_eq!(store.commits.load(Ordering::SeqCst), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn siblings_that_exclude_each_other_never_both_win() {
    let plane = Arc::new(Plane::new());
    let (api, root) = plane.api().await;
    let mut tasks = Vec::new();
    for index in 0..24 {
        let (plane, root) = (Arc::clone(&plane), root.clone());
        let part = if index % 2 == 0 { format!("{{v{index}}}") } else { format!("p{index}") };
        tasks.push(tokio::spawn(async move { plane.call("POST", &root, json!({ "pathPart": part })).await.status }));
    }
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.expect("no panic") == 201);
    }
    let paths = names(&plane.get(&format!("{api}/resources?limit=500")).await.ok(), "path");
    assert_eq!(paths.len(), made + 1);
    assert_eq!(paths.iter().filter(|path| path.contains('{')).count(), 1, "{paths:?}");
    assert_eq!(made, 13, "twelve static parts and one variable: nobody starves");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_one_stage_do_not_lose_each_others_changes() {
    let plane = Arc::new(Plane::new());
    let (_, stage) = plane.staged_api().await;
    let mut tasks = Vec::new();
    for index in 0..16 {
        let (plane, stage) = (Arc::clone(&plane), stage.clone());
        let path = format!("/variables/v{index}");
        tasks.push(tokio::spawn(async move { plane.patch(&stage, &[("replace", &path, "x")]).await.status }));
    }
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), 200);
    }
    assert_eq!(plane.get(&stage).await.ok()["variables"].as_object().expect("a map").len(), 16);
}
