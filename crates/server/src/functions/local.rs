//! The function hosts of this process, as the gateway's port to Lambda sees it.

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use stagegate_control::lambda::FunctionPieces;
use stagegate_gateway::{Invocation, InvocationType, InvokeError, InvokeFault, Invoked, InvokedPayload, Pieces};
use stagegate_lambda::{BrokenStream, FunctionHost, FunctionId, FunctionSpec, InvokeError as HostError, PayloadStream};
use stagegate_model::domain::Scope;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::directory::{Directory, id};
use super::hosts::Hosts;
use super::permission;
use crate::config::Settings;

/// Events that wait or run at a time; more are throttled.
const EVENTS_MAX: usize = 1_000;
/// How long a failed event waits before it is tried again, for the first and for the second time (AWS, "Asynchronous
/// invocation").
const RETRY_AFTER: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(2)];

/// The functions of this process: those of the configuration, which are the same in every region, and those of the store.
pub(crate) struct LocalFunctions {
    hosts: Arc<Hosts>,
    pub(super) directory: Directory,
    /// The functions of the configuration. Whoever writes it allows API Gateway to invoke them.
    pub(super) operators: Vec<FunctionSpec>,
    pub(super) account_id: Box<str>,
    /// Invocations that a region may have at a time.
    pub(super) concurrency_max: u32,
    /// Whether API Gateway needs a function's leave.
    checks_permissions: bool,
    events: Arc<Semaphore>,
}

/// A function that was found.
struct Found {
    host: Arc<FunctionHost>,
    id: FunctionId,
}

impl std::fmt::Debug for LocalFunctions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LocalFunctions").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}

impl LocalFunctions {
    /// The functions of the hosts.
    pub(crate) fn new(settings: &Settings, hosts: Arc<Hosts>, directory: Directory) -> Self {
        Self {
            hosts,
            directory,
            operators: settings.functions.clone(),
            account_id: settings.account_id.as_str().into(),
            concurrency_max: settings.function_limits.concurrency_max,
            checks_permissions: settings.check_function_policies,
            events: Arc::new(Semaphore::new(EVENTS_MAX)),
        }
    }

    /// Invokes a function; events run on `runtime`.
    pub(super) async fn invoke(&self, invocation: Invocation, runtime: &Handle) -> Result<Invoked, InvokeError> {
        let Found { host, id } = self.find(&invocation)?;
        match invocation.kind {
            InvocationType::DryRun => Ok(accepted(204, &id)),
            InvocationType::Event => {
                let answer = accepted(202, &id);
                let full = |message| InvokeError::new(InvokeFault::TooManyRequests, message);
                self.queue(host, host_invocation(&invocation, id)?, runtime).map_err(full)?;
                Ok(answer)
            }
            InvocationType::RequestResponse if invocation.is_streamed => {
                stream(&host, host_invocation(&invocation, id)?).await
            }
            InvocationType::RequestResponse => {
                let invoked = host.invoke(host_invocation(&invocation, id)?).await.map_err(|it| refused(&it))?;
                Ok(Invoked {
                    status: 200,
                    function_error: invoked.function_error.map(|error| error.header().into()),
                    executed_version: Some(invoked.executed_version.into()),
                    request_id: invoked.request_id.into(),
                    log_tail: invoked.log_tail,
                    content_type: invoked.content_type.map(Into::into),
                    payload: InvokedPayload::Whole(invoked.payload),
                })
            }
        }
    }

    /// The host of a function, whoever made it.
    pub(super) fn host_of(&self, scope: &Scope, name: &str) -> Option<Arc<FunctionHost>> {
        if *scope.account == *self.account_id && self.operators.iter().any(|spec| &*spec.id.name == name) {
            return self.hosts.at(self.hosts.home()).ok();
        }
        self.directory.find(scope, name).map(|known| Arc::clone(&known.host))
    }

    /// The function that is to be invoked, if that is allowed. A function of the configuration has one version: an alias is it.
    fn find(&self, invocation: &Invocation) -> Result<Found, InvokeError> {
        let arn = &invocation.function;
        let missing = || InvokeError::new(InvokeFault::ResourceNotFound, format!("Function not found: {arn}"));
        let is_operators = self.operators.iter().any(|spec| *spec.id.name == *arn.name);
        if is_operators && arn.account == self.account_id {
            let id = match arn.qualifier.as_deref().and_then(|qualifier| qualifier.parse().ok()) {
                Some(version) => FunctionId::published(&arn.name, version),
                None => FunctionId::latest(&arn.name),
            };
            // The configuration has no resource policies, and who writes it lets API Gateway invoke its functions.
            invocation.signer.as_ref().map_or(Ok(()), |signer| permission::check_signer(signer, arn, None))?;
            let host = self.hosts.at(self.hosts.home()).map_err(|_error| missing())?;
            return Some(Found { host, id }).filter(|found| found.host.has(&found.id)).ok_or_else(missing);
        }
        let scope = Scope::new(&arn.account, &arn.region).ok_or_else(missing)?;
        let known = self.directory.find(&scope, &arn.name).ok_or_else(missing)?;
        permission::check(&known, invocation, self.checks_permissions)?;
        let version = known.row.resolve(arn.qualifier.as_deref(), fastrand::f64()).ok_or_else(missing)?;
        Ok(Found { id: id(&arn.name, &version.configuration.version), host: Arc::clone(&known.host) })
    }

    /// Runs an event in the background: once, and twice more if the function fails. The error says that too many wait.
    pub(super) fn queue(
        &self,
        host: Arc<FunctionHost>,
        invocation: stagegate_lambda::Invocation,
        runtime: &Handle,
    ) -> Result<(), &'static str> {
        let permit = Arc::clone(&self.events).try_acquire_owned().map_err(|_error| "too many events wait")?;
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
        Ok(())
    }
}

async fn stream(host: &FunctionHost, invocation: stagegate_lambda::Invocation) -> Result<Invoked, InvokeError> {
    let invoked = host.invoke_stream(invocation).await.map_err(|error| refused(&error))?;
    Ok(Invoked {
        status: 200,
        function_error: invoked.function_error.map(|error| error.header().into()),
        executed_version: Some(invoked.executed_version.into()),
        request_id: invoked.request_id.into(),
        log_tail: None,
        content_type: invoked.content_type.map(Into::into),
        payload: InvokedPayload::Stream(Box::new(HostPieces(invoked.payload))),
    })
}

/// The answer to an invocation that returns nothing.
fn accepted(status: u16, function: &FunctionId) -> Invoked {
    Invoked {
        status,
        function_error: None,
        executed_version: Some(function.version.as_ref().into()),
        request_id: Box::default(),
        log_tail: None,
        content_type: None,
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
pub(super) struct HostPieces(pub(super) PayloadStream);

impl HostPieces {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenStream>>> {
        // The wait for a piece holds nothing of its own, so that it may begin anew with every poll.
        pin!(self.0.next()).poll(context)
    }
}

impl Pieces for HostPieces {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InvokeError>>> {
        let failed = |broken: BrokenStream| InvokeError::new(InvokeFault::FunctionError, broken.to_string());
        self.poll(context).map(|piece| piece.map(|piece| piece.map_err(failed)))
    }
}

impl FunctionPieces for HostPieces {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Bytes>>> {
        self.poll(context).map(|piece| piece.map(|piece| piece.map_err(|broken| broken.body)))
    }
}
