//! What the compiler has to say about parts that are not served.

use std::fmt;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The API itself: its policy, its endpoint type, parts kept from an import.
    Api,
    /// The place of a resource in the tree.
    Resource,
    /// Who may call a method.
    Authorization,
    /// A method's API key.
    ApiKey,
    /// A method's request validator.
    RequestValidator,
    /// The integration: its type, URI, connection.
    Integration,
    /// A request mapping.
    RequestParameter,
    /// A request template.
    RequestTemplate,
    /// An integration response: its pattern, mappings, templates.
    IntegrationResponse,
    /// A setting of a stage.
    Stage,
}

impl Subject {
    /// The subject in words, for a table's column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Resource => "resource",
            Self::Authorization => "authorization",
            Self::ApiKey => "API key",
            Self::RequestValidator => "request validator",
            Self::Integration => "integration",
            Self::RequestParameter => "request parameter",
            Self::RequestTemplate => "request template",
            Self::IntegrationResponse => "integration response",
            Self::Stage => "stage",
        }
    }
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The route answers `API_CONFIGURATION_ERROR`; without a method, every route does.
    Refused,
    /// The part has no effect; what is served is no more open for it.
    Ignored,
    /// The part is served as it is written, which may not be what was meant.
    Served,
}

/// One part that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The API's id.
    pub api_id: String,
    /// The resource's path; absent where the whole API or stage is meant.
    pub resource_path: Option<String>,
    /// The verb, `ANY` included.
    pub method: Option<String>,
    /// What it is about.
    pub what: Subject,
    /// What follows.
    pub effect: Effect,
    /// Why, in one sentence without a full stop.
    pub why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.api_id)?;
        if let Some(method) = &self.method {
            write!(f, " {method}")?;
        }
        if let Some(path) = &self.resource_path {
            write!(f, " {path}")?;
        }
        let effect = match self.effect {
            Effect::Refused => "answers API_CONFIGURATION_ERROR",
            Effect::Ignored => "has no effect",
            Effect::Served => "is served as it is",
        };
        write!(f, ": {} ({effect}): {}", self.what.as_str(), self.why)
    }
}

/// Why a part of a route cannot be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) what: Subject,
    pub(crate) why: String,
}

impl Refusal {
    pub(crate) fn new(what: Subject, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }
}

/// Collects findings of one API, and within it of one route at a time.
#[derive(Debug)]
pub(crate) struct Findings {
    api_id: String,
    found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn of(api_id: &str) -> Self {
        Self { api_id: api_id.to_owned(), found: Vec::new() }
    }

    /// A finding about the whole API or stage.
    pub(crate) fn api(&mut self, what: Subject, effect: Effect, why: impl Into<String>) {
        self.push(None, what, effect, why.into());
    }

    /// A finding about one route, given as path and verb.
    pub(crate) fn route(&mut self, at: (&str, &str), what: Subject, effect: Effect, why: impl Into<String>) {
        self.push(Some(at), what, effect, why.into());
    }

    fn push(&mut self, at: Option<(&str, &str)>, what: Subject, effect: Effect, why: String) {
        self.found.push(Finding {
            api_id: self.api_id.clone(),
            resource_path: at.map(|(path, _)| path.to_owned()),
            method: at.map(|(_, verb)| verb.to_owned()),
            what,
            effect,
            why,
        });
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}
