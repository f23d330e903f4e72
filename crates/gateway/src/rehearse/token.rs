//! A token tried out: what an authorizer that verifies tokens says of a request that nobody sent.

use stagegate_plan::{TokenAuthorizerPlan, Verb};

use super::{RehearsalError, request};
use crate::accept::Arrival;
use crate::authorize::try_token;
use crate::core::Core;
use crate::observe::{ExecutionLog, Notes, micros};

/// An authorizer that verifies tokens, to try out.
#[derive(Debug)]
pub struct TokenRehearsal {
    /// The authorizer.
    pub authorizer: TokenAuthorizerPlan,
    /// Path and query as they were written.
    pub path_with_query: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
}

/// What an authorizer said of a token, for a method without scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRehearsed {
    /// The status that a client would have been answered; 0 where the token is taken.
    pub client_status: u16,
    /// The execution log (facts L3 and L7).
    pub log: String,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// The claims, as later rooms would show them.
    pub claims: Vec<(String, String)>,
}

/// Tries a token out.
pub(super) async fn perform(core: &Core, rehearsal: TokenRehearsal) -> Result<TokenRehearsed, RehearsalError> {
    let TokenRehearsal { authorizer, path_with_query, headers } = rehearsal;
    let head = request::head(Verb::Get, &path_with_query, &headers, &core.head_limits());
    let head = head.map_err(|error| RehearsalError::Request(error.to_string()))?;
    let arrival = Arrival::simulated(core, &head);
    let notes = Notes::default();
    notes.open_log(ExecutionLog::rehearsal(arrival.ids.request()));
    let mut rehearsed = TokenRehearsed::default();
    match try_token(core, &arrival, &authorizer, &notes).await {
        Ok(answer) => {
            let text = |(name, value): &(Box<str>, Box<str>)| (name.to_string(), value.to_string());
            rehearsed.claims = answer.claims.iter().map(text).collect();
        }
        Err(refusal) => rehearsed.client_status = refusal.wording(notes.envelope()).status,
    }
    rehearsed.latency_ms = micros(arrival.started.elapsed()) / 1000;
    let log = notes.execution_log().map(|log| log.take().text).unwrap_or_default();
    rehearsed.log = String::from_utf8_lossy(&log).into_owned();
    Ok(rehearsed)
}
