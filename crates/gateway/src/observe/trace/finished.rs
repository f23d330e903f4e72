//! The record of one request, for whoever sends it on.

use std::net::IpAddr;
use std::sync::Arc;

use stagegate_plan::{FunctionArn, SpanId, StagePlan, TraceId, TraceState};

/// A request that was sampled, from its arrival to the end of its answer.
#[derive(Debug)]
pub struct Trace {
    /// The trace.
    pub trace_id: TraceId,
    /// The request itself: X-Ray's segment, OpenTelemetry's server span.
    pub span_id: SpanId,
    /// Who called, if it has told.
    pub parent_id: Option<SpanId>,
    /// What others in the trace have noted.
    pub state: Option<TraceState>,
    /// The stage.
    pub stage: Arc<StagePlan>,
    /// The sampling rule that chose the request; `None` where the caller did.
    pub rule: Option<Arc<str>>,
    /// The request.
    pub request: TracedRequest,
    /// The answer.
    pub response: TracedResponse,
    /// When the request's head was complete, in microseconds since 1970.
    pub start_us: u64,
    /// From then to the end of the answer, in microseconds.
    pub duration_us: u64,
    /// What happened in between, in the order of its start.
    pub steps: Vec<Step>,
}

/// What a trace says of a request.
#[derive(Debug)]
pub struct TracedRequest {
    /// `$context.requestId`
    pub request_id: Box<str>,
    /// `$context.extendedRequestId`
    pub extended_id: Box<str>,
    /// The method.
    pub method: Box<str>,
    /// `https` or `http`.
    pub scheme: &'static str,
    /// `Host`, port and all.
    pub host: Box<str>,
    /// The path as the client sent it.
    pub path: Box<str>,
    /// The query string, without its question mark.
    pub query: Option<Box<str>>,
    /// The resource path of the route, if one was found.
    pub route: Option<Box<str>>,
    /// `1.0`, `1.1` or `2`.
    pub version: &'static str,
    /// The client, as far as proxies that are trusted say.
    pub client: IpAddr,
    /// The client's address is what `X-Forwarded-For` says.
    pub is_forwarded: bool,
    /// `User-Agent`
    pub user_agent: Option<Box<str>>,
}

/// What a trace says of an answer.
#[derive(Debug)]
pub struct TracedResponse {
    /// The status.
    pub status: u16,
    /// Bytes of content that were sent.
    pub bytes: u64,
    /// Why the gateway refused the request, if it did.
    pub failure: Option<Failure>,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind: the gateway response's type, or `x-amzn-ErrorType` where there is none.
    pub kind: &'static str,
    /// `$context.error.message`
    pub message: Box<str>,
}

/// A room, as far as it takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the room of its name")]
pub enum Room {
    Route,
    Authorize,
    Throttle,
    Validate,
    Cache,
    Integrate,
    Respond,
}

impl Room {
    /// The room's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Authorize => "authorize",
            Self::Throttle => "throttle",
            Self::Validate => "validate",
            Self::Cache => "cache",
            Self::Integrate => "integrate",
            Self::Respond => "respond",
        }
    }
}

/// One step: a room, or a call.
#[derive(Debug)]
pub struct Step {
    /// Its id; a call's is the parent of whatever the callee records.
    pub id: SpanId,
    /// The room that a call was made in.
    pub room: Room,
    /// What it is.
    pub kind: StepKind,
    /// When it began, in microseconds after the request's start.
    pub start_us: u64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// What a step is.
#[derive(Debug)]
pub enum StepKind {
    /// The request passed a room.
    Room,
    /// Somebody else was called.
    Call {
        /// Who.
        callee: Callee,
        /// The status that came back, if one did.
        status: Option<u16>,
        /// Bytes that came back, where they were counted.
        bytes: Option<u64>,
        /// The id that the callee gave the call.
        request_id: Option<Box<str>>,
    },
}

/// Who is called.
#[derive(Debug, Clone)]
pub enum Callee {
    /// A Lambda function.
    Function(Arc<FunctionArn>),
    /// Another service of AWS's.
    Service {
        /// The service, as integration ARNs name it.
        service: Box<str>,
        /// Its region.
        region: Box<str>,
        /// The method of the call.
        method: &'static str,
        /// The URL.
        url: Box<str>,
    },
    /// A back end.
    Http {
        /// Its host and port.
        authority: Box<str>,
        /// The method of the call.
        method: &'static str,
        /// The URL.
        url: Box<str>,
    },
}
