//! What a documentation part can be about, and which members name it.

use serde::{Deserialize, Serialize};

use super::HttpMethod;
use crate::closed::closed;

closed! {
    /// The kinds of entities that can be documented.
    DocumentationPartType {
        Api = "API",
        Authorizer = "AUTHORIZER",
        Model = "MODEL",
        Resource = "RESOURCE",
        Method = "METHOD",
        PathParameter = "PATH_PARAMETER",
        QueryParameter = "QUERY_PARAMETER",
        RequestHeader = "REQUEST_HEADER",
        RequestBody = "REQUEST_BODY",
        Response = "RESPONSE",
        ResponseHeader = "RESPONSE_HEADER",
        ResponseBody = "RESPONSE_BODY",
    }
}

/// The entity that a documentation part is about. A member that its type has and that is left out gets a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentationPartLocation {
    /// The kind of entity.
    #[serde(rename = "type")]
    pub kind: DocumentationPartType,
    /// A resource's path; absent: `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A verb; absent: `*`, every method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A status code; absent: `*`, every status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    /// The name of an authorizer, a model, a parameter or a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What is wrong with a location (API reference, `DocumentationPartLocation`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// A member that the type does not have.
    #[error("The {member} field is not valid for documentation location type '{kind}'.")]
    Foreign {
        /// The member.
        member: &'static str,
        /// The location's type.
        kind: DocumentationPartType,
    },
    /// A name is missing.
    #[error("A name must be specified for documentation location type '{0}'.")]
    Nameless(DocumentationPartType),
    /// A path that does not start with a slash.
    #[error("Invalid documentation location path '{0}'. The path must start with /.")]
    Path(String),
    /// Neither a verb nor `*`.
    #[error("Invalid documentation location method '{0}'.")]
    Method(String),
    /// Neither three digits from 100 to 599 nor `*`.
    #[error("Invalid documentation location status code '{0}'.")]
    StatusCode(String),
}

impl DocumentationPartType {
    /// Whether its entities live below a resource.
    const fn has_path(self) -> bool {
        !matches!(self, Self::Api | Self::Authorizer | Self::Model)
    }

    const fn has_method(self) -> bool {
        self.has_path() && !matches!(self, Self::Resource)
    }

    const fn has_status(self) -> bool {
        matches!(self, Self::Response | Self::ResponseHeader | Self::ResponseBody)
    }

    const fn needs_name(self) -> bool {
        matches!(
            self,
            Self::Authorizer
                | Self::Model
                | Self::PathParameter
                | Self::QueryParameter
                | Self::RequestHeader
                | Self::ResponseHeader
        )
    }

    /// AWS's pages disagree on the name of a request body: it is taken, and not asked for.
    const fn has_name(self) -> bool {
        self.needs_name() || matches!(self, Self::RequestBody)
    }
}

impl DocumentationPartLocation {
    /// A location that only its kind names.
    pub const fn of(kind: DocumentationPartType) -> Self {
        Self { kind, path: None, method: None, status_code: None, name: None }
    }

    /// Drops members that are empty, which is how clients leave them out, and fills in what the type then means (developer
    /// guide, "Valid location fields of `DocumentationPart`").
    #[must_use]
    pub fn completed(mut self) -> Self {
        for member in [&mut self.path, &mut self.method, &mut self.status_code, &mut self.name] {
            *member = member.take().filter(|text| !text.trim().is_empty());
        }
        let kind = self.kind;
        let defaults = [
            (kind.has_path(), &mut self.path, "/"),
            (kind.has_method(), &mut self.method, "*"),
            (kind.has_status(), &mut self.status_code, "*"),
        ];
        for (_, member, default) in defaults.into_iter().filter(|(applies, ..)| *applies) {
            member.get_or_insert_with(|| default.to_owned());
        }
        self
    }

    /// Checks which members there are, and what they hold.
    pub fn check(&self) -> Result<(), LocationError> {
        let kind = self.kind;
        let members = [
            ("path", self.path.is_some(), kind.has_path()),
            ("method", self.method.is_some(), kind.has_method()),
            ("statusCode", self.status_code.is_some(), kind.has_status()),
            ("name", self.name.is_some(), kind.has_name()),
        ];
        if let Some((member, ..)) = members.into_iter().find(|(_, given, allowed)| *given && !allowed) {
            return Err(LocationError::Foreign { member, kind });
        }
        if kind.needs_name() && self.name.is_none() {
            return Err(LocationError::Nameless(kind));
        }
        if let Some(path) = self.path.as_ref().filter(|path| !path.starts_with('/')) {
            return Err(LocationError::Path(path.clone()));
        }
        let is_verb = |verb: &&String| verb.as_str() == "*" || verb.parse::<HttpMethod>().is_ok();
        if let Some(verb) = self.method.as_ref().filter(|verb| !is_verb(verb)) {
            return Err(LocationError::Method(verb.clone()));
        }
        match self.status_code.as_ref().filter(|code| !is_status_pattern(code)) {
            Some(code) => Err(LocationError::StatusCode(code.clone())),
            None => Ok(()),
        }
    }

    /// The location with its defaults written out: two parts of one API cannot have the same.
    pub fn target(&self) -> (DocumentationPartType, &str, &str, &str, &str) {
        (
            self.kind,
            self.path.as_deref().unwrap_or("/"),
            self.method.as_deref().unwrap_or("*"),
            self.status_code.as_deref().unwrap_or("*"),
            self.name.as_deref().unwrap_or_default(),
        )
    }
}

/// The service model's pattern of a location's status code: `[1-5]\d\d`, `*` or blank.
pub fn is_status_pattern(text: &str) -> bool {
    text == "*" || text.trim().is_empty() || text.parse::<super::StatusCode>().is_ok()
}
