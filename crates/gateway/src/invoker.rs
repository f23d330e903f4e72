//! The port to Lambda: what the data plane asks of whatever runs functions.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use bytes::Bytes;
use stagegate_plan::identity::{Credential, Principal};
use stagegate_plan::{FunctionArn, InvokeCredentials};
use stagegate_policy::Context;
use stagegate_sigv4::Credentials;
use tokio::time::Instant;

/// Runs functions, here or elsewhere.
///
/// It is called on the cores of the gateway, each a current-thread runtime, and must not block one. Dropping the future only
/// gives the answer up: a function that runs goes on, as on AWS.
pub trait Invoker: fmt::Debug + Send + Sync {
    /// Invokes a function. The future ends when the function answered or, for [`InvocationType::Event`], was accepted.
    fn invoke(&self, invocation: Invocation) -> Invoking<'_>;
}

/// An invocation under way.
pub type Invoking<'i> = Pin<Box<dyn Future<Output = Result<Invoked, InvokeError>> + Send + 'i>>;

/// Lambda's `InvocationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationType {
    /// `RequestResponse`: the answer is awaited.
    RequestResponse,
    /// `Event`: the invocation is queued.
    Event,
    /// `DryRun`: only what would be checked is checked.
    DryRun,
}

impl InvocationType {
    /// The type that Lambda knows by this name.
    pub fn parse(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"RequestResponse" => Self::RequestResponse,
            b"Event" => Self::Event,
            b"DryRun" => Self::DryRun,
            _ => return None,
        })
    }

    /// Lambda's name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }
}

/// What a function is to be invoked with, and by whom.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The function, with its version or alias.
    pub function: Arc<FunctionArn>,
    /// The event.
    pub payload: Bytes,
    /// How it is invoked.
    pub kind: InvocationType,
    /// Whether the answer is wanted piece by piece, as `InvokeWithResponseStream` gives it.
    pub is_streamed: bool,
    /// `X-Amz-Client-Context`: base64 of a JSON document.
    pub client_context: Option<Box<str>>,
    /// The trace header: `Root=…;Parent=…;Sampled=…`.
    pub trace: Box<str>,
    /// When nobody waits for the answer any more; for a streamed one, for its beginning.
    pub deadline: Instant,
    /// Who asks, for the function's resource policy.
    pub source: InvocationSource,
    /// As whom it is invoked, where not as API Gateway itself.
    pub credentials: Option<InvokeCredentials>,
    /// The caller, where it is invoked as the caller.
    pub signer: Option<Arc<Signer>>,
}

/// A caller in whose name a function is invoked. Its policies and the function's own decide together; the gateway has not asked
/// either.
#[derive(Debug)]
pub struct Signer {
    /// What it signed with: another Lambda API is asked with it.
    pub credentials: Arc<Credentials>,
    /// Who it is, with its policies.
    pub principal: Arc<Principal>,
    /// What conditions of its policies see of the request and of itself.
    pub context: Context,
}

/// What a function's resource policy sees of who invokes it.
#[derive(Debug, Clone, PartialEq)]
pub enum InvocationSource {
    /// An API; the principal is `apigateway.amazonaws.com`.
    Api {
        /// `aws:SourceArn`: `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{verb}{resource path}`.
        arn: Box<str>,
        /// `aws:SourceAccount`: the owner of the API.
        account: Box<str>,
        /// The API's region.
        region: Box<str>,
    },
    /// Somebody who comes by the function's own URL. It belongs to the functions beside the gateway: whoever else runs functions
    /// has none.
    FunctionUrl {
        /// Who signed, at a URL of the type `AWS_IAM`; nobody did at one of the type `NONE`.
        caller: Option<Arc<Credential>>,
    },
}

impl InvocationSource {
    /// `aws:SourceArn`; empty where there is none.
    pub fn arn(&self) -> &str {
        match self {
            Self::Api { arn, .. } => arn,
            Self::FunctionUrl { .. } => "",
        }
    }
}

/// Lambda's answer to an invocation.
#[derive(Debug)]
pub struct Invoked {
    /// The status of the call: 200, or 202 for an event and 204 for a dry run.
    pub status: u16,
    /// `X-Amz-Function-Error`, such as `Unhandled`: the function failed, and the payload says how.
    pub function_error: Option<Box<str>>,
    /// `X-Amz-Executed-Version`
    pub executed_version: Option<Box<str>>,
    /// The request id of the invocation.
    pub request_id: Box<str>,
    /// The end of the log, at most 4 KiB, where it was asked for.
    pub log_tail: Option<Bytes>,
    /// The media type that the function's runtime gave the answer, where it is known.
    pub content_type: Option<Box<str>>,
    /// The answer.
    pub payload: InvokedPayload,
}

/// The payload of an answer.
pub enum InvokedPayload {
    /// All of it.
    Whole(Bytes),
    /// What comes, piece by piece.
    Stream(Box<dyn Pieces>),
}

impl fmt::Debug for InvokedPayload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => formatter.debug_tuple("Whole").field(&bytes.len()).finish(),
            Self::Stream(_) => formatter.write_str("Stream"),
        }
    }
}

/// The pieces of a streamed answer.
pub trait Pieces: Send {
    /// The next piece; `None` at the end of a complete answer. An answer that breaks off ends with an error, never with `None`.
    fn poll_piece(&mut self, context: &mut task::Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>>;
}

/// Why a function was not invoked, or gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}: {message}")]
pub struct InvokeError {
    /// The kind.
    pub fault: InvokeFault,
    /// What happened, for the log.
    pub message: Box<str>,
    /// The request id that Lambda gave, if it answered.
    pub request_id: Option<Box<str>>,
}

impl InvokeError {
    /// An error without a request id.
    pub fn new(fault: InvokeFault, message: impl Into<Box<str>>) -> Self {
        Self { fault, message: message.into(), request_id: None }
    }
}

/// The kinds of [`InvokeError`]: the exceptions of Lambda's Invoke that a caller can tell apart, and what a network adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvokeFault {
    /// `AccessDeniedException`: neither the function's policy nor the credentials allow the invocation.
    AccessDenied,
    /// `ResourceNotFoundException`: there is no such function, version or alias.
    ResourceNotFound,
    /// `TooManyRequestsException`: the function or the account is at its limit.
    TooManyRequests,
    /// `RequestTooLargeException`: the event is longer than Lambda takes.
    RequestTooLarge,
    /// `InvalidParameterValueException`, `InvalidRequestContentException`, `UnsupportedMediaTypeException`: the call is wrong.
    InvalidRequest,
    /// `ResourceConflictException`, `ResourceNotReadyException` and their like: the function cannot be invoked now.
    NotReady,
    /// `ServiceException` and whatever else Lambda answers.
    Service,
    /// The function failed in the middle of a streamed answer.
    FunctionError,
    /// The deadline passed.
    Timeout,
    /// Lambda cannot be reached, or the connection to it broke.
    Network,
}

impl InvokeFault {
    /// The status that Lambda answers with; none where it did not answer.
    pub fn status(self) -> Option<u16> {
        Some(match self {
            Self::InvalidRequest => 400,
            Self::AccessDenied => 403,
            Self::ResourceNotFound => 404,
            Self::NotReady => 409,
            Self::RequestTooLarge => 413,
            Self::TooManyRequests => 429,
            Self::Service => 500,
            Self::FunctionError | Self::Timeout | Self::Network => return None,
        })
    }

    /// AWS's name of the exception; of our own kinds, a name in the same style.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::RequestTooLarge => "RequestTooLargeException",
            Self::InvalidRequest => "InvalidRequestContentException",
            Self::NotReady => "ResourceNotReadyException",
            Self::Service => "ServiceException",
            Self::FunctionError => "FunctionError",
            Self::Timeout => "Timeout",
            Self::Network => "NetworkError",
        }
    }
}

impl fmt::Display for InvokeFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
