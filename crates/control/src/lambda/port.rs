//! The port to whoever runs functions.

use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use stagegate_model::domain::Scope;
use stagegate_model::lambda::{FunctionConfiguration, FunctionRow};
use stagegate_store::BoxFuture;

use super::fault::ThrottleReason;

/// Runs the functions of the store, and those that the operator has.
pub trait Functions: Send + Sync + 'static {
    /// Whether there is anything that runs functions.
    fn is_served(&self) -> bool {
        true
    }

    /// Invocations at a time in each region; AWS's quota where nothing says otherwise.
    fn concurrency_max(&self) -> u32 {
        1_000
    }

    /// Tries whether a version could run: its runtime, its members, its code. The answer says why not, for the caller.
    fn check(&self, candidate: Candidate) -> BoxFuture<'_, Result<(), String>>;

    /// A function of the store was written or deleted: from the return on, invocations meet what is stored now.
    fn changed<'f>(&'f self, scope: &'f Scope, name: &'f str) -> BoxFuture<'f, ()>;

    /// Invokes a version of a function.
    fn invoke(&self, call: FunctionCall) -> BoxFuture<'_, Result<FunctionAnswer, NotInvoked>>;

    /// The operator's own functions, which calls can read and invoke and not change.
    fn operators(&self, scope: &Scope) -> Vec<FunctionRow>;
}

/// A version that is about to be stored.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Whose it is.
    pub scope: Scope,
    /// What it is.
    pub configuration: FunctionConfiguration,
    /// Its zip archive.
    pub archive: Bytes,
    /// The function's reserved concurrency.
    pub reserved_concurrency: Option<u32>,
}

/// `InvocationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationType {
    /// `RequestResponse`
    RequestResponse,
    /// `Event`
    Event,
}

/// An invocation by Lambda's own API.
#[derive(Debug, Clone)]
pub struct FunctionCall {
    /// Where the function is.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// The ARN as it was called, an alias included.
    pub invoked_arn: String,
    /// How.
    pub kind: InvocationType,
    /// Whether the function may stream its answer.
    pub is_streamed: bool,
    /// The event.
    pub payload: Bytes,
    /// `X-Amz-Client-Context`, base64 of JSON.
    pub client_context: Option<String>,
    /// `X-Amzn-Trace-Id`
    pub trace: Option<String>,
    /// Whether the end of the log is wanted.
    pub wants_log: bool,
}

/// The answer to an invocation.
#[derive(Debug, Default)]
pub struct FunctionAnswer {
    /// `X-Amz-Function-Error`
    pub function_error: Option<String>,
    /// The answer, or the error.
    pub payload: FunctionPayload,
    /// The content type of a streamed answer.
    pub content_type: Option<String>,
    /// The end of the log.
    pub log_tail: Option<Bytes>,
}

/// What a function answered.
pub enum FunctionPayload {
    /// All of it.
    Whole(Bytes),
    /// What comes.
    Stream(Box<dyn FunctionPieces>),
}

impl Default for FunctionPayload {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl fmt::Debug for FunctionPayload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => formatter.debug_tuple("Whole").field(&bytes.len()).finish(),
            Self::Stream(_) => formatter.write_str("Stream"),
        }
    }
}

/// The pieces of a streamed answer.
pub trait FunctionPieces: Send {
    /// The next piece; `None` at the end. An error, which is what the function said of it, is the last.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Bytes>>>;
}

/// Why a function was not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotInvoked {
    /// The kind.
    pub kind: NotInvokedKind,
    /// In words.
    pub message: String,
}

/// The kinds of [`NotInvoked`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInvokedKind {
    /// It is not there.
    Missing,
    /// A limit of concurrency is reached.
    Throttled(ThrottleReason),
    /// The event is too large.
    TooLarge,
    /// The event is no JSON, or the client's context is none.
    Content,
    /// The host cannot.
    Host,
}

/// The port of a control plane without functions.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFunctions;

impl Functions for NoFunctions {
    fn is_served(&self) -> bool {
        false
    }

    fn check(&self, _candidate: Candidate) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { Err("Nothing runs functions here".to_owned()) })
    }

    fn changed<'f>(&'f self, _scope: &'f Scope, _name: &'f str) -> BoxFuture<'f, ()> {
        Box::pin(async {})
    }

    fn invoke(&self, _call: FunctionCall) -> BoxFuture<'_, Result<FunctionAnswer, NotInvoked>> {
        let message = "Nothing runs functions here".to_owned();
        Box::pin(async { Err(NotInvoked { kind: NotInvokedKind::Host, message }) })
    }

    fn operators(&self, _scope: &Scope) -> Vec<FunctionRow> {
        Vec::new()
    }
}
