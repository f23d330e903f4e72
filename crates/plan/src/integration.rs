//! Compiled integrations.

use stagegate_mapping::RequestSource;

use crate::response::ResponseTable;
use crate::templates::Templates;
use crate::verb::Verb;

/// What a route does with an admitted request.
#[derive(Debug)]
pub enum IntegrationPlan {
    /// `MOCK`
    Mock(MockPlan),
    /// `HTTP` and `HTTP_PROXY`
    Http(HttpPlan),
    /// The route cannot be served: it answers `API_CONFIGURATION_ERROR` and never reaches an integration.
    Misconfigured {
        /// The reason, for the log and the findings.
        why: Box<str>,
    },
}

/// A compiled `MOCK` integration.
#[derive(Debug)]
pub struct MockPlan {
    /// The status code of each literal request template; `None` where the template names no valid one (fact 75: 500).
    pub statuses: Templates<Option<u16>>,
    /// Its integration responses.
    pub responses: ResponseTable,
}

/// The method sent to the back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerbChoice {
    /// `integrationHttpMethod: ANY`: the client's verb.
    Client,
    /// A configured verb.
    Fixed(Verb),
}

/// How a response is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseTransferMode {
    /// Held up to the buffer limit before its head goes out; the timeout covers the whole response.
    #[default]
    Buffered,
    /// Passed on as it comes.
    Stream,
}

/// A compiled `HTTP` or `HTTP_PROXY` integration. Its URI is bound by the stage: see [`crate::Endpoint`].
#[derive(Debug)]
pub struct HttpPlan {
    /// Proxy or mapped.
    pub kind: HttpKind,
    /// The method sent.
    pub verb: VerbChoice,
    /// The URI as configured, with `${stageVariables.x}` and `{name}`.
    pub uri: Box<str>,
    /// Mapped request headers.
    pub headers: Box<[(Box<str>, RequestSource)]>,
    /// Mapped query parameters, appended to the client's for `HTTP_PROXY` (fact 50).
    pub query: Box<[(Box<str>, RequestSource)]>,
    /// Mapped URI placeholders.
    pub path: Box<[(Box<str>, RequestSource)]>,
    /// The integration timeout in milliseconds.
    pub timeout_ms: u32,
    /// Whether the response is held or passed on.
    pub transfer: ResponseTransferMode,
}

/// The two HTTP integration types.
#[derive(Debug)]
pub enum HttpKind {
    /// `HTTP_PROXY`: headers, query and body of both sides pass through.
    Proxy,
    /// `HTTP`: only what is mapped passes.
    Mapped(MappedHttp),
}

/// What an `HTTP` integration maps beyond parameters.
#[derive(Debug)]
pub struct MappedHttp {
    /// Literal request templates; the body passes through where none matches.
    pub requests: Templates<Box<[u8]>>,
    /// Its integration responses.
    pub responses: ResponseTable,
}
