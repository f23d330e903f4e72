//! The conformance suite against the store on SQLite.

use stagegate_store::StoreError;
use stagegate_store::conformance::{Fixture, KEPT_REVISIONS};
use stagegate_store_sql::{SqliteOptions, SqliteStore};
use tempfile::TempDir;

/// A database of its own in a folder of its own.
struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }
}

impl Fixture for Sqlite {
    type Store = SqliteStore;

    async fn open(&mut self) -> Result<SqliteStore, StoreError> {
        let kept_revisions = u32::try_from(KEPT_REVISIONS).expect("a small number");
        let options = SqliteOptions { kept_revisions, ..SqliteOptions::default() };
        SqliteStore::open_with(&self.0.path().join("store.db"), options).await
    }
}

stagegate_store::store_conformance!(Sqlite::new());
