//! Parameter mapping of HTTP APIs: `append:header.x`, `overwrite:path` and their like, with their values.

use crate::body::BodySource;
use crate::context::ContextVariable;
use crate::header::is_token;

/// What is done to a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpEdit {
    /// `append`: another value beside those there are.
    Append,
    /// `overwrite`: the only value.
    Overwrite,
    /// `remove`: no value.
    Remove,
}

/// What is mapped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HttpTarget {
    /// `{edit}:header.NAME`
    Header(HttpEdit, Box<str>),
    /// `{edit}:querystring.NAME`, of requests.
    Query(HttpEdit, Box<str>),
    /// `overwrite:path`, of requests.
    Path,
    /// `overwrite:statuscode`, of responses.
    StatusCode,
}

/// Where a part of a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HttpSource {
    /// `$request.header.NAME` or `$response.header.NAME`: all values, comma-joined; names in any letter case.
    Header(Box<str>),
    /// `$request.querystring.NAME`: all values, comma-joined; names are case-sensitive.
    Query(Box<str>),
    /// `$request.body` or `$response.body`, or a `JSONPath` below it.
    Body(BodySource),
    /// `$request.path`: without the stage.
    Path,
    /// `$request.path.NAME`
    PathParameter(Box<str>),
    /// `$context.NAME`
    Context(ContextVariable),
    /// `$stageVariables.NAME`
    StageVariable(Box<str>),
}

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HttpValuePart {
    /// Text that is copied.
    Literal(Box<str>),
    /// What is looked up.
    Source(HttpSource),
}

/// A parameter mapping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpMapping {
    /// What is mapped.
    pub target: HttpTarget,
    /// The pieces of the value; none where something is removed.
    pub value: Box<[HttpValuePart]>,
}

/// A mapping that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpMappingError {
    /// The key names nothing that can be mapped.
    #[error("Invalid parameter mapping key {0}: it must be {1}")]
    Target(String, &'static str),
    /// The value names nothing that can be looked up.
    #[error("Invalid parameter mapping value {0}")]
    Value(String),
    /// A header that API Gateway keeps for itself (fact H51).
    #[error("Operations on header {0} are restricted")]
    Reserved(String),
}

/// What is mapped: a request on its way to a back end, or the back end's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpDirection {
    /// A request.
    Request,
    /// A response.
    Response,
}

/// Names of headers that mappings may neither write nor read (developer guide, "Transforming API requests and responses").
const RESERVED: &[&str] = &[
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "via",
];
/// Beginnings of such names.
const RESERVED_PREFIXES: &[&str] = &["access-control-", "apigw-", "x-amz-", "x-amzn-"];

impl HttpMapping {
    /// Parses a key and its value.
    ///
    /// # Errors
    /// A key or a value that does not exist in that direction, or a reserved header.
    pub fn parse(direction: HttpDirection, key: &str, value: &str) -> Result<Self, HttpMappingError> {
        let target = target(direction, key)?;
        let is_removal =
            matches!(target, HttpTarget::Header(HttpEdit::Remove, _) | HttpTarget::Query(HttpEdit::Remove, _));
        let value = if is_removal { Box::default() } else { parse_value(direction, value)? };
        Ok(Self { target, value })
    }
}

fn target(direction: HttpDirection, key: &str) -> Result<HttpTarget, HttpMappingError> {
    const REQUEST: &str =
        "append|overwrite|remove:header.NAME, append|overwrite|remove:querystring.NAME or overwrite:path";
    const RESPONSE: &str = "append|overwrite|remove:header.NAME or overwrite:statuscode";
    let allowed = if direction == HttpDirection::Request { REQUEST } else { RESPONSE };
    let invalid = || HttpMappingError::Target(key.to_owned(), allowed);
    let (edit, place) = key.split_once(':').ok_or_else(invalid)?;
    let edit = match edit {
        "append" => HttpEdit::Append,
        "overwrite" => HttpEdit::Overwrite,
        "remove" => HttpEdit::Remove,
        _ => return Err(invalid()),
    };
    if let Some(name) = place.strip_prefix("header.") {
        return header(name).and_then(|name| name.ok_or_else(invalid)).map(|name| HttpTarget::Header(edit, name));
    }
    match (direction, place.strip_prefix("querystring."), place) {
        (HttpDirection::Request, Some(name), _) if !name.is_empty() => Ok(HttpTarget::Query(edit, name.into())),
        (HttpDirection::Request, None, "path") if edit == HttpEdit::Overwrite => Ok(HttpTarget::Path),
        (HttpDirection::Response, None, "statuscode") if edit == HttpEdit::Overwrite => Ok(HttpTarget::StatusCode),
        _ => Err(invalid()),
    }
}

/// A header that mappings may name; `None` for what is no header's name.
fn header(name: &str) -> Result<Option<Box<str>>, HttpMappingError> {
    let lower = name.to_ascii_lowercase();
    let is_reserved =
        RESERVED.contains(&lower.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix));
    if is_reserved {
        return Err(HttpMappingError::Reserved(name.to_owned()));
    }
    Ok(is_token(name).then(|| name.into()))
}

/// Parses a value: text with `${…}` in it, or one selection expression that begins with `$`.
///
/// # Errors
/// An expression that names nothing, or a reserved header.
pub fn parse_value(direction: HttpDirection, text: &str) -> Result<Box<[HttpValuePart]>, HttpMappingError> {
    let invalid = || HttpMappingError::Value(text.to_owned());
    if let Some(expression) = text.strip_prefix('$').filter(|rest| !rest.starts_with('{')) {
        let source = source(direction, expression)?.ok_or_else(invalid)?;
        return Ok([HttpValuePart::Source(source)].into());
    }
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let (expression, after) = after.split_once('}').ok_or_else(invalid)?;
        if !before.is_empty() {
            parts.push(HttpValuePart::Literal(before.into()));
        }
        parts.push(HttpValuePart::Source(source(direction, expression)?.ok_or_else(invalid)?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(HttpValuePart::Literal(rest.into()));
    }
    Ok(parts.into())
}

fn source(direction: HttpDirection, expression: &str) -> Result<Option<HttpSource>, HttpMappingError> {
    let named = |prefix: &str| expression.strip_prefix(prefix).filter(|name| !name.is_empty());
    if let Some(name) = named("context.") {
        return Ok(Some(HttpSource::Context(ContextVariable::named(name))));
    }
    if let Some(name) = named("stageVariables.") {
        return Ok(Some(HttpSource::StageVariable(name.into())));
    }
    let prefix = if direction == HttpDirection::Request { "request." } else { "response." };
    let Some(part) = named(prefix) else { return Ok(None) };
    if let Some(name) = part.strip_prefix("header.") {
        return Ok(header(name)?.map(HttpSource::Header));
    }
    if let Some(path) = part.strip_prefix("body") {
        return Ok(body(path).map(HttpSource::Body));
    }
    let of_request = |source| Some(source).filter(|_| direction == HttpDirection::Request);
    Ok(match (part, part.strip_prefix("querystring."), part.strip_prefix("path.")) {
        ("path", ..) => of_request(HttpSource::Path),
        (_, Some(name), _) if !name.is_empty() => of_request(HttpSource::Query(name.into())),
        (.., Some(name)) if !name.is_empty() => of_request(HttpSource::PathParameter(name.into())),
        _ => None,
    })
}

/// A path into a body; recursive descent and filters are not supported (developer guide).
fn body(path: &str) -> Option<BodySource> {
    if path.contains("..") || path.contains("?(") { None } else { BodySource::parse(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &str, value: &str) -> Result<HttpMapping, HttpMappingError> {
        HttpMapping::parse(HttpDirection::Request, key, value)
    }

    #[test]
    fn the_guides_examples_are_read() {
        let appended = request("append:header.header1", "$context.requestId").expect("a mapping");
        assert_eq!(appended.target, HttpTarget::Header(HttpEdit::Append, "header1".into()));
        let expected = [HttpValuePart::Source(HttpSource::Context(ContextVariable::RequestId))];
        assert_eq!(*appended.value, expected);
        assert!(request("remove:header.header1", "''").expect("a mapping").value.is_empty());
        let path = request("overwrite:path", "/v1/${request.path.name}-${request.querystring.id}").expect("a mapping");
        assert_eq!((path.target, path.value.len()), (HttpTarget::Path, 4));
        let status = HttpMapping::parse(HttpDirection::Response, "overwrite:statuscode", "403").expect("a mapping");
        assert_eq!(status.target, HttpTarget::StatusCode);
    }

    #[test]
    fn fact_h51_reserved_headers_are_neither_written_nor_read() {
        for name in ["Authorization", "apigw-requestid", "X-Amz-Date", "access-control-allow-origin", "VIA"] {
            for mapping in [
                request(&format!("append:header.{name}"), "x"),
                request("append:header.x", &format!("$request.header.{name}")),
                HttpMapping::parse(
                    HttpDirection::Response,
                    "append:header.x",
                    &format!("a${{response.header.{name}}}"),
                ),
            ] {
                assert_eq!(mapping, Err(HttpMappingError::Reserved(name.to_owned())));
            }
        }
    }

    #[test]
    fn what_does_not_exist_in_a_direction_is_refused() {
        use HttpDirection::{Request, Response};
        let cases = [
            (Request, "append:path", "x"),
            (Request, "overwrite:statuscode", "403"),
            (Request, "overwrite:header.", "x"),
            (Request, "overwrite:header.a b", "x"),
            (Request, "set:header.a", "x"),
            (Request, "header.a", "x"),
            (Request, "append:header.a", "$response.header.b"),
            (Request, "append:header.a", "$nonsense"),
            (Request, "append:header.a", "${request.header.b"),
            (Request, "append:header.a", "$request.body..b"),
            (Response, "append:querystring.a", "x"),
            (Response, "overwrite:path", "x"),
            (Response, "append:header.a", "$request.path"),
            (Response, "append:header.a", "$response.querystring.a"),
        ];
        for (direction, key, value) in cases {
            assert!(HttpMapping::parse(direction, key, value).is_err(), "{key} {value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(key in "(append|overwrite|remove|:|header\\.|querystring\\.|path|a|statuscode){0,5}", value in "(\\$|\\{|\\}|request\\.|header\\.|body|path|\\.|a){0,8}") {
            for direction in [HttpDirection::Request, HttpDirection::Response] {
                if let Ok(mapping) = HttpMapping::parse(direction, &key, &value) {
                    let adjacent = mapping.value.windows(2).any(|parts| matches!(parts, [HttpValuePart::Literal(_), HttpValuePart::Literal(_)]));
                    proptest::prop_assert!(!adjacent);
                }
            }
        }
    }
}
