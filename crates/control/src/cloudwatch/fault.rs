//! The faults of CloudWatch: their shapes, their codes of the Query protocol, their statuses (botocore 1.44.5, `cloudwatch`).

use std::io;

use crate::fault::{Fault, FaultKind};

/// The faults of CloudWatch that are answered here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudWatchFault {
    /// A member is outside what is allowed.
    InvalidParameterValue,
    /// Members do not go together.
    InvalidParameterCombination,
    /// A member is missing.
    MissingParameter,
    /// A query of `GetMetricData` is not as it should be, or asks for what is not served.
    Validation,
    /// The token of another call.
    InvalidNextToken,
    /// The body is not of the protocol.
    Serialization,
    /// No such operation.
    InvalidAction,
    /// 500: the numbers cannot be read.
    InternalService,
}

impl CloudWatchFault {
    /// The name of the shape, which JSON and CBOR have.
    pub fn shape(self) -> &'static str {
        match self {
            Self::InvalidParameterValue => "InvalidParameterValueException",
            Self::InvalidParameterCombination => "InvalidParameterCombinationException",
            Self::MissingParameter => "MissingRequiredParameterException",
            Self::Validation => "ValidationException",
            Self::InvalidNextToken => "InvalidNextToken",
            Self::Serialization => "SerializationException",
            Self::InvalidAction => "UnknownOperationException",
            Self::InternalService => "InternalServiceFault",
        }
    }

    /// The code of the Query protocol, which SDKs show whatever the protocol is.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidParameterValue => "InvalidParameterValue",
            Self::InvalidParameterCombination => "InvalidParameterCombination",
            Self::MissingParameter => "MissingParameter",
            Self::Validation => "ValidationError",
            Self::InvalidNextToken => "InvalidNextToken",
            Self::Serialization => "MalformedInput",
            Self::InvalidAction => "InvalidAction",
            Self::InternalService => "InternalServiceError",
        }
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        if self == Self::InternalService { 500 } else { 400 }
    }
}

/// A fault of CloudWatch.
pub(super) fn fault(kind: CloudWatchFault, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::CloudWatch(kind), message)
}

/// `InvalidParameterValue`.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    fault(CloudWatchFault::InvalidParameterValue, message)
}

/// The numbers cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Fault {
    tracing::error!(%error, "metrics cannot be read");
    fault(CloudWatchFault::InternalService, "The metrics cannot be read at the moment.")
}
