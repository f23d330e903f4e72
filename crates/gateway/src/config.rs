//! The settings of the data plane, with AWS's limits as defaults.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::AwsConfig;
use crate::integrate::PrivateLinks;
use crate::invoker::Invoker;
use crate::keys::KeySource;
use crate::network::NetworkConfig;
use crate::observe::{ExplainKey, TraceConfig};
use crate::throttle::Admission;

/// Everything a gateway process is told at its start.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The TLS listener.
    pub tls: TlsConfig,
    /// How many cores serve: one thread, listener and upstream pool each.
    pub cores: usize,
    /// The suffix of execute-api host names: `{api}.execute-api.{region}.{suffix}`.
    pub suffix: String,
    /// Limits of one request or response.
    pub limits: RequestLimits,
    /// Limits in time.
    pub timeouts: Timeouts,
    /// Limits of the whole process.
    pub budgets: BudgetLimits,
    /// Limits of the upstream connection pools.
    pub upstream: UpstreamLimits,
    /// The key of explanations; without one nobody gets any.
    pub explain: Option<Arc<ExplainKey>>,
    /// Our own control and status listeners, which no integration may reach.
    pub guarded: Vec<SocketAddr>,
    /// What runs Lambda functions; without it, Lambda integrations answer `API_CONFIGURATION_ERROR`.
    pub invoker: Option<Arc<dyn Invoker>>,
    /// Where AWS's services are, and who signs calls of them.
    pub aws: AwsConfig,
    /// How tokens are verified.
    pub tokens: TokenConfig,
    /// Limits of authorizers that ask a function.
    pub authorizers: AuthorizerLimits,
    /// What rates and quotas are counted with; without it, routes with limits or API keys are refused.
    pub admission: Option<Admission>,
    /// The private side of VPC links.
    pub private: PrivateLinks,
    /// Trusted proxies, and the VPC endpoints of private APIs.
    pub network: NetworkConfig,
    /// How requests are traced; without it, none is.
    pub traces: Option<TraceConfig>,
}

/// The TLS listener. Certificates, policies and truststores are in the snapshot.
#[derive(Debug, Clone, Default)]
pub struct TlsConfig {
    /// Where to listen with TLS, if anywhere.
    pub listen: Option<SocketAddr>,
    /// Trusted proxies before the plain listener ask for client certificates themselves.
    pub mutual_is_terminated: bool,
}

/// Limits of authorizers that ask a function.
#[derive(Debug, Clone)]
pub struct AuthorizerLimits {
    /// Decisions that the process remembers.
    pub cache_entries: usize,
    /// Bytes of what it remembers of them.
    pub cache_bytes: usize,
    /// Calls of one authorizer's function that run at once; more are answered 429.
    pub concurrency: usize,
    /// How long a function may take to decide (AWS documents none: fact A17).
    pub deadline: Duration,
    /// How often the process forgets decisions that nobody can ask for any more.
    pub sweep: Duration,
}

impl Default for AuthorizerLimits {
    fn default() -> Self {
        // As many calls at once as an AWS account has by default, and as long as its default integration timeout.
        Self {
            cache_entries: 262_144,
            cache_bytes: 256 << 20,
            concurrency: 1_000,
            deadline: Duration::from_secs(29),
            sweep: Duration::from_secs(30),
        }
    }
}

/// Limits of one request or response.
#[derive(Debug, Clone)]
pub struct RequestLimits {
    /// Bytes of the request line and headers (AWS: 10,240).
    pub head_bytes: usize,
    /// Header fields of one request.
    pub header_fields: usize,
    /// Bytes of a request's or a buffered response's content (AWS: 10 MB).
    pub payload_bytes: u64,
    /// Bytes of a response held before its head goes out, and of a request before its back end is called.
    pub buffer_bytes: usize,
    /// Bytes of an answer that is remembered by the response cache, its headers included (AWS: 1 MB, fact C1).
    pub cached_response_bytes: usize,
    /// Bytes of a back end's response head.
    pub response_head_bytes: usize,
    /// Header fields of a back end's response.
    pub response_header_fields: usize,
}

/// How tokens are verified, and how many of them are remembered.
#[derive(Debug, Clone, Default)]
pub struct TokenConfig {
    /// Who has the keys of issuers; without it, every token is refused.
    pub keys: Option<Arc<dyn KeySource>>,
    /// How far the dates of a token may be off, in seconds (AWS documents no leeway).
    pub leeway_s: u64,
    /// Verified tokens that each core remembers.
    pub cache_entries: usize,
    /// Bytes of what each core remembers of them.
    pub cache_bytes: usize,
}

/// Limits in time.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// From a connection's first moment, or a request's first byte, to the end of its head.
    pub head: Duration,
    /// Between two pieces of a request's content.
    pub body_progress: Duration,
    /// Between two requests of a connection.
    pub idle: Duration,
    /// For a piece of a response to be taken by the client.
    pub write: Duration,
    /// How long unfinished content is held back, so that small requests are checked whole before a back end sees any of it.
    pub request_hold: Duration,
    /// Between two pieces of a streamed response.
    pub stream_idle: Duration,
    /// For requests that run when the gateway is told to stop.
    pub drain: Duration,
}

/// Limits of the whole process; over one of them a request answers 503 and its connection is closed.
#[derive(Debug, Clone)]
pub struct BudgetLimits {
    /// Open client connections.
    pub connections: usize,
    /// Requests between their head and the end of their response.
    pub requests_in_flight: usize,
    /// Bytes of content held for requests in flight.
    pub buffered_bytes: usize,
}

/// Limits of the upstream connection pools, for each core.
#[derive(Debug, Clone)]
pub struct UpstreamLimits {
    /// How long an unused connection is kept.
    pub idle: Duration,
    /// Unused connections kept for each origin.
    pub idle_per_origin: usize,
    /// For a connection to be made, name look-up and TLS included; the integration timeout applies as well.
    pub connect: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            head_bytes: 10_240,
            header_fields: 100,
            payload_bytes: 10 * 1024 * 1024,
            buffer_bytes: 64 * 1024,
            cached_response_bytes: 1024 * 1024,
            response_head_bytes: 64 * 1024,
            response_header_fields: 200,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body_progress: Duration::from_secs(20),
            idle: Duration::from_mins(1),
            write: Duration::from_secs(30),
            request_hold: Duration::from_millis(100),
            stream_idle: Duration::from_mins(5),
            drain: Duration::from_secs(30),
        }
    }
}

impl Default for BudgetLimits {
    fn default() -> Self {
        Self { connections: 16_384, requests_in_flight: 16_384, buffered_bytes: 1 << 30 }
    }
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(50), idle_per_origin: 256, connect: Duration::from_secs(10) }
    }
}
