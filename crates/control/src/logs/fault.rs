//! The faults of CloudWatch Logs: their names, statuses and words (botocore 1.44.5, `logs`).

use stagegate_telemetry::logs::LogError;

use crate::fault::{Fault, FaultKind};

/// The exceptions of CloudWatch Logs that are answered here. Each is a 400, but for the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogsFault {
    /// A member is outside what is allowed.
    InvalidParameter,
    /// A group or stream is not there.
    ResourceNotFound,
    /// A group or stream is there already.
    ResourceAlreadyExists,
    /// There are as many as may be.
    LimitExceeded,
    /// A group would have more than fifty tags.
    TooManyTags,
    /// AWS has no such operation.
    UnknownOperation,
    /// 500: the store cannot.
    ServiceUnavailable,
}

impl LogsFault {
    /// The value of `__type`, which SDKs turn into an exception class.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidParameter => "InvalidParameterException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::ResourceAlreadyExists => "ResourceAlreadyExistsException",
            Self::LimitExceeded => "LimitExceededException",
            Self::TooManyTags => "TooManyTagsException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::ServiceUnavailable => "ServiceUnavailableException",
        }
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        if self == Self::ServiceUnavailable { 500 } else { 400 }
    }
}

/// A fault of CloudWatch Logs.
pub(super) fn fault(kind: LogsFault, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Logs(kind), message)
}

/// `InvalidParameterException`.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    fault(LogsFault::InvalidParameter, message)
}

/// `InvalidParameterException`, in AWS's words for one constraint.
pub(super) fn constraint(value: &str, member: &str, rule: &str) -> Fault {
    let shown: String = value.chars().take(128).collect();
    invalid(format!("1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {rule}"))
}

/// What the store said, in AWS's words; `exists` is for what was to be made.
pub(super) fn of_store(error: &LogError, exists: &str) -> Fault {
    match error {
        LogError::NoGroup => fault(LogsFault::ResourceNotFound, "The specified log group does not exist."),
        LogError::NoStream => fault(LogsFault::ResourceNotFound, "The specified log stream does not exist."),
        LogError::Exists => fault(LogsFault::ResourceAlreadyExists, format!("The specified {exists} already exists")),
        LogError::Full(most) => fault(LogsFault::LimitExceeded, format!("Resource limit exceeded: at most {most}.")),
        LogError::TooLong => invalid("Log event too large"),
        LogError::Disk(error) => {
            tracing::error!(%error, "the log store failed");
            fault(LogsFault::ServiceUnavailable, "The service cannot complete the request.")
        }
    }
}
