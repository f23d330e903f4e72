//! Reading rows, pages, blobs and the change feed from a connection of the pool.

use bytes::Bytes;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use stagegate_store::{ChangeSet, ListQuery, Revision, Row, grammar};

use crate::statements;

/// One row.
pub(crate) async fn row(pool: &SqlitePool, key: &str) -> Result<Option<Row>, sqlx::Error> {
    let found = sqlx::query(statements::GET).bind(key).fetch_optional(pool).await?;
    found.as_ref().map(decode).transpose()
}

/// One page of rows.
pub(crate) async fn page(pool: &SqlitePool, query: &ListQuery) -> Result<Vec<Row>, sqlx::Error> {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let end = grammar::prefix_end(&query.prefix);
    let page = sqlx::query(statements::LIST).bind(start(query)).bind(end).bind(limit);
    page.fetch_all(pool).await?.iter().map(decode).collect()
}

/// One page of the rows directly below a prefix.
pub(crate) async fn direct_page(pool: &SqlitePool, query: &ListQuery) -> Result<Vec<Row>, sqlx::Error> {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let end = grammar::prefix_end(&query.prefix);
    let rest = i64::try_from(query.prefix.len() + 1).unwrap_or(i64::MAX);
    let page = sqlx::query(statements::LIST_DIRECT).bind(start(query)).bind(end).bind(rest).bind(limit);
    page.fetch_all(pool).await?.iter().map(decode).collect()
}

/// One blob.
pub(crate) async fn blob(pool: &SqlitePool, hash: &str) -> Result<Option<Bytes>, sqlx::Error> {
    let body: Option<Vec<u8>> = sqlx::query_scalar(statements::BLOB).bind(hash).fetch_optional(pool).await?;
    Ok(body.map(Bytes::from))
}

/// At most `limit` commits after a revision, oldest first.
pub(crate) async fn changes(pool: &SqlitePool, after: Revision, limit: u32) -> Result<Vec<ChangeSet>, sqlx::Error> {
    let page = sqlx::query(statements::CHANGES).bind(signed(after)).bind(i64::from(limit));
    let rows = page.fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let keys: &str = row.try_get(1)?;
            let keys = keys.split_terminator('\n').map(str::to_owned).collect();
            Ok(ChangeSet { revision: unsigned(row.try_get(0)?), keys })
        })
        .collect()
}

/// The newest revision.
pub(crate) async fn head(connection: &mut SqliteConnection) -> Result<Revision, sqlx::Error> {
    sqlx::query_scalar(statements::HEAD).fetch_one(connection).await.map(unsigned)
}

/// The smallest string that a key of the page may be.
fn start(query: &ListQuery) -> String {
    match &query.after {
        // A key's bytes begin at 0x20, so nothing lies between a key and itself with 0x01 added.
        Some(after) if *after >= query.prefix => format!("{after}\u{1}"),
        _ => query.prefix.clone(),
    }
}

fn decode(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let body: Vec<u8> = row.try_get(2)?;
    Ok(Row { key: row.try_get(0)?, revision: unsigned(row.try_get(1)?), body: Bytes::from(body) })
}

/// A revision as SQL's integers have it: at a million commits a second they last for 290,000 years.
pub(crate) fn signed(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

/// A revision read back; a negative one was never written.
pub(crate) fn unsigned(revision: i64) -> Revision {
    Revision(u64::try_from(revision).unwrap_or_default())
}
