//! A store in memory, for the tests of other crates: every promise of [`Store`] but durability.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::feed::{Feed, Reader, Step};
use crate::{
    BoxFuture, ChangeSet, Changes, Commit, Holders, ListQuery, Revision, Row, Store, StoreError, Write, grammar,
};

/// How many commits a [`MemoryStore`] keeps for watchers, unless told otherwise.
pub const KEPT_REVISIONS: usize = 10_000;

/// A store in memory. Clones share the same data.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    feed: Feed,
}

#[derive(Debug, Default)]
struct State {
    head: Revision,
    rows: BTreeMap<String, (Revision, Bytes)>,
    blobs: HashMap<String, Bytes>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::keeping(KEPT_REVISIONS)
    }

    /// An empty store that keeps the newest `kept_revisions` commits for watchers, to test what happens to slow ones.
    pub fn keeping(kept_revisions: usize) -> Self {
        let feed = Feed::new(Revision(0), kept_revisions);
        Self { shared: Arc::new(Shared { state: Mutex::default(), feed }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A commit is applied by steps that cannot fail, so a poisoned lock is still good.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, commit: Commit) -> Result<Revision, StoreError> {
        grammar::check(&commit)?;
        let mut state = self.state();
        for expect in &commit.expects {
            let found = state.rows.get(expect.key()).map(|(revision, _)| *revision);
            if !expect.holds(found) {
                return Err(StoreError::Conflict { key: expect.key().to_owned() });
            }
        }
        let revision = state.head.next();
        let mut keys: Vec<String> = Vec::new();
        for write in commit.writes {
            keys.extend(state.write(write, revision));
        }
        state.head = revision;
        // Published under the lock, so that the feed is in revision order.
        self.shared.feed.publish(vec![ChangeSet::of(revision, keys)]);
        Ok(revision)
    }

    fn page(&self, query: &ListQuery) -> Vec<Row> {
        let start = match &query.after {
            Some(after) if *after >= query.prefix => Bound::Excluded(after.as_str()),
            _ => Bound::Included(query.prefix.as_str()),
        };
        let state = self.state();
        let rows = state.rows.range::<str, _>((start, Bound::Unbounded));
        rows.take_while(|(key, _)| key.starts_with(&query.prefix))
            .take(query.limit)
            .map(|(key, (revision, body))| Row { key: key.clone(), revision: *revision, body: body.clone() })
            .collect()
    }
}

impl State {
    /// Applies one write and names the keys it changed.
    fn write(&mut self, write: Write, revision: Revision) -> Vec<String> {
        match write {
            Write::Put { key, body } => {
                self.rows.insert(key.clone(), (revision, body));
                vec![key]
            }
            Write::Delete { key } => self.rows.remove(&key).map(|_| key).into_iter().collect(),
            Write::DeletePrefix { prefix } => {
                let range = self.rows.range::<String, _>(&prefix..);
                let keys: Vec<String> =
                    range.map(|(key, _)| key.clone()).take_while(|key| key.starts_with(&prefix)).collect();
                for key in &keys {
                    self.rows.remove(key);
                }
                keys
            }
            Write::PutBlob { hash, body } => {
                self.blobs.entry(hash).or_insert(body);
                Vec::new()
            }
            Write::DropBlob { hash, holders } => {
                let may_need = |key: &str| match &holders {
                    Holders::With(infix) => key.contains(infix),
                    Holders::Below(prefix) => key.starts_with(prefix),
                };
                let mut holders = self.rows.iter().filter(|(key, _)| may_need(key));
                if !holders.any(|(_, (_, body))| Write::needs_blob(body, &hash)) {
                    self.blobs.remove(&hash);
                }
                Vec::new()
            }
        }
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let found = state.rows.get(key);
            Ok(found.map(|(revision, body)| Row { key: key.to_owned(), revision: *revision, body: body.clone() }))
        })
    }

    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(async move { Ok(self.page(&query)) })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(async move { self.apply(commit) })
    }

    fn blob<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move { Ok(self.state().blobs.get(hash).cloned()) })
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(async move { Ok(self.state().head) })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Box<dyn Changes>, StoreError>> {
        Box::pin(async move {
            let reader = self.shared.feed.reader(after);
            if reader.has_missed() || after > self.shared.feed.head() {
                return Err(StoreError::Compacted { after });
            }
            Ok(Box::new(Watcher { reader }) as Box<dyn Changes>)
        })
    }
}

/// A watcher of a [`MemoryStore`].
#[derive(Debug)]
struct Watcher {
    reader: Reader,
}

impl Changes for Watcher {
    fn next(&mut self) -> BoxFuture<'_, Result<ChangeSet, StoreError>> {
        Box::pin(async move {
            match self.reader.next().await? {
                Step::Change(change) => Ok(change),
                Step::Missed => Err(StoreError::Compacted { after: self.reader.after() }),
            }
        })
    }
}
