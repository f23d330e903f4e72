//! What a chore found wrong.

use std::fmt;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file, relative to the root; empty when no single file is meant.
    pub(crate) file: String,
    /// The line, from 1; 0 when no single line is meant.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) what: String,
}

impl Problem {
    pub(crate) fn at(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }

    pub(crate) fn in_file(file: &str, what: impl Into<String>) -> Self {
        Self::at(file, 0, what)
    }

    pub(crate) fn everywhere(what: impl Into<String>) -> Self {
        Self::at("", 0, what)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.is_empty(), self.line) {
            (true, _) => write!(f, "{}", self.what),
            (false, 0) => write!(f, "{}: {}", self.file, self.what),
            (false, line) => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}
