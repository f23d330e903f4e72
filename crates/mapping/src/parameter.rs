//! Parameter mapping of REST integrations: `integration.request.*` and `method.response.header.*` with their sources.

use crate::body::BodySource;
use crate::context::ContextVariable;

/// Where a mapped value of an integration request goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestTarget {
    /// `integration.request.header.NAME`.
    Header(Box<str>),
    /// `integration.request.querystring.NAME`.
    Query(Box<str>),
    /// `integration.request.path.NAME`: a placeholder of the URI.
    Path(Box<str>),
}

/// Where a mapped value of an integration request comes from (facts 47, 49 and 51: names are case-sensitive).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestSource {
    /// `method.request.header.NAME`: the last value of that name.
    Header(Box<str>),
    /// `method.request.multivalueheader.NAME`: all values, comma-joined.
    MultiHeader(Box<str>),
    /// `method.request.querystring.NAME`: the last value of that name.
    Query(Box<str>),
    /// `method.request.multivaluequerystring.NAME`: all values, each its own parameter.
    MultiQuery(Box<str>),
    /// `method.request.path.NAME`.
    Path(Box<str>),
    /// `method.request.body` or a `JSONPath` below it.
    Body(BodySource),
    /// `context.NAME`.
    Context(ContextVariable),
    /// `stageVariables.NAME`.
    StageVariable(Box<str>),
    /// `'text'`.
    Static(Box<str>),
}

/// Where a mapped response header comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResponseSource {
    /// `integration.response.header.NAME`.
    Header(Box<str>),
    /// `integration.response.multivalueheader.NAME`.
    MultiHeader(Box<str>),
    /// `integration.response.body` or a `JSONPath` below it.
    Body(BodySource),
    /// `context.NAME`.
    Context(ContextVariable),
    /// `stageVariables.NAME`.
    StageVariable(Box<str>),
    /// `'text'`.
    Static(Box<str>),
}

/// A mapping expression that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid mapping expression specified: {expression}")]
pub struct MappingError {
    /// The expression as it was written.
    pub expression: String,
}

fn invalid(expression: &str) -> MappingError {
    MappingError { expression: expression.to_owned() }
}

/// The part after `prefix`, when it names something.
fn named<'a>(expression: &'a str, prefix: &str) -> Option<&'a str> {
    expression.strip_prefix(prefix).filter(|name| !name.is_empty())
}

/// The sources that requests and responses share.
fn shared<T>(
    expression: &str,
    text: impl Fn(Box<str>) -> T,
    variable: impl Fn(Box<str>) -> T,
    context: impl Fn(ContextVariable) -> T,
) -> Option<T> {
    if let Some(inner) = expression.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(text(inner.into()));
    }
    if let Some(name) = named(expression, "stageVariables.") {
        return Some(variable(name.into()));
    }
    named(expression, "context.").map(|name| context(ContextVariable::named(name)))
}

impl RequestTarget {
    /// Parses `integration.request.{header,querystring,path}.NAME`.
    ///
    /// # Errors
    /// Any other expression.
    pub fn parse(expression: &str) -> Result<Self, MappingError> {
        let target = |prefix| named(expression, prefix).map(Box::<str>::from);
        target("integration.request.header.")
            .map(Self::Header)
            .or_else(|| target("integration.request.querystring.").map(Self::Query))
            .or_else(|| target("integration.request.path.").map(Self::Path))
            .ok_or_else(|| invalid(expression))
    }
}

impl RequestSource {
    /// Parses the value of a request mapping.
    ///
    /// # Errors
    /// Anything that is no source.
    pub fn parse(expression: &str) -> Result<Self, MappingError> {
        let source = |prefix| named(expression, prefix).map(Box::<str>::from);
        if let Some(rest) = expression.strip_prefix("method.request.body") {
            return BodySource::parse(rest).map(Self::Body).ok_or_else(|| invalid(expression));
        }
        source("method.request.header.")
            .map(Self::Header)
            .or_else(|| source("method.request.multivalueheader.").map(Self::MultiHeader))
            .or_else(|| source("method.request.querystring.").map(Self::Query))
            .or_else(|| source("method.request.multivaluequerystring.").map(Self::MultiQuery))
            .or_else(|| source("method.request.path.").map(Self::Path))
            .or_else(|| shared(expression, Self::Static, Self::StageVariable, Self::Context))
            .ok_or_else(|| invalid(expression))
    }
}

impl ResponseSource {
    /// Parses the value of a response mapping.
    ///
    /// # Errors
    /// Anything that is no source.
    pub fn parse(expression: &str) -> Result<Self, MappingError> {
        let source = |prefix| named(expression, prefix).map(Box::<str>::from);
        if let Some(rest) = expression.strip_prefix("integration.response.body") {
            return BodySource::parse(rest).map(Self::Body).ok_or_else(|| invalid(expression));
        }
        source("integration.response.header.")
            .map(Self::Header)
            .or_else(|| source("integration.response.multivalueheader.").map(Self::MultiHeader))
            .or_else(|| shared(expression, Self::Static, Self::StageVariable, Self::Context))
            .ok_or_else(|| invalid(expression))
    }
}

/// The header name of `method.response.header.NAME`.
///
/// # Errors
/// Any other expression.
pub fn parse_response_target(expression: &str) -> Result<Box<str>, MappingError> {
    named(expression, "method.response.header.").map(Box::from).ok_or_else(|| invalid(expression))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_sources_are_closed() {
        let cases: &[(&str, Option<RequestSource>)] = &[
            ("method.request.header.X-A", Some(RequestSource::Header("X-A".into()))),
            ("method.request.multivalueheader.X-A", Some(RequestSource::MultiHeader("X-A".into()))),
            ("method.request.querystring.q", Some(RequestSource::Query("q".into()))),
            ("method.request.multivaluequerystring.q", Some(RequestSource::MultiQuery("q".into()))),
            ("method.request.path.id", Some(RequestSource::Path("id".into()))),
            ("method.request.body.a", BodySource::parse(".a").map(RequestSource::Body)),
            ("method.request.body", BodySource::parse("").map(RequestSource::Body)),
            ("method.request.body[0].b", BodySource::parse("[0].b").map(RequestSource::Body)),
            ("method.request.body.", None),
            ("method.request.bodyguard", None),
            ("context.requestId", Some(RequestSource::Context(ContextVariable::RequestId))),
            ("stageVariables.v", Some(RequestSource::StageVariable("v".into()))),
            ("'it''s'", Some(RequestSource::Static("it''s".into()))),
            ("''", Some(RequestSource::Static("".into()))),
            ("'", None),
            ("method.request.header.", None),
            ("method.response.header.x", None),
            ("plain", None),
            ("", None),
        ];
        for (expression, source) in cases {
            assert_eq!(RequestSource::parse(expression).ok(), *source, "{expression}");
        }
    }

    #[test]
    fn targets_and_response_sources_are_closed() {
        assert_eq!(RequestTarget::parse("integration.request.path.proxy"), Ok(RequestTarget::Path("proxy".into())));
        assert_eq!(RequestTarget::parse("integration.request.header.X"), Ok(RequestTarget::Header("X".into())));
        assert_eq!(RequestTarget::parse("integration.request.querystring.q"), Ok(RequestTarget::Query("q".into())));
        assert!(RequestTarget::parse("integration.request.cookie.x").is_err());
        assert_eq!(
            ResponseSource::parse("integration.response.header.ETag"),
            Ok(ResponseSource::Header("ETag".into()))
        );
        assert!(ResponseSource::parse("method.request.header.x").is_err());
        assert_eq!(parse_response_target("method.response.header.X"), Ok("X".into()));
        assert!(parse_response_target("method.response.body").is_err());
    }
}
