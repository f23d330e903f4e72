//! The rehearsal: a method tried out without a client, by the same rooms, on a thread that listens nowhere.

mod authorizer;
mod exchange;
mod request;
mod thread;
mod token;

use std::sync::Arc;

use stagegate_plan::{RouteId, StagePlan, Verb};

pub use authorizer::{AuthorizerRehearsal, AuthorizerRehearsed};
pub use thread::RehearsalSender;
pub(crate) use thread::RehearsalThread;
pub use token::{TokenRehearsal, TokenRehearsed};

/// A method to try out: what is given is the route, not a path that leads to one.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The stage that the test pretends.
    pub stage: Arc<StagePlan>,
    /// The route.
    pub route: RouteId,
    /// The verb of the request.
    pub verb: Verb,
    /// Path and query as they were written; what a request target cannot hold is percent-encoded.
    pub path_with_query: String,
    /// Headers in order. Those that frame a message or belong to a connection are dropped, as they are from any request.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

/// What a client would have been answered, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// The status code.
    pub status: u16,
    /// Headers in order, without those that every answer of a gateway has.
    pub headers: Vec<(String, String)>,
    /// The content, as far as the payload limit lets it be kept.
    pub body: Vec<u8>,
    /// The execution log (fact 121).
    pub log: String,
    /// From the start of the journey to the end of its answer, in milliseconds.
    pub latency_ms: u64,
}

/// Why a rehearsal gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RehearsalError {
    /// No request can look like this.
    #[error("The test request is invalid: {0}")]
    Request(String),
    /// As many rehearsals run and wait as may.
    #[error("too many rehearsals are under way")]
    Busy,
    /// The gateway has ended, or it ended during the rehearsal.
    #[error("the gateway has ended")]
    Ended,
}
