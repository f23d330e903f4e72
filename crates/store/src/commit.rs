//! What is written to a store: transactions of expectations and writes.

use bytes::Bytes;

use crate::Revision;

/// What must be true of a row for a commit to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// No row has this key.
    Absent(String),
    /// A row has this key, at any revision.
    Exists(String),
    /// The row was last written by exactly this revision.
    At(String, Revision),
}

impl Expect {
    /// The key of the row that is looked at.
    pub fn key(&self) -> &str {
        match self {
            Self::Absent(key) | Self::Exists(key) | Self::At(key, _) => key,
        }
    }

    /// Whether a row found at this revision, or not found, is as expected.
    pub fn holds(&self, found: Option<Revision>) -> bool {
        match self {
            Self::Absent(_) => found.is_none(),
            Self::Exists(_) => found.is_some(),
            Self::At(_, revision) => found == Some(*revision),
        }
    }
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Inserts or replaces a row.
    Put {
        /// The row's key.
        key: String,
        /// The new document.
        body: Bytes,
    },
    /// Deletes a row; deleting what is not there is no error.
    Delete {
        /// The row's key.
        key: String,
    },
    /// Deletes every row whose key starts with the prefix.
    DeletePrefix {
        /// The prefix, normally ending in `/`.
        prefix: String,
    },
    /// Stores a blob under its content hash; storing it twice is no error.
    PutBlob {
        /// Lower-case hexadecimal SHA-256 of `body`.
        hash: String,
        /// The content.
        body: Bytes,
    },
    /// Deletes a blob that no row needs any more: none of `holders` has the hash in its body, after the writes before this one.
    /// Deleting what is not there is no error.
    DropBlob {
        /// Lower-case hexadecimal SHA-256 of the content.
        hash: String,
        /// All rows that may need the blob.
        holders: Holders,
    },
}

/// The rows that may need a blob, by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    /// Those with this in their keys, such as `/functions/`: letters, digits and slashes. Every key is looked at.
    With(String),
    /// Those whose keys start so. Only they are looked at.
    Below(String),
}

impl Write {
    /// Whether a row's body needs the blob with this hash.
    pub fn needs_blob(body: &[u8], hash: &str) -> bool {
        body.windows(hash.len().max(1)).any(|window| window == hash.as_bytes())
    }
}

/// A transaction: every expectation holds and every write happens, or nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Checked first, inside the transaction.
    pub expects: Vec<Expect>,
    /// Applied in order.
    pub writes: Vec<Write>,
}
