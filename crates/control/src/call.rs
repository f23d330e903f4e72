//! One decoded call: who, where, which operation, with which parameters and body.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::authenticate::{Keyring, Service};
use crate::cloudwatch::{self, Metrics};
use crate::data_plane::DataPlane;
use crate::discovery::Discovery;
use crate::domain::Truststores;
use crate::environment::{Clock, Randomness, epoch_seconds, new_id, new_token};
use crate::fault::Fault;
use crate::iam::LastUsed;
use crate::lambda::{Functions, StreamedBody};
use crate::logs::LogEvents;
use crate::operations::Operation;
use crate::query::Xml;
use crate::quotas::Quotas;
use crate::rehearsal::Rehearsal;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{ApiScope, is_segment};
use stagegate_model::rest::Timestamp;
use stagegate_plan::identity::Principal;
use stagegate_seal::Sealer;

/// Characters of the id of what is below an API: resources, deployments, models and so on.
const NOUN_ID_LENGTH: usize = 6;

/// What every call may use of the world outside.
pub(crate) struct World {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Randomness>,
    pub(crate) quotas: Quotas,
    /// Who reads the discovery documents of issuers.
    pub(crate) discovery: Arc<dyn Discovery>,
    /// The URL of an API, with `{id}` and `{region}` in their places.
    pub(crate) api_url: String,
    pub(crate) rehearsal: Arc<dyn Rehearsal>,
    /// Who runs functions.
    pub(crate) functions: Arc<dyn Functions>,
    /// Who has the store of log events.
    pub(crate) log_events: Arc<dyn LogEvents>,
    /// Who has what was measured.
    pub(crate) metrics: Arc<dyn Metrics>,
    /// Who knows the truststores of domain names.
    pub(crate) truststores: Arc<dyn Truststores>,
    /// A function URL, with `{id}` and `{region}` in their places.
    pub(crate) function_url: String,
    /// Who counts what is used of quotas.
    pub(crate) usage: Arc<dyn stagegate_state::Quotas>,
    /// Who seals secrets.
    pub(crate) sealer: Arc<Sealer>,
    /// Who signs, as it is now.
    pub(crate) keyring: Arc<dyn Keyring>,
    /// Who serves what is committed.
    pub(crate) data_plane: Arc<dyn DataPlane>,
    /// When access keys were last used.
    pub(crate) last_used: Arc<LastUsed>,
}

/// A call whose signature was verified and whose operation is known.
pub(crate) struct Call {
    pub(crate) service: Service,
    /// Who calls.
    pub(crate) caller: Arc<Principal>,
    pub(crate) scope: Scope,
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// The fields of the query; those of the form, too, where the protocol is Query.
    pub(crate) query: Vec<(String, String)>,
    /// The header `Accept`.
    pub(crate) accept: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) world: Arc<World>,
}

impl Call {
    /// A parameter of the path. The row's template names it, so it is there.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(have, _)| *have == name);
        found.map_or("", |(_, value)| value)
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The API of the path; empty for operations above APIs.
    pub(crate) fn api_id(&self) -> &str {
        let rest = self.parameter("restapi_id");
        if rest.is_empty() { self.parameter("apiId") } else { rest }
    }

    /// The first query parameter of this name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// A field of a form: what the query has where the protocol is Query.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.query(name)
    }

    /// Whether the query asks to embed a part (`embed=methods`, also comma-separated or repeated).
    pub(crate) fn embeds(&self, part: &str) -> bool {
        let embeds = self.query.iter().filter(|(name, _)| name == "embed");
        embeds.flat_map(|(_, value)| value.split(',')).any(|value| value == part)
    }

    /// The scope of the API of the path. Whether it exists is for the store to say.
    pub(crate) fn api(&self) -> Result<ApiScope, Fault> {
        let id = self.api_id();
        if is_segment(id) { Ok(self.scope.api(id)) } else { Err(self.no_such_api(id)) }
    }

    /// The fault that names an API that does not exist (fact 126).
    pub(crate) fn no_such_api(&self, id: &str) -> Fault {
        Fault::not_found(format!("Invalid API identifier specified {}:{id}", self.scope.account))
    }

    /// Now, in AWS's form.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_epoch_seconds(epoch_seconds(self.world.clock.as_ref()))
    }

    /// A fresh secret.
    pub(crate) fn new_token(&self, length: usize) -> String {
        new_token(self.world.random.as_ref(), length)
    }

    /// A fresh id for a noun below an API.
    pub(crate) fn new_noun_id(&self) -> String {
        self.new_id(NOUN_ID_LENGTH)
    }

    /// A fresh id.
    pub(crate) fn new_id(&self, length: usize) -> String {
        new_id(self.world.random.as_ref(), length)
    }
}

/// What an operation answers with its success status.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// A JSON document.
    Document(Value),
    /// The members of an answer whose form is that of its call.
    Members(cloudwatch::Value),
    /// The result of a Query API's operation.
    Result(Xml),
    /// A body that is no answer of the protocol but a file, with its headers.
    File { content_type: &'static str, disposition: String, body: Bytes },
    /// A body with its own status and headers.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: Bytes },
    /// A body that comes in pieces, with its own status and headers.
    Streamed { status: u16, headers: Vec<(&'static str, String)>, body: StreamedBody },
    /// No body.
    Empty,
}
