//! The SQL text of the store, in the dialect that SQLite and PostgreSQL share, unless said otherwise.

/// One row by key.
pub(crate) const GET: &str = "SELECT key, revision, body FROM documents WHERE key = $1";

/// A page of rows: at least $1, below $2, at most $3 of them.
pub(crate) const LIST: &str =
    "SELECT key, revision, body FROM documents WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3";

/// As [`LIST`], but all rows in one (SQLite only: `group_concat`): the keys and their lengths, the revisions, the
/// bodies and their lengths; numbers with a comma between them. The order is that of the inner query, which SQLite does
/// not flatten because of its limit.
pub(crate) const LIST_PACKED: &str = "SELECT group_concat(key, ''), group_concat(length(key)), group_concat(revision), \
     group_concat(body, ''), group_concat(length(body)) FROM (SELECT key, revision, body FROM documents \
     WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3)";

/// A page of the rows directly below a prefix of $3 - 1 characters: at least $1, below $2, at most $4 of them (SQLite only:
/// `instr` and `char` have other names elsewhere). Each step is one seek in the index: to the next key, or past
/// everything below the segment where the last one lies; '0' is what follows '/'.
pub(crate) const LIST_DIRECT: &str = "WITH RECURSIVE step (key, found) AS ( \
     SELECT MIN(key), 0 FROM documents WHERE key >= $1 AND key < $2 \
     UNION ALL \
     SELECT (SELECT MIN(key) FROM documents WHERE key < $2 AND key >= CASE instr(substr(step.key, $3), '/') \
     WHEN 0 THEN step.key || char(1) ELSE substr(step.key, 1, $3 + instr(substr(step.key, $3), '/') - 2) || '0' END), \
     found + (instr(substr(step.key, $3), '/') = 0) FROM step WHERE step.key IS NOT NULL AND found < $4) \
     SELECT documents.key, revision, body FROM step JOIN documents ON documents.key = step.key \
     WHERE found < $4 AND instr(substr(step.key, $3), '/') = 0 ORDER BY documents.key";

/// A row's revision, for expectations.
pub(crate) const REVISION_OF: &str = "SELECT revision FROM documents WHERE key = $1";

/// Inserts or replaces a row.
pub(crate) const PUT: &str = "INSERT INTO documents (key, revision, body) VALUES ($1, $2, $3) \
     ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, body = excluded.body";

/// Deletes a row.
pub(crate) const DELETE: &str = "DELETE FROM documents WHERE key = $1";

/// Deletes the rows of a range and names them, in no order.
pub(crate) const DELETE_RANGE: &str = "DELETE FROM documents WHERE key >= $1 AND key < $2 RETURNING key";

/// A blob by hash.
pub(crate) const BLOB: &str = "SELECT body FROM blobs WHERE hash = $1";

/// Stores a blob unless it is there.
pub(crate) const PUT_BLOB: &str = "INSERT INTO blobs (hash, body) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";

/// The rows that may need a blob, by what is in their keys.
pub(crate) const HOLDERS_WITH: &str = "SELECT body FROM documents WHERE key LIKE $1";

/// The rows that may need a blob, by a range of keys.
pub(crate) const HOLDERS_BELOW: &str = "SELECT body FROM documents WHERE key >= $1 AND key < $2";

/// Deletes a blob.
pub(crate) const DROP_BLOB: &str = "DELETE FROM blobs WHERE hash = $1";

/// The newest revision.
pub(crate) const HEAD: &str = "SELECT COALESCE(MAX(revision), 0) FROM changes";

/// Records what a commit changed.
pub(crate) const RECORD: &str = "INSERT INTO changes (revision, keys) VALUES ($1, $2)";

/// A page of the change feed: after $1, at most $2 commits.
pub(crate) const CHANGES: &str = "SELECT revision, keys FROM changes WHERE revision > $1 ORDER BY revision LIMIT $2";

/// Forgets the changes up to $1.
pub(crate) const FORGET: &str = "DELETE FROM changes WHERE revision <= $1";

/// Begins a transaction that may write (SQLite only): the lock is taken at once, so that it cannot fail half-way.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Makes the transaction durable.
pub(crate) const COMMIT: &str = "COMMIT";

/// Begins the part of a transaction that belongs to one commit.
pub(crate) const SAVEPOINT: &str = "SAVEPOINT one_commit";

/// Undoes the part of a transaction that belongs to one commit.
pub(crate) const ROLLBACK_TO: &str = "ROLLBACK TO SAVEPOINT one_commit";

/// Ends the part of a transaction that belongs to one commit.
pub(crate) const RELEASE: &str = "RELEASE SAVEPOINT one_commit";
