//! The faults of Query APIs: their codes, their statuses and the XML that carries them (botocore 1.44.5, `iam` and `sts`).

use crate::fault::{Fault, FaultKind};
use crate::query::Wire;
use crate::query::xml::Xml;

/// The faults that IAM and STS answer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryFault {
    /// 404: a user, group, role, policy, version or key is not there.
    NoSuchEntity,
    /// 409: the name is taken.
    EntityAlreadyExists,
    /// 409: something still hangs on it.
    DeleteConflict,
    /// 409: a quota is used up.
    LimitExceeded,
    /// 400: a policy does not parse.
    MalformedPolicyDocument,
    /// 400: a parameter breaks its constraints.
    ValidationError,
    /// 400: a parameter is well-formed and no use.
    InvalidInput,
    /// 400: no such action.
    InvalidAction,
    /// 400: the call names no action.
    MissingAction,
    /// 400: the body is no form.
    MalformedQueryString,
    /// 400: a parameter is not of its type.
    MalformedInput,
    /// 400: a policy of AWS's own cannot be changed.
    UnmodifiableEntity,
    /// 400: the session policies are too long.
    PackedPolicyTooLarge,
    /// 403: not to this caller.
    AccessDenied,
}

impl QueryFault {
    /// The code, as the XML has it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSuchEntity => "NoSuchEntity",
            Self::EntityAlreadyExists => "EntityAlreadyExists",
            Self::DeleteConflict => "DeleteConflict",
            Self::LimitExceeded => "LimitExceeded",
            Self::MalformedPolicyDocument => "MalformedPolicyDocument",
            Self::ValidationError => "ValidationError",
            Self::InvalidInput => "InvalidInput",
            Self::InvalidAction => "InvalidAction",
            Self::MissingAction => "MissingAction",
            Self::MalformedQueryString => "MalformedQueryString",
            Self::MalformedInput => "MalformedInput",
            Self::UnmodifiableEntity => "UnmodifiableEntity",
            Self::PackedPolicyTooLarge => "PackedPolicyTooLarge",
            Self::AccessDenied => "AccessDenied",
        }
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::NoSuchEntity => 404,
            Self::EntityAlreadyExists | Self::DeleteConflict | Self::LimitExceeded => 409,
            Self::AccessDenied => 403,
            _ => 400,
        }
    }
}

/// A fault of a Query API.
pub(crate) fn fault(kind: QueryFault, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Query(kind), message)
}

/// The code and status that a fault of any kind has in a Query API (IAM API reference, "Common Errors").
pub(crate) fn shown(kind: FaultKind) -> (&'static str, u16) {
    match kind {
        FaultKind::Query(fault) => (fault.code(), fault.status()),
        FaultKind::CloudWatch(fault) => (fault.code(), fault.status()),
        FaultKind::Signature("UnrecognizedClientException") => ("InvalidClientTokenId", 403),
        FaultKind::Signature("InvalidSignatureException") => ("SignatureDoesNotMatch", 403),
        FaultKind::Signature("IncompleteSignatureException") => ("IncompleteSignature", 400),
        FaultKind::Signature("ExpiredTokenException") => ("ExpiredToken", 403),
        FaultKind::Signature("MissingAuthenticationTokenException") | FaultKind::MissingAuthenticationToken => {
            ("MissingAuthenticationToken", 403)
        }
        FaultKind::AccessDenied => ("AccessDenied", 403),
        FaultKind::Conflict => ("ConcurrentModification", 409),
        FaultKind::ServiceUnavailable => ("ServiceUnavailable", 503),
        FaultKind::InternalFailure => ("ServiceFailure", 500),
        other => (other.code(), other.status().as_u16()),
    }
}

/// The status and the XML of a fault.
pub(crate) fn error_document(fault: &Fault, wire: &Wire, request_id: &str) -> (u16, String) {
    let (code, status) = shown(fault.kind);
    let mut xml = Xml::default();
    xml.node("Error", |error| {
        error.leaf("Type", if status < 500 { "Sender" } else { "Receiver" });
        error.leaf("Code", code);
        error.leaf("Message", &fault.message);
    });
    xml.leaf("RequestId", request_id);
    (status, xml.root("ErrorResponse", wire.namespace))
}
