//! What an import yields for HTTP APIs: the API's own settings, its routes with their integrations, and its authorizers.

use stagegate_model::http::{ApiBeyond, Authorizer, Cors, Integration, Route};
use stagegate_model::rest::{IpAddressType, StringMap};

use crate::document::Cursor;
use crate::error::{Warning, WarningKind};

/// An imported definition of an HTTP API and the remarks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedHttpApi {
    /// The API.
    pub api: HttpApiDefinition,
    /// Remarks, in the order in which they were noticed; those that are [`WarningKind::LeftOut`] are API Gateway's `importInfo`.
    pub warnings: Vec<Warning>,
}

/// An HTTP API as a definition describes it; members that it does not mention are absent. No noun has an id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HttpApiDefinition {
    /// `info.title`.
    pub name: String,
    /// `info.description`.
    pub description: Option<String>,
    /// `info.version`, as it was written.
    pub version: Option<String>,
    /// `x-amazon-apigateway-cors`.
    pub cors: Option<Cors>,
    /// The switch `disableExecuteApiEndpoint` of the endpoint configuration.
    pub disable_execute_api_endpoint: Option<bool>,
    /// `ipAddressType` of the endpoint configuration.
    pub ip_address_type: Option<IpAddressType>,
    /// The document's `tags`; one without `x-amazon-apigateway-tag-value` has an empty value.
    pub tags: StringMap,
    /// The security schemes with `x-amazon-apigateway-authorizer`, by the schemes' names.
    pub authorizers: Vec<Placed<Authorizer>>,
    /// The integrations: those of `components` first, then those of operations.
    pub integrations: Vec<Placed<Integration>>,
    /// The routes, in the order of the document.
    pub routes: Vec<Placed<RouteDefinition>>,
    /// What the definition asks for beyond AWS.
    pub beyond: Option<ApiBeyond>,
}

/// A route before there are ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteDefinition {
    /// The route. `authorizer_id` is the name of a security scheme, `target` is absent.
    pub route: Route,
    /// Which of the definition's integrations it has.
    pub integration: Option<usize>,
}

/// A noun and where the definition has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed<T> {
    /// The noun.
    pub noun: T,
    /// Line in the source, counted from 1; 0 where there is no source.
    pub line: u32,
    /// Column in the source, counted from 1 in characters.
    pub column: u32,
    /// Where in the document, as a JSON path.
    pub path: String,
}

impl<T> Placed<T> {
    /// A noun that no source has.
    pub fn nowhere(noun: T) -> Self {
        Self { noun, line: 0, column: 0, path: String::new() }
    }

    pub(crate) fn at(place: Cursor<'_>, noun: T) -> Self {
        let position = place.position();
        Self { noun, line: position.line, column: position.column, path: place.path() }
    }

    /// A remark on the noun that counts for `failOnWarnings`.
    pub fn warning(&self, message: impl Into<String>) -> Warning {
        let Self { line, column, path, .. } = self;
        Warning {
            kind: WarningKind::Definition,
            line: *line,
            column: *column,
            path: path.clone(),
            message: message.into(),
        }
    }
}
