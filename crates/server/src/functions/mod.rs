//! The functions of the data plane: each in the Lambda API that the settings name for it, or in the function host here.

mod connections;
mod control_port;
mod directory;
mod endpoint;
mod event_stream;
mod host;
mod hosts;
mod limits;
mod local;
mod logs;
mod permission;
mod pieces;
mod remote;

pub(crate) use connections::Connections;
pub(crate) use control_port::ControlFunctions;
pub(crate) use directory::Directory;
pub(crate) use endpoint::{LambdaEndpoint, matches};
pub(crate) use host::{launch_if_asked, start as start_hosts};
pub(crate) use hosts::Hosts;
pub(crate) use limits::FunctionLimits;
pub(crate) use local::LocalFunctions;

use std::io;
use std::sync::Arc;

use stagegate_gateway::{Invocation, InvocationSource, InvokeError, InvokeFault, Invoked, Invoker, Invoking};
use stagegate_plan::InvokeCredentials;
use tokio::runtime::Handle;

use crate::aws::Signers;

/// Finds each function and invokes it.
#[derive(Debug)]
pub(crate) struct Functions {
    endpoints: Vec<LambdaEndpoint>,
    connections: Arc<Connections>,
    signers: Arc<Signers>,
    local: Arc<LocalFunctions>,
    /// Where calls to other Lambda APIs run: their connections belong to no core of the gateway.
    runtime: Handle,
}

impl Functions {
    /// Functions at these endpoints, the first one that has a function being asked, and the local ones besides. Must be called
    /// within a runtime.
    pub(crate) fn new(
        endpoints: Vec<LambdaEndpoint>,
        local: Arc<LocalFunctions>,
        signers: Arc<Signers>,
    ) -> io::Result<Self> {
        Ok(Self { endpoints, connections: Arc::new(Connections::new()?), signers, local, runtime: Handle::current() })
    }

    async fn invoke(&self, invocation: Invocation) -> Result<Invoked, InvokeError> {
        if invocation.credentials == Some(InvokeCredentials::Caller) && invocation.signer.is_none() {
            let why = "there is no caller to invoke the function as";
            return Err(InvokeError::new(InvokeFault::AccessDenied, why));
        }
        let function = &invocation.function;
        // A function URL is the local functions' own, whoever runs others of the same pattern.
        let is_elsewhere = !matches!(invocation.source, InvocationSource::FunctionUrl { .. });
        let endpoint = self.endpoints.iter().find(|endpoint| is_elsewhere && endpoint.has(function));
        let Some(endpoint) = endpoint else {
            return self.local.invoke(invocation, &self.runtime).await;
        };
        // What the function's own policy says is not known here.
        invocation.signer.as_ref().map_or(Ok(()), |signer| permission::check_signer(signer, function, None))?;
        let url = endpoint.url(function, invocation.is_streamed);
        let (connections, signers) = (Arc::clone(&self.connections), Arc::clone(&self.signers));
        let role = role(&invocation).map(Arc::from).or_else(|| endpoint.role().map(Arc::<str>::from));
        let call = async move {
            let denied = |why: String| InvokeError::new(InvokeFault::AccessDenied, why);
            let credentials = match &invocation.signer {
                Some(signer) => Some(Arc::clone(&signer.credentials)),
                None => signers.for_lambda(role.as_deref()).await.map_err(denied)?,
            };
            remote::invoke(connections, credentials, url, invocation).await
        };
        let called = self.runtime.spawn(call).await;
        called.unwrap_or_else(|error| Err(InvokeError::new(InvokeFault::Service, error.to_string())))
    }
}

/// The role that the integration names.
fn role(invocation: &Invocation) -> Option<&str> {
    match &invocation.credentials {
        Some(InvokeCredentials::Role(arn)) => Some(arn),
        Some(InvokeCredentials::Caller) | None => None,
    }
}

impl Invoker for Functions {
    fn invoke(&self, invocation: Invocation) -> Invoking<'_> {
        Box::pin(self.invoke(invocation))
    }
}
