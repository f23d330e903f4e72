-- Rows, blobs and the change feed. Keys are printable ASCII, so SQLite's BINARY order is byte order.

-- One row per document; revision is the commit that last wrote it.
CREATE TABLE documents (
    key TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Content addressed by SHA-256 in hexadecimal; never changed once written.
CREATE TABLE blobs (
    hash TEXT NOT NULL PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- One row per commit, the newest ones only; the newest of all is the store's revision.
-- keys: those the commit wrote or deleted, each followed by a line feed (which no key contains).
CREATE TABLE changes (
    revision INTEGER NOT NULL PRIMARY KEY,
    keys TEXT NOT NULL
) STRICT;
