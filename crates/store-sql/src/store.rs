//! Opening the store, and the trait on top of its parts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sqlx::SqlitePool;
use stagegate_store::feed::Feed;
use stagegate_store::{BoxFuture, Changes, Commit, ListQuery, Revision, Row, Store, StoreError, grammar};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::connect::{self, engine};
use crate::watcher::Watcher;
use crate::writer::{Request, Writer};
use crate::{lock, reading};

/// How many commits are also kept in memory for watchers.
const FEED_LIMIT: usize = 1024;

/// The store's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How many of the newest commits can be watched from; at least 1.
    pub kept_revisions: u32,
    /// How many commits may wait for the writer; more wait for room.
    pub queue_limit: usize,
    /// How many reads run side by side.
    pub readers: u32,
    /// The largest database file, in pages of 4,096 bytes; a commit beyond it fails as on a full disk.
    pub limit_pages: Option<u32>,
    /// How long opening waits for another process to let go of the database, in milliseconds.
    pub lock_timeout_ms: u64,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { kept_revisions: 10_000, queue_limit: 1024, readers: 4, limit_pages: None, lock_timeout_ms: 2000 }
    }
}

/// A store in one SQLite file.
///
/// Dropping it lets the writer finish what is queued and then ends its watchers; [`SqliteStore::close`] also waits
/// for that.
#[derive(Debug)]
pub struct SqliteStore {
    queue: mpsc::Sender<Request>,
    feed: Arc<Feed>,
    pool: SqlitePool,
    writer: JoinHandle<()>,
}

impl SqliteStore {
    /// Opens or creates the database file at `path`, whose folder exists, with the default settings.
    ///
    /// Fails with [`StoreError::Engine`] when the file cannot be opened, is no database, was written by a newer
    /// version, or is in use by another process. Needs a tokio runtime with time enabled.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// [`SqliteStore::open`] with settings.
    pub async fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let lock = lock::acquire(path, Duration::from_millis(options.lock_timeout_ms)).await?;
        lock::create_private(path)?;
        Self::start(path, &options, lock).await.map_err(|cause| {
            let reason = engine(cause);
            StoreError::Engine(format!("{}: {reason}", path.display()))
        })
    }

    async fn start(path: &Path, options: &SqliteOptions, lock: std::fs::File) -> Result<Self, sqlx::Error> {
        let mut connecting = connect::options(path);
        if let Some(limit_pages) = options.limit_pages {
            connecting = connecting.pragma("max_page_count", limit_pages.to_string());
        }
        let mut connection = connect::migrated(&connecting).await?;
        let head = reading::head(&mut connection).await?;
        let pool = connect::readers(connecting.clone(), options.readers.max(1)).await?;
        let kept_revisions = options.kept_revisions.max(1);
        let feed = Arc::new(Feed::new(head, FEED_LIMIT.min(kept_revisions as usize)));
        let writer = Writer {
            options: connecting,
            connection: Some(connection),
            feed: Arc::clone(&feed),
            kept_revisions: u64::from(kept_revisions),
            lock,
        };
        let (queue, waiting) = mpsc::channel(options.queue_limit.max(1));
        let writer = tokio::spawn(writer.serve(waiting));
        Ok(Self { queue, feed, pool, writer })
    }

    /// Finishes what is queued, ends the watchers and closes the file.
    pub async fn close(self) {
        drop(self.queue);
        if let Err(cause) = self.writer.await {
            tracing::error!(%cause, "the writer ended early");
        }
        self.pool.close().await;
    }

    async fn enqueue(&self, commit: Commit) -> Result<Revision, StoreError> {
        grammar::check(&commit)?;
        let (answer, answered) = oneshot::channel();
        let closed = || StoreError::Engine("the store is closed".to_owned());
        self.queue.send(Request { commit, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

impl Store for SqliteStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        Box::pin(async move { reading::row(&self.pool, key).await.map_err(engine) })
    }

    fn list(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(async move { reading::page(&self.pool, &query).await.map_err(engine) })
    }

    fn list_direct(&self, query: ListQuery) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(async move { reading::direct_page(&self.pool, &query).await.map_err(engine) })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(self.enqueue(commit))
    }

    fn blob<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        Box::pin(async move { reading::blob(&self.pool, hash).await.map_err(engine) })
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(async move { Ok(self.feed.head()) })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Box<dyn Changes>, StoreError>> {
        Box::pin(async move {
            if after > self.feed.head() {
                return Err(StoreError::Compacted { after });
            }
            let watcher = Watcher::begin(self.feed.reader(after), self.pool.clone()).await?;
            Ok(Box::new(watcher) as Box<dyn Changes>)
        })
    }
}
