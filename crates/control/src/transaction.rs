//! One transaction over the store: what was read is expected to be unchanged when it commits.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stagegate_model::domain::Scope;
use stagegate_store::grammar::prefix_end;
use stagegate_store::{Commit, Expect, Holders, ListQuery, Row, Store, StoreError, Write};

use crate::fault::{Fault, FaultKind};

/// Rows fetched from the store at once.
const CHUNK_ROWS: usize = 500;

/// The reads and writes of one try of one call.
///
/// A row read through [`Transaction::get`] is expected at the revision seen; a lost expectation
/// makes the spine run the whole operation again. Lists are not expected: whoever relies on one
/// bumps the API's generation row, which every other writer of that API bumps too.
pub(crate) struct Transaction {
    store: Arc<dyn Store>,
    commit: Commit,
    /// What [`Transaction::get`] read, so that a row is read once and looks the same to the end.
    seen: HashMap<String, Option<Row>>,
}

/// How a commit ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is on disk, or there was nothing to write.
    Done,
    /// Somebody else changed a row in between; nothing was written.
    Lost,
}

impl Transaction {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, commit: Commit::default(), seen: HashMap::new() }
    }

    /// Reads a row, once, and expects it to stay so until the commit.
    pub(crate) async fn get<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, Fault> {
        if !self.seen.contains_key(key) {
            let row = self.store.get(key).await.map_err(|error| unavailable(&error))?;
            self.commit.expects.push(match &row {
                None => Expect::Absent(key.to_owned()),
                Some(row) => Expect::At(key.to_owned(), row.revision),
            });
            self.seen.insert(key.to_owned(), row);
        }
        self.seen.get(key).and_then(Option::as_ref).map(parse).transpose()
    }

    /// The revision of a row; nothing is expected of one that this transaction has not read.
    pub(crate) async fn revision(&self, key: &str) -> Result<Option<u64>, Fault> {
        let row = match self.seen.get(key) {
            Some(row) => row.clone(),
            None => self.store.get(key).await.map_err(|error| unavailable(&error))?,
        };
        Ok(row.map(|row| row.revision.0))
    }

    /// Whether a row exists, which is expected to stay so until the commit.
    pub(crate) async fn exists(&mut self, key: &str) -> Result<bool, Fault> {
        let found = self.store.get(key).await.map_err(|error| unavailable(&error))?.is_some();
        let expect = if found { Expect::Exists(key.to_owned()) } else { Expect::Absent(key.to_owned()) };
        self.commit.expects.push(expect);
        Ok(found)
    }

    /// Reads every row below a prefix, as (rest of the key, document) in key order.
    pub(crate) async fn list<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<(String, T)>, Fault> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let rows = self.rows(prefix, after.take(), CHUNK_ROWS).await?;
            let full = rows.len() == CHUNK_ROWS;
            after = rows.last().map(|row| row.key.clone());
            for row in &rows {
                found.push((row.key[prefix.len()..].to_owned(), parse(row)?));
            }
            if !full {
                return Ok(found);
            }
        }
    }

    /// Reads the next rows below a prefix, in key order, as (rest of the key, document): those after a name, and no more than
    /// are read at once. None are left when it finds none.
    pub(crate) async fn list_after<T: DeserializeOwned>(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<(String, T)>, Fault> {
        let rows = self.rows(prefix, after.map(|after| format!("{prefix}{after}")), CHUNK_ROWS).await?;
        rows.iter().map(|row| Ok((row.key[prefix.len()..].to_owned(), parse(row)?))).collect()
    }

    /// Reads at most `limit` of the rows directly below a prefix and after a key, not those below such rows.
    pub(crate) async fn list_direct<T: DeserializeOwned>(
        &self,
        prefix: &str,
        mut after: Option<String>,
        limit: usize,
    ) -> Result<Vec<T>, Fault> {
        let mut found = Vec::new();
        while found.len() < limit {
            let chunk = CHUNK_ROWS.min(limit - found.len());
            let query = ListQuery { prefix: prefix.to_owned(), after: after.take(), limit: chunk };
            let rows = self.store.list_direct(query).await.map_err(|error| unavailable(&error))?;
            after = rows.last().map(|row| row.key.clone());
            for row in &rows {
                found.push(parse(row)?);
            }
            if rows.len() < chunk {
                break;
            }
        }
        Ok(found)
    }

    /// The accounts that have something in a region. It reads a row or two for each account, however many there are.
    pub(crate) async fn accounts_in(&self, region: &str) -> Result<Vec<Scope>, Fault> {
        let (mut scopes, mut after) = (Vec::new(), None);
        loop {
            let first = self.rows("", after, 1).await?;
            let Some(row) = first.first() else { return Ok(scopes) };
            let account = row.key.split('/').next().unwrap_or_default();
            if let Some(scope) = Scope::new(account, region)
                && !self.rows(&scope.prefix(), None, 1).await?.is_empty()
            {
                scopes.push(scope);
            }
            after = Some(prefix_end(&format!("{account}/")));
        }
    }

    async fn rows(&self, prefix: &str, after: Option<String>, limit: usize) -> Result<Vec<Row>, Fault> {
        let query = ListQuery { prefix: prefix.to_owned(), after, limit };
        self.store.list(query).await.map_err(|error| unavailable(&error))
    }

    /// Reads a blob.
    pub(crate) async fn blob(&self, hash: &str) -> Result<Option<Bytes>, Fault> {
        self.store.blob(hash).await.map_err(|error| unavailable(&error))
    }

    /// Writes a row.
    pub(crate) fn put<T: Serialize>(&mut self, key: &str, document: &T) -> Result<(), Fault> {
        let body = serde_json::to_vec(document).map_err(|error| Fault::internal(error.to_string()))?;
        self.commit.writes.push(Write::Put { key: key.to_owned(), body: body.into() });
        Ok(())
    }

    /// Deletes a row.
    pub(crate) fn delete(&mut self, key: &str) {
        self.commit.writes.push(Write::Delete { key: key.to_owned() });
    }

    /// Deletes every row below a prefix.
    pub(crate) fn delete_below(&mut self, prefix: &str) {
        self.commit.writes.push(Write::DeletePrefix { prefix: prefix.to_owned() });
    }

    /// Stores a content-addressed blob.
    pub(crate) fn put_blob(&mut self, hash: String, body: Bytes) {
        self.commit.writes.push(Write::PutBlob { hash, body });
    }

    /// Deletes a content-addressed blob with the last row that needs it, of those that may. Comes behind the writes of the rows.
    pub(crate) fn drop_blob(&mut self, hash: &str, holders: Holders) {
        self.commit.writes.push(Write::DropBlob { hash: hash.to_owned(), holders });
    }

    /// Commits what was written; a transaction that only read has nothing to commit.
    pub(crate) async fn finish(self) -> Result<Outcome, Fault> {
        if self.commit.writes.is_empty() {
            return Ok(Outcome::Done);
        }
        match self.store.commit(self.commit).await {
            Ok(_) => Ok(Outcome::Done),
            Err(StoreError::Conflict { .. }) => Ok(Outcome::Lost),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn parse<T: DeserializeOwned>(row: &Row) -> Result<T, Fault> {
    serde_json::from_slice(&row.body).map_err(|error| {
        tracing::error!(key = row.key, %error, "a stored document does not parse");
        Fault::internal("A stored document does not parse")
    })
}

fn unavailable(error: &StoreError) -> Fault {
    tracing::error!(%error, "the store failed");
    Fault::new(FaultKind::ServiceUnavailable, format!("The store is not available: {error}"))
}

#[cfg(test)]
mod tests {
    use stagegate_store::memory::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn a_row_looks_the_same_to_the_end_and_a_change_of_it_is_a_lost_commit() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut first = Transaction::new(Arc::clone(&store));
        first.put("a", &1).expect("put");
        assert_eq!(first.finish().await.expect("committed"), Outcome::Done);
        let mut slow = Transaction::new(Arc::clone(&store));
        assert_eq!(slow.get::<u64>("a").await.expect("read"), Some(1));
        assert_eq!(slow.get::<u64>("b").await.expect("read"), None);
        let mut quick = Transaction::new(store);
        quick.put("a", &2).expect("put");
        quick.put("b", &2).expect("put");
        assert_eq!(quick.finish().await.expect("committed"), Outcome::Done);
        assert_eq!(slow.get::<u64>("a").await.expect("read"), Some(1));
        assert_eq!(slow.get::<u64>("b").await.expect("read"), None);
        slow.put("c", &3).expect("put");
        assert_eq!(slow.finish().await.expect("no failure"), Outcome::Lost);
    }
}
