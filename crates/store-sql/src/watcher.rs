//! Watching: live from memory, and from the table of changes what happened before or too long ago.

use std::collections::VecDeque;

use sqlx::SqlitePool;
use stagegate_store::feed::{Reader, Step};
use stagegate_store::{BoxFuture, ChangeSet, Changes, StoreError};

use crate::connect::engine;
use crate::reading;

/// How many commits are read from the table at once.
const PAGE: u32 = 256;

/// One watcher.
pub(crate) struct Watcher {
    /// Stands after the last commit of the backlog.
    reader: Reader,
    backlog: VecDeque<ChangeSet>,
    pool: SqlitePool,
}

impl Watcher {
    /// A watcher at the reader's place; an error when what follows is no longer kept.
    pub(crate) async fn begin(reader: Reader, pool: SqlitePool) -> Result<Self, StoreError> {
        let mut watcher = Self { reader, backlog: VecDeque::new(), pool };
        if watcher.reader.has_missed() {
            watcher.read_on().await?;
        }
        Ok(watcher)
    }

    /// Reads the next page of commits from the table, where there is at least one.
    async fn read_on(&mut self) -> Result<(), StoreError> {
        let after = self.reader.after();
        let page = reading::changes(&self.pool, after, PAGE).await.map_err(engine)?;
        if page.first().is_none_or(|change| change.revision != after.next()) {
            return Err(StoreError::Compacted { after });
        }
        // From here on nothing waits: a dropped future has either done both or nothing.
        if let Some(newest) = page.last() {
            self.reader.skip_to(newest.revision);
        }
        self.backlog.extend(page);
        Ok(())
    }
}

impl Changes for Watcher {
    fn next(&mut self) -> BoxFuture<'_, Result<ChangeSet, StoreError>> {
        Box::pin(async move {
            loop {
                if let Some(change) = self.backlog.pop_front() {
                    return Ok(change);
                }
                match self.reader.next().await? {
                    Step::Change(change) => return Ok(change),
                    Step::Missed => self.read_on().await?,
                }
            }
        })
    }
}
