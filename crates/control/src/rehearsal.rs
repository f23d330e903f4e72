//! The rehearsal: a method tried out as it is now, without a deployment, on a port to whoever runs the data plane.

use std::collections::BTreeMap;

use stagegate_model::keys::ApiScope;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_model::rest::{Authorizer, HttpMethod};
use stagegate_store::BoxFuture;

/// The request that a test describes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimulatedRequest {
    /// Path and query as the caller wrote them.
    pub path_with_query: String,
    /// Headers in order, several of one name allowed.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

/// A method to try out.
#[derive(Debug, Clone)]
pub struct MethodRehearsal {
    /// The API.
    pub api: ApiScope,
    /// Its name.
    pub api_name: String,
    /// The API's documents as they are now, with this one method, open to everybody.
    pub working_copy: FrozenApi,
    /// The verb of the request.
    pub verb: HttpMethod,
    /// The request.
    pub request: SimulatedRequest,
    /// The variables of the stage that the test pretends.
    pub stage_variables: BTreeMap<String, String>,
    /// The client certificate that back ends are shown.
    pub client_certificate_id: Option<String>,
}

/// What a client would have been answered, and how it came about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rehearsed {
    /// The status code.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
    /// The execution log (fact 121).
    pub log: String,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
}

/// An authorizer to try out.
#[derive(Debug, Clone)]
pub struct AuthorizerRehearsal {
    /// The API.
    pub api: ApiScope,
    /// The authorizer.
    pub authorizer: Authorizer,
    /// The request; its content is of no account.
    pub request: SimulatedRequest,
    /// The variables of the stage that the test pretends.
    pub stage_variables: BTreeMap<String, String>,
    /// Further variables of the context.
    pub context: BTreeMap<String, String>,
}

/// What an authorizer said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizerRehearsed {
    /// The status that a client would have been answered; 0 where the authorizer gave a policy.
    pub client_status: u16,
    /// The execution log.
    pub log: String,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// The principal.
    pub principal_id: Option<String>,
    /// The policy document.
    pub policy: Option<String>,
    /// The context, as text.
    pub context: BTreeMap<String, String>,
    /// The claims of a token, as text.
    pub claims: BTreeMap<String, String>,
}

/// Why a rehearsal gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RehearsalError {
    /// The request could not be one: why, in a sentence.
    #[error("{0}")]
    Request(String),
    /// As many rehearsals wait as may.
    #[error("Too many test invocations are waiting; try again")]
    Busy,
    /// Nothing runs that could rehearse.
    #[error("No gateway runs that could try the method out")]
    Absent,
}

/// Whoever can try methods and authorizers out. Each is run once for each call, whatever follows from that.
pub trait Rehearsal: Send + Sync + 'static {
    /// Tries a method out.
    fn method(&self, rehearsal: MethodRehearsal) -> BoxFuture<'_, Result<Rehearsed, RehearsalError>>;

    /// Tries an authorizer out.
    fn authorizer(&self, rehearsal: AuthorizerRehearsal) -> BoxFuture<'_, Result<AuthorizerRehearsed, RehearsalError>>;
}

/// Nobody who could.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRehearsal;

impl Rehearsal for NoRehearsal {
    fn method(&self, _rehearsal: MethodRehearsal) -> BoxFuture<'_, Result<Rehearsed, RehearsalError>> {
        Box::pin(async { Err(RehearsalError::Absent) })
    }

    fn authorizer(
        &self,
        _rehearsal: AuthorizerRehearsal,
    ) -> BoxFuture<'_, Result<AuthorizerRehearsed, RehearsalError>> {
        Box::pin(async { Err(RehearsalError::Absent) })
    }
}
