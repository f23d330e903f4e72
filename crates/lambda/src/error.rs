//! Why a host does not start, or an invocation does not reach a function.

use std::fmt;
use std::path::PathBuf;

/// Why a host does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The host's folder cannot be prepared.
    #[error("{}: {reason}", path.display())]
    Directory {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The host's threads cannot be started.
    #[error("the function host's threads: {0}")]
    Threads(std::io::Error),
}

/// Why an invocation did not reach its function, in AWS's terms. What a function did wrong is no such error: it is an
/// answer with a [`crate::FunctionError`] (AWS, "Invoke", Errors).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// There is no such function or version.
    #[error("Function not found: {arn}")]
    ResourceNotFound {
        /// The function's ARN.
        arn: String,
    },
    /// Too many invocations at a time.
    #[error("Rate Exceeded.")]
    TooManyRequests {
        /// Which limit.
        reason: ThrottleReason,
    },
    /// The event is too large.
    #[error("Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation")]
    RequestTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The event is not JSON, or something that becomes a header cannot be one.
    #[error("Could not parse request body into json: {reason}")]
    InvalidRequestContent {
        /// What is wrong.
        reason: String,
    },
    /// The host cannot start processes, or is stopping.
    #[error("{reason}")]
    Service {
        /// Why.
        reason: String,
    },
}

impl InvokeError {
    /// AWS's name of the error, as in `x-amzn-ErrorType`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ResourceNotFound { .. } => "ResourceNotFoundException",
            Self::TooManyRequests { .. } => "TooManyRequestsException",
            Self::RequestTooLarge { .. } => "RequestTooLargeException",
            Self::InvalidRequestContent { .. } => "InvalidRequestContentException",
            Self::Service { .. } => "ServiceException",
        }
    }

    /// AWS's HTTP status of the error.
    pub fn status(&self) -> u16 {
        match self {
            Self::ResourceNotFound { .. } => 404,
            Self::TooManyRequests { .. } => 429,
            Self::RequestTooLarge { .. } => 413,
            Self::InvalidRequestContent { .. } => 400,
            Self::Service { .. } => 500,
        }
    }
}

/// Which limit an invocation hit: `Reason` of `TooManyRequestsException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The limit that all functions share.
    ConcurrentInvocationLimitExceeded,
    /// The function's own reserved concurrency.
    ReservedFunctionConcurrentInvocationLimitExceeded,
}

impl fmt::Display for ThrottleReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
        })
    }
}
