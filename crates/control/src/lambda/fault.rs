//! Lambda's fault types: their names, statuses and the form of their bodies (botocore 1.44.5, `lambda`).

use serde_json::{Value, json};

use crate::fault::{Fault, FaultKind};

/// The exceptions of Lambda's API that are answered here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LambdaFault {
    /// 400: a member is outside what is allowed.
    InvalidParameterValue,
    /// 400: the event is no JSON.
    InvalidRequestContent,
    /// 400: a resource policy is too long.
    PolicyLengthExceeded,
    /// 404: a function, version, alias, statement or URL is not there.
    ResourceNotFound,
    /// 409: it is there already, or in use.
    ResourceConflict,
    /// 412: `RevisionId` is not the latest.
    PreconditionFailed,
    /// 413: the event is too large.
    RequestTooLarge,
    /// 429: a limit of concurrency is reached.
    TooManyRequests(ThrottleReason),
    /// 500: the function host cannot.
    Service,
}

/// Which limit an invocation hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleReason {
    /// What all functions share.
    Account,
    /// The function's own reserved concurrency.
    Reserved,
}

impl LambdaFault {
    /// The value of `x-amzn-ErrorType`.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidParameterValue => "InvalidParameterValueException",
            Self::InvalidRequestContent => "InvalidRequestContentException",
            Self::PolicyLengthExceeded => "PolicyLengthExceededException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::ResourceConflict => "ResourceConflictException",
            Self::PreconditionFailed => "PreconditionFailedException",
            Self::RequestTooLarge => "RequestTooLargeException",
            Self::TooManyRequests(_) => "TooManyRequestsException",
            Self::Service => "ServiceException",
        }
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidParameterValue | Self::InvalidRequestContent | Self::PolicyLengthExceeded => 400,
            Self::ResourceNotFound => 404,
            Self::ResourceConflict => 409,
            Self::PreconditionFailed => 412,
            Self::RequestTooLarge => 413,
            Self::TooManyRequests(_) => 429,
            Self::Service => 500,
        }
    }

    /// The body: who is to blame, and why. Two of the shapes write their message with a capital.
    pub(crate) fn body(self, message: &str) -> Value {
        match self {
            Self::ResourceNotFound => json!({"Type": "User", "Message": message}),
            Self::Service => json!({"Type": "Service", "Message": message}),
            Self::TooManyRequests(reason) => {
                let reason = match reason {
                    ThrottleReason::Account => "ConcurrentInvocationLimitExceeded",
                    ThrottleReason::Reserved => "ReservedFunctionConcurrentInvocationLimitExceeded",
                };
                json!({"Type": "User", "message": message, "Reason": reason})
            }
            _ => json!({"Type": "User", "message": message}),
        }
    }
}

/// A fault of Lambda's.
pub(super) fn fault(kind: LambdaFault, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Lambda(kind), message)
}

/// `InvalidParameterValueException`.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    fault(LambdaFault::InvalidParameterValue, message)
}

/// `ResourceNotFoundException`.
pub(super) fn not_found(message: impl Into<String>) -> Fault {
    fault(LambdaFault::ResourceNotFound, message)
}

/// `ResourceConflictException`.
pub(super) fn conflict(message: impl Into<String>) -> Fault {
    fault(LambdaFault::ResourceConflict, message)
}

/// `ValidationException`, in AWS's words for one constraint.
pub(super) fn constraint(value: &str, member: &str, rule: &str) -> Fault {
    let message =
        format!("1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}");
    Fault::new(FaultKind::Validation, message)
}
