//! How connections are made: pragmas, migrations, and the pool of readers.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use stagegate_store::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");

/// How long a statement waits for a lock held by another process, such as an operator's shell or a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a read waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The write-ahead log is cut back to this after it was copied into the database.
const WAL_KEPT_BYTES: u32 = 16 << 20;

/// Pages that each connection keeps. The operating system has the file in memory already: more of it here, once for each connection,
/// would only let the process grow for as long as the database does.
const CACHE_KIB: u32 = 512;

/// What every connection to the database has in common.
pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", WAL_KEPT_BYTES.to_string())
        // A negative size is in KiB, not in pages.
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .disable_statement_logging()
}

/// Connects for writing and brings the schema up to date.
pub(crate) async fn migrated(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    MIGRATIONS.run_direct(None, &mut connection, false).await?;
    Ok(connection)
}

/// A pool of connections that cannot write.
pub(crate) async fn readers(options: SqliteConnectOptions, count: u32) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePoolOptions::new()
        .max_connections(count)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false);
    pool.connect_with(options.pragma("query_only", "ON")).await
}

/// The engine's failure, as the store reports it.
#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
pub(crate) fn engine(cause: sqlx::Error) -> StoreError {
    StoreError::Engine(cause.to_string())
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    async fn pragma(connection: &mut SqliteConnection, name: &'static str) -> String {
        let value = sqlx::query(name).fetch_one(connection).await.unwrap();
        let text: Option<String> = value.try_get_unchecked(0).unwrap();
        text.unwrap()
    }

    #[tokio::test]
    async fn every_connection_syncs_fully_and_readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder.path().join("store.db")).create_if_missing(true);
        let mut writer = migrated(&options).await.unwrap();
        let pool = readers(options, 2).await.unwrap();
        let mut reader = pool.acquire().await.unwrap();
        let cases = [
            ("PRAGMA journal_mode", "wal", "wal"),
            ("PRAGMA synchronous", "2", "2"),
            ("PRAGMA foreign_keys", "1", "1"),
            ("PRAGMA busy_timeout", "5000", "5000"),
            ("PRAGMA cache_size", "-512", "-512"),
            ("PRAGMA query_only", "0", "1"),
        ];
        for (name, of_writer, of_reader) in cases {
            assert_eq!(pragma(&mut writer, name).await, of_writer, "{name}");
            assert_eq!(pragma(&mut reader, name).await, of_reader, "{name}");
        }
        let write = "DELETE FROM documents";
        assert!(sqlx::query(write).execute(&mut *reader).await.is_err());
        assert!(sqlx::query(write).execute(&mut writer).await.is_ok());
    }
}
