//! The data plane: serves traffic from an immutable compiled snapshot, one request room by room.
//!
//! The order of the rooms is in `journey.rs`. Nothing here parses a document, opens a database or knows the control plane.

mod accept;
mod address;
mod authorize;
mod aws;
mod cache;
mod coding;
mod config;
mod core;
mod cors;
mod function_url;
mod gateway;
mod integrate;
mod invoker;
mod journey;
mod json;
mod keys;
mod network;
mod observe;
mod outbound;
mod refusal;
mod rehearse;
mod respond;
mod route;
mod screen;
mod stream;
mod throttle;
mod validate;

pub use aws::{AwsConfig, AwsEndpoints, CredentialAsk, CredentialError, CredentialSource, Finding};
pub use config::{
    AuthorizerLimits, BudgetLimits, GatewayConfig, RequestLimits, Timeouts, TlsConfig, TokenConfig, UpstreamLimits,
};
pub use gateway::Gateway;
pub use integrate::{PrivateLink, PrivateLinks, PrivateTarget};
pub use invoker::{
    Invocation, InvocationSource, InvocationType, InvokeError, InvokeFault, Invoked, InvokedPayload, Invoker, Invoking,
    Pieces, Signer,
};
pub use keys::{IssuerKeys, KeySource, KeyState, KeyTrouble, Refreshing};
pub use network::{NetworkConfig, VpcEndpoint};
pub use observe::{
    AccessLogSender, Callee, Counters, ExplainKey, ExplainKeyError, Failure, LogBatch, LogFailure, LogKind, LogMark,
    LogSink, LogWriter, Propagation, Room, RuleMatch, RuleStatistics, RuleTarget, Sampler, SamplingRule, Step,
    StepKind, Trace, TraceConfig, TraceSink, TracedRequest, TracedResponse,
};
pub use outbound::Outbound;
pub use rehearse::{
    AuthorizerRehearsal, AuthorizerRehearsed, Rehearsal, RehearsalError, RehearsalSender, Rehearsed, TokenRehearsal,
    TokenRehearsed,
};
pub use throttle::Admission;
