//! The keys of HTTP APIs and of what is below them.

use super::{ApiScope, Key};
use crate::domain::Scope;

/// A noun below an HTTP API, each with a row by its id or name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpNoun {
    /// `routes`, by id.
    Route,
    /// `integrations`, by id.
    Integration,
    /// `authorizers`, by id.
    Authorizer,
    /// `deployments`, by id: a [`crate::http::DeploymentRow`].
    Deployment,
    /// `stages`, by name.
    Stage,
}

impl HttpNoun {
    const ALL: [Self; 5] = [Self::Route, Self::Integration, Self::Authorizer, Self::Deployment, Self::Stage];

    /// The segment of the key that names the kind.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::Route => "routes",
            Self::Integration => "integrations",
            Self::Authorizer => "authorizers",
            Self::Deployment => "deployments",
            Self::Stage => "stages",
        }
    }
}

/// Reads the rest of a key below `{account}/{region}/apis/{api}`.
pub(super) fn below_http_api(api: ApiScope, segments: &[&str]) -> Option<Key> {
    match segments {
        [] => Some(Key::HttpApi(api)),
        ["generation"] => Some(Key::HttpGeneration(api)),
        [kind, id] => {
            let noun = HttpNoun::ALL.into_iter().find(|noun| noun.segment() == *kind)?;
            Some(Key::OfHttpApi(api, noun, (*id).to_owned()))
        }
        _ => None,
    }
}

impl Scope {
    /// The prefix of every HTTP API and everything below them.
    pub fn http_apis_prefix(&self) -> String {
        format!("{}apis/", self.prefix())
    }
}

impl ApiScope {
    /// The prefix of every row below an HTTP API; the row of the API itself is [`Key::HttpApi`].
    pub fn http_prefix(&self) -> String {
        format!("{}{}/", self.scope.http_apis_prefix(), self.api_id)
    }

    /// The prefix of an HTTP API's nouns of one kind.
    pub fn http_nouns_prefix(&self, noun: HttpNoun) -> String {
        format!("{}{}/", self.http_prefix(), noun.segment())
    }

    /// The key of an HTTP API's own row.
    pub fn http_api(&self) -> Key {
        Key::HttpApi(self.clone())
    }

    /// The key of a noun below an HTTP API.
    pub fn http_noun(&self, noun: HttpNoun, id: &str) -> Key {
        Key::OfHttpApi(self.clone(), noun, id.to_owned())
    }

    /// The key of an HTTP API's generation.
    pub fn http_generation(&self) -> Key {
        Key::HttpGeneration(self.clone())
    }
}
