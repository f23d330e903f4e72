//! The function host of this process, as the gateway's port to Lambda sees it.

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use stagegate_gateway::{Invocation, InvocationType, InvokeError, InvokeFault, Invoked, InvokedPayload, Pieces};
use stagegate_lambda::{FunctionHost, FunctionId, InvokeError as HostError, PayloadStream};
use stagegate_plan::FunctionArn;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Events that wait or run at a time; more are throttled.
const EVENTS_MAX: usize = 1_000;
/// How long a failed event waits before it is tried again, for the first and for the second time (AWS, "Asynchronous
/// invocation").
const RETRY_AFTER: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(2)];

/// The functions of this process. They belong to one account, and are the same in every region.
pub(crate) struct LocalFunctions {
    host: Arc<FunctionHost>,
    account_id: Box<str>,
    events: Arc<Semaphore>,
}

impl std::fmt::Debug for LocalFunctions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LocalFunctions").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}

impl LocalFunctions {
    /// The functions of a host.
    pub(crate) fn new(host: Arc<FunctionHost>, account_id: &str) -> Self {
        Self { host, account_id: account_id.into(), events: Arc::new(Semaphore::new(EVENTS_MAX)) }
    }

    /// Invokes a function; events run on `runtime`.
    pub(super) async fn invoke(&self, invocation: Invocation, runtime: &Handle) -> Result<Invoked, InvokeError> {
        let function = self.find(&invocation.function)?;
        match invocation.kind {
            InvocationType::DryRun => Ok(accepted(204, &function)),
            InvocationType::Event => self.queue(host_invocation(&invocation, function)?, runtime),
            InvocationType::RequestResponse if invocation.is_streamed => {
                self.stream(host_invocation(&invocation, function)?).await
            }
            InvocationType::RequestResponse => {
                let invoked =
                    self.host.invoke(host_invocation(&invocation, function)?).await.map_err(|it| refused(&it))?;
                Ok(Invoked {
                    status: 200,
                    function_error: invoked.function_error.map(|error| error.header().into()),
                    executed_version: Some(invoked.executed_version.into()),
                    request_id: invoked.request_id.into(),
                    log_tail: invoked.log_tail,
                    payload: InvokedPayload::Whole(invoked.payload),
                })
            }
        }
    }

    /// The function with this ARN. One version is all that the functions of the configuration have, so that an alias is it.
    fn find(&self, arn: &FunctionArn) -> Result<FunctionId, InvokeError> {
        let missing = || InvokeError::new(InvokeFault::ResourceNotFound, format!("Function not found: {arn}"));
        let id = match arn.qualifier.as_deref().and_then(|qualifier| qualifier.parse().ok()) {
            Some(version) => FunctionId::published(&arn.name, version),
            None => FunctionId::latest(&arn.name),
        };
        let is_here = arn.account == self.account_id && self.host.has(&id);
        is_here.then_some(id).ok_or_else(missing)
    }

    async fn stream(&self, invocation: stagegate_lambda::Invocation) -> Result<Invoked, InvokeError> {
        let invoked = self.host.invoke_stream(invocation).await.map_err(|error| refused(&error))?;
        Ok(Invoked {
            status: 200,
            function_error: invoked.function_error.map(|error| error.header().into()),
            executed_version: Some(invoked.executed_version.into()),
            request_id: invoked.request_id.into(),
            log_tail: None,
            payload: InvokedPayload::Stream(Box::new(HostPieces(invoked.payload))),
        })
    }

    /// Runs an event in the background: once, and twice more if the function fails.
    fn queue(&self, invocation: stagegate_lambda::Invocation, runtime: &Handle) -> Result<Invoked, InvokeError> {
        let full = || InvokeError::new(InvokeFault::TooManyRequests, "too many events wait");
        let permit = Arc::clone(&self.events).try_acquire_owned().map_err(|_error| full())?;
        let host = Arc::clone(&self.host);
        let answer = accepted(202, &invocation.function);
        runtime.spawn(async move {
            let _permit = permit;
            for wait in RETRY_AFTER.into_iter().map(Some).chain([None]) {
                let why = match host.invoke(invocation.clone()).await {
                    Ok(invoked) if invoked.function_error.is_none() => return,
                    Ok(invoked) => String::from_utf8_lossy(&invoked.payload).into_owned(),
                    Err(error) => error.to_string(),
                };
                tracing::warn!(function = %invocation.function, %why, again = wait.is_some(), "an event failed");
                if let Some(wait) = wait {
                    tokio::time::sleep(wait).await;
                }
            }
        });
        Ok(answer)
    }
}

/// The answer to an invocation that returns nothing.
fn accepted(status: u16, function: &FunctionId) -> Invoked {
    Invoked {
        status,
        function_error: None,
        executed_version: Some(function.version.as_ref().into()),
        request_id: Box::default(),
        log_tail: None,
        payload: InvokedPayload::Whole(Bytes::new()),
    }
}

/// The invocation in the host's terms.
fn host_invocation(invocation: &Invocation, function: FunctionId) -> Result<stagegate_lambda::Invocation, InvokeError> {
    let invalid = || InvokeError::new(InvokeFault::InvalidRequest, "the client context is not base64 of text");
    let context = invocation.client_context.as_deref().map(|context| {
        let bytes = STANDARD.decode(context).map_err(|_error| invalid())?;
        String::from_utf8(bytes).map_err(|_error| invalid())
    });
    Ok(stagegate_lambda::Invocation {
        invoked_arn: Some(invocation.function.to_string()),
        client_context: context.transpose()?,
        trace_header: Some(invocation.trace.to_string()),
        ..stagegate_lambda::Invocation::new(function, invocation.payload.clone())
    })
}

/// An error of the host in the gateway's terms.
fn refused(error: &HostError) -> InvokeError {
    let fault = match error {
        HostError::ResourceNotFound { .. } => InvokeFault::ResourceNotFound,
        HostError::TooManyRequests { .. } => InvokeFault::TooManyRequests,
        HostError::RequestTooLarge { .. } => InvokeFault::RequestTooLarge,
        HostError::InvalidRequestContent { .. } => InvokeFault::InvalidRequest,
        HostError::Service { .. } => InvokeFault::Service,
    };
    InvokeError::new(fault, error.to_string())
}

/// The pieces of a streamed answer.
struct HostPieces(PayloadStream);

impl Pieces for HostPieces {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
        // The wait for a piece holds nothing of its own, so that it may begin anew with every poll.
        let piece = pin!(self.0.next()).poll(context);
        piece.map(|piece| {
            piece.map(|piece| piece.map_err(|broken| InvokeError::new(InvokeFault::FunctionError, broken.to_string())))
        })
    }
}
