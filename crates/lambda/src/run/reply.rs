//! What the caller of an invocation gets.

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::invocation::{BrokenStream, FunctionError};
use crate::verdict::Verdict;

/// What the caller gets.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) content_type: Option<String>,
    pub(crate) function_error: Option<FunctionError>,
    pub(crate) payload: ReplyPayload,
    pub(crate) log_tail: Option<Bytes>,
}

/// A payload, whole or as it comes.
#[derive(Debug)]
pub(crate) enum ReplyPayload {
    Whole(Bytes),
    Pieces(mpsc::Receiver<Result<Bytes, BrokenStream>>),
}

impl Reply {
    pub(super) fn whole(content_type: Option<String>, payload: Bytes) -> Self {
        Self { content_type, function_error: None, payload: ReplyPayload::Whole(payload), log_tail: None }
    }

    pub(super) fn pieces(content_type: Option<String>, pieces: mpsc::Receiver<Result<Bytes, BrokenStream>>) -> Self {
        Self { content_type, function_error: None, payload: ReplyPayload::Pieces(pieces), log_tail: None }
    }

    pub(super) fn error(error_type: &str, payload: Bytes) -> Self {
        let function_error = Some(FunctionError { error_type: error_type.to_owned() });
        Self { function_error, ..Self::whole(Some("application/json".to_owned()), payload) }
    }

    pub(super) fn of(verdict: &Verdict) -> Self {
        Self::error(verdict.error_type, verdict.payload.clone())
    }
}
