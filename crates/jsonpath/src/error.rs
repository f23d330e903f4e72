//! Why a path is refused, and why an evaluation ends without an answer.

use thiserror::Error;

/// A text that is no path of the dialect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} (at byte {offset})")]
pub struct ParseError {
    /// Where in the text, in bytes from its start.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

impl ParseError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}

/// An evaluation without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvalError {
    /// More nodes than the budget allows.
    #[error("the path visits more than {0} nodes")]
    Steps(u64),
    /// More values than the budget allows.
    #[error("the path finds more than {0} values")]
    Results(u64),
    /// Deeper than the budget allows.
    #[error("the path goes deeper than {0} levels")]
    Depth(u32),
    /// What Jayway answers with an exception other than its `PathNotFoundException`.
    #[error("{0}")]
    Failed(String),
}

/// Why an evaluation stops early, with the distinctions that Jayway's exceptions make.
#[derive(Debug)]
pub(crate) enum Stop {
    /// `PathNotFoundException`.
    Missing,
    /// `InvalidPathException`: a filter takes it as false.
    Invalid(String),
    /// `IndexOutOfBoundsException`: an array element whose path raises it is passed over.
    OutOfBounds,
    /// Any other exception.
    Failed(String),
    Steps(u64),
    Results(u64),
    Depth(u32),
}

impl Stop {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// The caller's view: `None` for a missing value.
    pub(crate) fn into_error(self) -> Option<EvalError> {
        Some(match self {
            Self::Missing => return None,
            Self::Invalid(message) | Self::Failed(message) => EvalError::Failed(message),
            Self::OutOfBounds => EvalError::Failed("the index is out of bounds".to_owned()),
            Self::Steps(limit) => EvalError::Steps(limit),
            Self::Results(limit) => EvalError::Results(limit),
            Self::Depth(limit) => EvalError::Depth(limit),
        })
    }
}
