//! The function hosts, as the control plane's port to functions sees them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_control::lambda::{
    Candidate, FunctionAnswer, FunctionCall, FunctionPayload, Functions, InvocationType, NotInvoked, NotInvokedKind,
    ThrottleReason as Reason,
};
use stagegate_lambda::{CodeSource, FunctionSpec, Invocation, InvokeError, ThrottleReason};
use stagegate_model::domain::Scope;
use stagegate_model::lambda::{Environment, FunctionConfiguration, FunctionRow, FunctionVersion, LATEST, function_arn};
use stagegate_store::BoxFuture;
use tokio::runtime::Handle;

use super::directory::{id, spec};
use super::local::{HostPieces, LocalFunctions};

/// The role that is shown of functions of the configuration: they have none.
const NO_ROLE: &str = "role/none";

/// The functions that Lambda's API makes and invokes.
pub(crate) struct ControlFunctions {
    local: Arc<LocalFunctions>,
    runtime: Handle,
}

impl ControlFunctions {
    /// Over the functions of this process. Must be called within a runtime.
    pub(crate) fn new(local: Arc<LocalFunctions>) -> Self {
        Self { local, runtime: Handle::current() }
    }

    async fn try_out(&self, candidate: Candidate) -> Result<(), String> {
        let Candidate { scope, configuration, archive, reserved_concurrency } = candidate;
        let spec = spec(&configuration, CodeSource::Zip(archive), reserved_concurrency)?;
        self.local.directory.try_out(&scope, spec).await
    }

    async fn run(&self, call: FunctionCall) -> Result<FunctionAnswer, NotInvoked> {
        let missing = || not_invoked(NotInvokedKind::Missing, "Function not found");
        let host = self.local.host_of(&call.scope, &call.name).ok_or_else(missing)?;
        let context = call.client_context.as_deref().map(decode).transpose()?;
        let invocation = Invocation {
            invoked_arn: Some(call.invoked_arn),
            client_context: context,
            trace_header: call.trace,
            log_tail: call.wants_log && !call.is_streamed,
            ..Invocation::new(id(&call.name, &call.version), call.payload)
        };
        if call.kind == InvocationType::Event {
            let queued = self.local.queue(host, invocation, &self.runtime);
            return match queued {
                Ok(()) => Ok(FunctionAnswer::default()),
                Err(message) => Err(not_invoked(NotInvokedKind::Throttled(Reason::Account), message)),
            };
        }
        if call.is_streamed {
            let invoked = host.invoke_stream(invocation).await.map_err(|error| refused(&error))?;
            return Ok(FunctionAnswer {
                function_error: invoked.function_error.map(|error| error.header().to_owned()),
                payload: FunctionPayload::Stream(Box::new(HostPieces(invoked.payload))),
                content_type: invoked.content_type,
                log_tail: None,
            });
        }
        let invoked = host.invoke(invocation).await.map_err(|error| refused(&error))?;
        Ok(FunctionAnswer {
            function_error: invoked.function_error.map(|error| error.header().to_owned()),
            payload: FunctionPayload::Whole(invoked.payload),
            content_type: invoked.content_type,
            log_tail: invoked.log_tail,
        })
    }
}

fn decode(context: &str) -> Result<String, NotInvoked> {
    let text = STANDARD.decode(context).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| {
        not_invoked(NotInvokedKind::Content, "Client context must be a valid Base64-encoded JSON object.")
    })
}

fn not_invoked(kind: NotInvokedKind, message: impl Into<String>) -> NotInvoked {
    NotInvoked { kind, message: message.into() }
}

fn refused(error: &InvokeError) -> NotInvoked {
    let kind = match error {
        InvokeError::ResourceNotFound { .. } => NotInvokedKind::Missing,
        InvokeError::TooManyRequests { reason } => NotInvokedKind::Throttled(match reason {
            ThrottleReason::ConcurrentInvocationLimitExceeded => Reason::Account,
            ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded => Reason::Reserved,
        }),
        InvokeError::RequestTooLarge { .. } => NotInvokedKind::TooLarge,
        InvokeError::InvalidRequestContent { .. } => NotInvokedKind::Content,
        InvokeError::Service { .. } => NotInvokedKind::Host,
    };
    not_invoked(kind, error.to_string())
}

impl Functions for ControlFunctions {
    fn check(&self, candidate: Candidate) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.try_out(candidate))
    }

    fn changed<'f>(&'f self, scope: &'f Scope, name: &'f str) -> BoxFuture<'f, ()> {
        let (local, scope, name) = (Arc::clone(&self.local), scope.clone(), name.to_owned());
        // A task of its own, begun at once: a caller who goes away leaves no function behind that is not as it is stored.
        let task = self.runtime.spawn(async move { local.directory.follow(&scope, &name).await });
        Box::pin(async move {
            if let Err(error) = task.await {
                tracing::error!(%error, "a stored function may not be served as it is stored");
            }
        })
    }

    fn invoke(&self, call: FunctionCall) -> BoxFuture<'_, Result<FunctionAnswer, NotInvoked>> {
        Box::pin(self.run(call))
    }

    fn concurrency_max(&self) -> u32 {
        self.local.concurrency_max
    }

    fn operators(&self, scope: &Scope) -> Vec<FunctionRow> {
        let is_here = *scope.account == *self.local.account_id;
        let specs = self.local.operators.iter().filter(|_| is_here);
        specs.map(|spec| shown(spec, scope)).collect()
    }
}

/// A function of the configuration as Lambda's API shows it.
fn shown(spec: &FunctionSpec, scope: &Scope) -> FunctionRow {
    let variables = spec.environment.clone();
    let configuration = FunctionConfiguration {
        function_name: spec.id.name.to_string(),
        function_arn: function_arn(scope, &spec.id.name, None),
        runtime: spec.runtime.to_string(),
        role: format!("arn:aws:iam::{}:{NO_ROLE}", scope.account),
        handler: spec.handler.clone(),
        description: "Defined by the configuration of this server".to_owned(),
        timeout: spec.timeout_ms.div_ceil(1_000),
        memory_size: spec.memory_mb,
        version: LATEST.to_owned(),
        environment: Some(Environment { variables }).filter(|one| !one.variables.is_empty()),
        package_type: "Zip".to_owned(),
        architectures: vec!["x86_64".to_owned()],
        ..FunctionConfiguration::default()
    };
    let latest = FunctionVersion { configuration, code: String::new() };
    FunctionRow { latest, reserved_concurrency: spec.reserved_concurrency, ..FunctionRow::default() }
}
