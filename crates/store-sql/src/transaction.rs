//! One commit inside the writer's transaction: expectations, writes, and the record of what changed.

use sqlx::SqliteConnection;
use stagegate_store::{ChangeSet, Commit, Holders, Revision, StoreError, Write, grammar};

use crate::connect::engine;
use crate::reading::{signed, unsigned};
use crate::statements;

/// What became of one commit, as long as the transaction around it succeeds.
pub(crate) type Outcome = Result<ChangeSet, StoreError>;

/// Applies a commit as `revision`, or leaves no trace of it.
///
/// The outer error means that the whole transaction is lost.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    commit: &Commit,
    revision: Revision,
) -> Result<Outcome, sqlx::Error> {
    // Expectations only read: a commit refused by them has nothing to undo.
    if let Some(key) = unmet(connection, commit).await? {
        return Ok(Err(StoreError::Conflict { key }));
    }
    run(connection, statements::SAVEPOINT).await?;
    let written = write(connection, commit, revision).await;
    if written.is_err() && run(connection, statements::ROLLBACK_TO).await.is_err() {
        // The failure ended SQLite's whole transaction, and the savepoint with it; it is the failure to report.
        return written.map(Ok);
    }
    run(connection, statements::RELEASE).await?;
    Ok(written.map_err(engine))
}

/// Runs a statement that takes and gives nothing.
pub(crate) async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(statement).execute(connection).await.map(drop)
}

/// The key of the first expectation that does not hold.
async fn unmet(connection: &mut SqliteConnection, commit: &Commit) -> Result<Option<String>, sqlx::Error> {
    for expect in &commit.expects {
        let query = sqlx::query_scalar(statements::REVISION_OF).bind(expect.key());
        let found: Option<i64> = query.fetch_optional(&mut *connection).await?;
        if !expect.holds(found.map(unsigned)) {
            return Ok(Some(expect.key().to_owned()));
        }
    }
    Ok(None)
}

async fn write(
    connection: &mut SqliteConnection,
    commit: &Commit,
    revision: Revision,
) -> Result<ChangeSet, sqlx::Error> {
    let mut touched = Vec::new();
    for write in &commit.writes {
        touched.extend(write_one(connection, write, revision).await?);
    }
    let change = ChangeSet::of(revision, touched);
    let lines: String = change.keys.iter().flat_map(|key| [key.as_str(), "\n"]).collect();
    sqlx::query(statements::RECORD).bind(signed(revision)).bind(lines).execute(connection).await?;
    Ok(change)
}

/// Applies one write and names the keys it changed.
async fn write_one(
    connection: &mut SqliteConnection,
    write: &Write,
    revision: Revision,
) -> Result<Vec<String>, sqlx::Error> {
    match write {
        Write::Put { key, body } => {
            let query = sqlx::query(statements::PUT).bind(key).bind(signed(revision)).bind(&body[..]);
            query.execute(connection).await?;
            Ok(vec![key.clone()])
        }
        Write::Delete { key } => {
            let deleted = sqlx::query(statements::DELETE).bind(key).execute(connection).await?;
            Ok(if deleted.rows_affected() > 0 { vec![key.clone()] } else { Vec::new() })
        }
        Write::DeletePrefix { prefix } => {
            let query = sqlx::query_scalar(statements::DELETE_RANGE).bind(prefix).bind(grammar::prefix_end(prefix));
            let mut keys: Vec<String> = query.fetch_all(connection).await?;
            keys.sort_unstable();
            Ok(keys)
        }
        Write::PutBlob { hash, body } => {
            sqlx::query(statements::PUT_BLOB).bind(hash).bind(&body[..]).execute(connection).await?;
            Ok(Vec::new())
        }
        Write::DropBlob { hash, holders } => {
            let bodies = match holders {
                Holders::With(infix) => sqlx::query_scalar(statements::HOLDERS_WITH).bind(format!("%{infix}%")),
                Holders::Below(prefix) => {
                    sqlx::query_scalar(statements::HOLDERS_BELOW).bind(prefix).bind(grammar::prefix_end(prefix))
                }
            };
            let bodies: Vec<Vec<u8>> = bodies.fetch_all(&mut *connection).await?;
            if !bodies.iter().any(|body| Write::needs_blob(body, hash)) {
                sqlx::query(statements::DROP_BLOB).bind(hash).execute(connection).await?;
            }
            Ok(Vec::new())
        }
    }
}
