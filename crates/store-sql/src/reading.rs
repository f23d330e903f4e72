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

/// Pages of more rows are read packed into one: a row on its way through the connection costs more than SQLite's work.
const PACKED_FROM_ROWS: usize = 100;

/// One page of rows.
pub(crate) async fn page(pool: &SqlitePool, query: &ListQuery) -> Result<Vec<Row>, sqlx::Error> {
    // Bodies may be too large for one value; whatever else fails, fails again below.
    if query.limit >= PACKED_FROM_ROWS
        && let Ok(Some(rows)) = packed_page(pool, query).await
    {
        return Ok(rows);
    }
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let end = grammar::prefix_end(&query.prefix);
    let page = sqlx::query(statements::LIST).bind(start(query)).bind(end).bind(limit);
    page.fetch_all(pool).await?.iter().map(decode).collect()
}

/// One page of rows that are packed into one; `None` if they cannot be told apart.
async fn packed_page(pool: &SqlitePool, query: &ListQuery) -> Result<Option<Vec<Row>>, sqlx::Error> {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let end = grammar::prefix_end(&query.prefix);
    let page = sqlx::query(statements::LIST_PACKED).bind(start(query)).bind(end).bind(limit);
    let packed = page.fetch_one(pool).await?;
    let Some(keys) = packed.try_get::<Option<&str>, _>(0)? else { return Ok(Some(Vec::new())) };
    let bodies: Vec<u8> = packed.try_get_unchecked(3)?;
    let numbers = [packed.try_get(1)?, packed.try_get(2)?, packed.try_get(4)?];
    Ok(unpack(keys, &bodies.into(), numbers))
}

/// The rows of one packed page; `numbers` are the lengths of keys, the revisions and the lengths of bodies.
fn unpack(mut keys: &str, bodies: &Bytes, [key_lengths, revisions, body_lengths]: [&str; 3]) -> Option<Vec<Row>> {
    let (mut rows, mut begin) = (Vec::new(), 0_usize);
    let numbers = key_lengths.split(',').zip(revisions.split(',')).zip(body_lengths.split(','));
    for ((key_length, revision), body_length) in numbers {
        let (key, rest) = keys.split_at_checked(key_length.parse().ok()?)?;
        let end = begin.checked_add(body_length.parse().ok()?).filter(|end| *end <= bodies.len())?;
        let body = bodies.slice(begin..end);
        rows.push(Row { key: key.to_owned(), revision: unsigned(revision.parse().ok()?), body });
        (keys, begin) = (rest, end);
    }
    (keys.is_empty() && begin == bodies.len()).then_some(rows)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_rows_are_told_apart_or_not_taken() {
        let bodies = Bytes::from_static(b"{},1");
        let row = |key: &str, revision, body: &'static str| Row {
            key: key.to_owned(),
            revision: Revision(revision),
            body: Bytes::from_static(body.as_bytes()),
        };
        let rows = vec![row("a,b", 1, "{}"), row("c", 20, ""), row("d", 3, ",1")];
        assert_eq!(unpack("a,bcd", &bodies, ["3,1,1", "1,20,3", "2,0,2"]), Some(rows));
        let broken = [
            ["3,1,1", "1,20,3", "2,0,3"],
            ["3,1,1", "1,20,3", "2,0,1"],
            ["3,1", "1,20,3", "2,0,2"],
            ["3,1,1", "1,20", "2,0,2"],
            ["3,1,2", "1,20,3", "2,0,2"],
            ["3,x,1", "1,20,3", "2,0,2"],
            ["3,1,1", "1,x,3", "2,0,2"],
        ];
        for numbers in broken {
            assert_eq!(unpack("a,bcd", &bodies, numbers), None, "{numbers:?}");
        }
    }
}
