//! What a failed invocation is to the client (facts 17 and L12).

use stagegate_plan::GatewayResponseType;

use crate::invoker::{InvokeError, InvokeFault};
use crate::refusal::{Cause, Refusal};

/// The function's answer breaks the contract.
pub(super) fn malformed() -> Refusal {
    Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::MalformedFunctionResponse)
}

/// The function failed.
pub(super) fn function_error() -> Refusal {
    Refusal::Gateway(GatewayResponseType::IntegrationFailure, Cause::FunctionError)
}

/// Whatever kept the function from answering.
pub(super) fn refusal(error: &InvokeError) -> Refusal {
    use GatewayResponseType as G;
    match error.fault {
        // A function that is not there has no policy that allows anything.
        InvokeFault::AccessDenied | InvokeFault::ResourceNotFound => {
            Refusal::Gateway(G::ApiConfigurationError, Cause::FunctionPermission)
        }
        InvokeFault::TooManyRequests => Refusal::Gateway(G::ApiConfigurationError, Cause::FunctionThrottled),
        InvokeFault::RequestTooLarge => Refusal::payload_too_large(),
        InvokeFault::InvalidRequest | InvokeFault::NotReady | InvokeFault::Service => {
            Refusal::Gateway(G::IntegrationFailure, Cause::FunctionNotInvoked)
        }
        InvokeFault::FunctionError => function_error(),
        InvokeFault::Timeout => Refusal::Gateway(G::IntegrationTimeout, Cause::Timeout),
        InvokeFault::Network => Refusal::Gateway(G::IntegrationFailure, Cause::Network),
    }
}
