//! What function URLs refuse, in Lambda's words; what is not known of them is said in `docs/decisions`.

use crate::invoker::{InvokeError, InvokeFault};
use crate::refusal::{Cause, Refusal, Wording};
use stagegate_plan::GatewayResponseType;

/// Why a function URL gave no answer of its function's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlFault {
    /// No function URL has this host.
    Unknown,
    /// The caller may not call it: by the resource policy, or without a signature that it needs.
    Forbidden,
    /// The signature is not what it should be; the notes say why.
    Signature,
    /// The session that signed is over.
    Expired,
    /// The event is longer than Lambda takes.
    TooLarge,
    /// A limit of concurrency is reached.
    Throttled,
    /// The function failed, or answered what is no answer.
    Failed,
}

impl UrlFault {
    /// The kind of an invocation's failure. The log and an explanation say which it was.
    pub(super) fn of(error: &InvokeError) -> Self {
        match error.fault {
            InvokeFault::AccessDenied => Self::Forbidden,
            InvokeFault::ResourceNotFound => Self::Unknown,
            InvokeFault::RequestTooLarge => Self::TooLarge,
            InvokeFault::TooManyRequests => Self::Throttled,
            InvokeFault::InvalidRequest
            | InvokeFault::NotReady
            | InvokeFault::Service
            | InvokeFault::FunctionError
            | InvokeFault::Timeout
            | InvokeFault::Network => Self::Failed,
        }
    }

    /// A refusal of a room that knows no function URLs, in their words where they have some.
    pub(super) fn reworded(refusal: Refusal) -> Refusal {
        match refusal {
            Refusal::Gateway(GatewayResponseType::RequestTooLarge, Cause::PayloadTooLarge) => {
                Refusal::FunctionUrl(Self::TooLarge)
            }
            other => other,
        }
    }

    /// Status, headers and body.
    pub(crate) fn wording(self) -> Wording {
        let (status, error_type, message, body) = match self {
            Self::Unknown => (403, "AccessDeniedException", "null", "{\"Message\":null}"),
            Self::Forbidden => (
                403,
                "AccessDeniedException",
                "Forbidden",
                "{\"Message\":\"Forbidden. For troubleshooting Function URL authorization issues, see: \
                 https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html\"}",
            ),
            Self::Signature => (403, "InvalidSignatureException", "Forbidden", "{\"message\":\"Forbidden\"}"),
            Self::Expired => (403, "ExpiredTokenException", "Forbidden", "{\"message\":\"Forbidden\"}"),
            Self::TooLarge => (
                413,
                "RequestTooLargeException",
                "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
                "{\"Message\":\"Request must be smaller than 6291456 bytes for the InvokeFunction operation\"}",
            ),
            Self::Throttled => (429, "TooManyRequestsException", "Rate Exceeded.", "{\"message\":\"Rate Exceeded.\"}"),
            Self::Failed => (502, "", "Internal Server Error", "Internal Server Error"),
        };
        Wording { status, error_type, message, body }
    }
}
