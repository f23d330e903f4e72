//! Compiled integrations.

use stagegate_mapping::RequestSource;

use crate::aws::{MappedFunctionPlan, ServicePlan};
use crate::binary::ContentHandling;
use crate::lambda::LambdaPlan;
use crate::response::ResponseTable;
use crate::subtype::SubtypePlan;
use crate::templates::{BodyTemplate, StatusTemplate, Templates};
use crate::verb::Verb;

/// What a route does with an admitted request.
#[derive(Debug)]
pub enum IntegrationPlan {
    /// `MOCK`
    Mock(MockPlan),
    /// `HTTP` and `HTTP_PROXY`
    Http(HttpPlan),
    /// `AWS_PROXY` with a Lambda function
    Lambda(LambdaPlan),
    /// `AWS` with a Lambda function
    MappedFunction(MappedFunctionPlan),
    /// `AWS` with any other service
    Service(ServicePlan),
    /// `AWS_PROXY` with an `integrationSubtype`
    Subtype(SubtypePlan),
    /// The route cannot be served: it answers `API_CONFIGURATION_ERROR` and never reaches an integration.
    Misconfigured {
        /// The reason, for the log and the findings.
        why: Box<str>,
    },
}

/// A compiled `MOCK` integration.
#[derive(Debug)]
pub struct MockPlan {
    /// Its request templates.
    pub requests: Templates<StatusTemplate>,
    /// What is made of the request's content.
    pub content_handling: Option<ContentHandling>,
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

/// A compiled `HTTP` or `HTTP_PROXY` integration, or the call that an `AWS` integration makes. Its URI is bound by the stage: see
/// [`crate::Endpoint`].
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
    /// What is made of the request's content.
    pub content_handling: Option<ContentHandling>,
    /// A mapping reads the request's body, which is then held whole.
    pub reads_body: bool,
    /// Requests may be of any length where no room holds them whole; at AWS they never may.
    pub takes_any_length: bool,
    /// The integration timeout in milliseconds.
    pub timeout_ms: u32,
    /// Whether the response is held or passed on.
    pub transfer: ResponseTransferMode,
    /// `insecureSkipVerification`: any issuer of the back end's certificate will do.
    pub accepts_any_issuer: bool,
    /// How the back end is told for whom it is called; of proxies only.
    pub forwarding: Forwarding,
    /// The VPC link that leads to the back end, if one does.
    pub private: Option<PrivateConnection>,
}

/// How a back end is told for whom it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Forwarding {
    /// By `X-Forwarded-For`, `-Port` and `-Proto`, and by which API (facts 38 and 39).
    #[default]
    XForwarded,
    /// By `Forwarded` and `Via`; the client's `X-Forwarded-*` become part of it (fact 101).
    Forwarded,
}

/// A connection through a VPC link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateConnection {
    /// The link's id as configured, with `${stageVariables.x}`.
    pub link: Box<str>,
    /// The ARN of the load balancer or its listener, for links of the second kind.
    pub target: Option<Box<str>>,
    /// The target stands in place of a URL.
    pub listener: Option<Listener>,
}

/// A back end that is named by its listener or its Cloud Map service: requests keep their path, stage included, and their host
/// (fact 103).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// `serverNameToVerify`: the listener speaks TLS, and its certificate has this name. Plain HTTP without it.
    pub verified_name: Option<Box<str>>,
}

impl HttpPlan {
    /// Whether a request template may override mapped parameters.
    pub fn may_override(&self) -> bool {
        let HttpKind::Mapped(mapped) = &self.kind else { return false };
        let overrides =
            |template: &BodyTemplate| matches!(template, BodyTemplate::Program(program) if program.reads_context);
        mapped.requests.entries.iter().any(|(_, template)| overrides(template))
    }

    /// Where the mapped values come from.
    pub fn sources(&self) -> impl Iterator<Item = &RequestSource> {
        self.headers.iter().chain(&self.query).chain(&self.path).map(|(_, source)| source)
    }
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
    /// Request templates; the body passes through where none matches.
    pub requests: Templates<BodyTemplate>,
    /// Its integration responses.
    pub responses: ResponseTable,
}
