//! One invocation: what it carries, and what comes back.

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::function::FunctionId;

/// An invocation of a function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The function.
    pub function: FunctionId,
    /// The event, as JSON; nothing stands for `{}`.
    pub payload: Bytes,
    /// The request id; one is made if it is not given. Up to 128 letters, digits and hyphens.
    pub request_id: Option<String>,
    /// `context.invoked_function_arn`: with the alias that was asked for, if any. By default the function's own ARN.
    pub invoked_arn: Option<String>,
    /// The client's context, as JSON in text (not base64).
    pub client_context: Option<String>,
    /// The Cognito identity, as JSON.
    pub cognito_identity: Option<String>,
    /// The `X-Amzn-Trace-Id` of the request.
    pub trace_header: Option<String>,
    /// Return the last 4 KB of the log. The answer then waits until the function is through with its invocation.
    pub log_tail: bool,
}

impl Invocation {
    /// An invocation with nothing but its event.
    pub fn new(function: FunctionId, payload: impl Into<Bytes>) -> Self {
        Self {
            function,
            payload: payload.into(),
            request_id: None,
            invoked_arn: None,
            client_context: None,
            cognito_identity: None,
            trace_header: None,
            log_tail: false,
        }
    }
}

/// What a function did wrong. `X-Amz-Function-Error` is `Unhandled` for all of them, as in all of AWS's runtimes of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Such as `Runtime.ExitError`, `Sandbox.Timedout`, or the type that the runtime reported.
    pub error_type: String,
}

impl FunctionError {
    /// The value of `X-Amz-Function-Error`.
    pub fn header(&self) -> &'static str {
        "Unhandled"
    }
}

/// The whole answer of a function.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// The response, or with a function error the error as JSON.
    pub payload: Bytes,
    /// The content type that the runtime gave its response.
    pub content_type: Option<String>,
    /// Set if the function failed.
    pub function_error: Option<FunctionError>,
    /// The last 4 KB of the log, if it was asked for.
    pub log_tail: Option<Bytes>,
    /// The version that ran.
    pub executed_version: String,
    /// The request id.
    pub request_id: String,
}

/// The answer of a function as it comes.
#[derive(Debug)]
pub struct InvokedStream {
    /// The response, or with a function error the error as JSON in one piece.
    pub payload: PayloadStream,
    /// The content type that the runtime gave its response: `application/vnd.awslambda.http-integration-response` for
    /// status and headers as JSON, eight NUL bytes, and a body.
    pub content_type: Option<String>,
    /// Set if the function failed before it answered.
    pub function_error: Option<FunctionError>,
    /// The version that ran.
    pub executed_version: String,
    /// The request id.
    pub request_id: String,
}

/// A response in pieces.
#[derive(Debug)]
pub struct PayloadStream {
    pub(crate) first: Option<Bytes>,
    pub(crate) rest: Option<mpsc::Receiver<Result<Bytes, BrokenStream>>>,
}

impl PayloadStream {
    /// The next piece; `None` at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<Bytes, BrokenStream>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let piece = self.rest.as_mut()?.recv().await;
        if !matches!(piece, Some(Ok(_))) {
            self.rest = None;
        }
        piece
    }
}

/// A response that broke off in the middle: what came before must not look complete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the response broke off: {error_type}")]
pub struct BrokenStream {
    /// Such as `Runtime.ExitError`, or the `Lambda-Runtime-Function-Error-Type` of the runtime.
    pub error_type: String,
    /// The error as JSON.
    pub body: Bytes,
}
