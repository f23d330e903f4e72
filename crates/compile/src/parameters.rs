//! Request mappings: `integration.request.{header,querystring,path}.x` and their sources.

use stagegate_mapping::{RequestSource, RequestTarget};
use stagegate_model::rest::StringMap;

use crate::finding::{Refusal, Subject};

/// Headers no mapping may set towards an HTTP back end: AWS refuses the first four at request time (fact 41), the others
/// would change the connection itself.
const FORBIDDEN_HEADERS: &[&str] = &[
    "content-length",
    "transfer-encoding",
    "x-amzn-trace-id",
    "x-amzn-apigateway-api-id",
    "connection",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
];

/// A mapped name and where its value comes from.
pub(crate) type Mapped = (Box<str>, RequestSource);

/// Compiled request mappings by where they go.
#[derive(Debug, Default)]
pub(crate) struct RequestMappings {
    pub(crate) headers: Vec<Mapped>,
    pub(crate) query: Vec<Mapped>,
    pub(crate) path: Vec<Mapped>,
}

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::RequestParameter, why)
}

/// Compiles an integration's `requestParameters`.
pub(crate) fn request_mappings(parameters: Option<&StringMap>) -> Result<RequestMappings, Refusal> {
    let mut mappings = RequestMappings::default();
    for (target, expression) in parameters.into_iter().flatten() {
        let source = RequestSource::parse(expression).map_err(|error| refuse(error.to_string()))?;
        if let RequestSource::Body(_) = source {
            return Err(refuse(format!("mapping `{expression}` from the body is not served yet")));
        }
        match RequestTarget::parse(target).map_err(|error| refuse(error.to_string()))? {
            RequestTarget::Header(name) => {
                check_header(&name, &source)?;
                mappings.headers.push((name, source));
            }
            RequestTarget::Query(name) => mappings.query.push((name, source)),
            RequestTarget::Path(name) => mappings.path.push((name, source)),
        }
    }
    Ok(mappings)
}

fn check_header(name: &str, source: &RequestSource) -> Result<(), Refusal> {
    if !is_token(name) {
        return Err(refuse(format!("`{name}` is not a header name")));
    }
    if FORBIDDEN_HEADERS.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
        return Err(refuse(format!("the header `{name}` cannot be mapped")));
    }
    match source {
        RequestSource::Static(text) if !is_field_value(text) => {
            Err(refuse(format!("the static value of the header `{name}` has control characters")))
        }
        _ => Ok(()),
    }
}

/// Whether a name is a token (RFC 9110 §5.6.2), as every header name must be.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether a text can stand in a header line: no control characters but tab (RFC 9110 §5.5).
pub(crate) fn is_field_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(target: &str, source: &str) -> Result<RequestMappings, Refusal> {
        request_mappings(Some(&StringMap::from([(target.to_owned(), source.to_owned())])))
    }

    #[test]
    fn mappings_sort_by_target() {
        let mappings = request_mappings(Some(&StringMap::from([
            ("integration.request.header.X-A".to_owned(), "method.request.header.x-b".to_owned()),
            ("integration.request.querystring.q".to_owned(), "'1'".to_owned()),
            ("integration.request.path.id".to_owned(), "method.request.path.petId".to_owned()),
        ])))
        .unwrap();
        assert_eq!(mappings.headers, [("X-A".into(), RequestSource::Header("x-b".into()))]);
        assert_eq!(mappings.query, [("q".into(), RequestSource::Static("1".into()))]);
        assert_eq!(mappings.path, [("id".into(), RequestSource::Path("petId".into()))]);
    }

    #[test]
    fn what_would_change_framing_or_inject_is_refused() {
        for (target, source) in [
            ("integration.request.header.Content-Length", "'0'"),
            ("integration.request.header.TRANSFER-ENCODING", "'chunked'"),
            ("integration.request.header.X-Amzn-Trace-Id", "'x'"),
            ("integration.request.header.Connection", "'close'"),
            ("integration.request.header.X Y", "'x'"),
            ("integration.request.header.X\r\nY", "'x'"),
            ("integration.request.header.X", "'a\r\nY: b'"),
            ("integration.request.header.X", "method.request.body.a"),
            ("integration.request.header.X", "input.body"),
            ("integration.request.body", "'x'"),
        ] {
            assert!(compiled(target, source).is_err(), "{target} {source}");
        }
    }

    #[test]
    fn headers_that_aws_lets_a_mapping_set_are_allowed() {
        for name in ["Host", "Content-Encoding", "Content-MD5", "Max-Forwards", "Server", "Trailer", "Authorization"] {
            assert!(compiled(&format!("integration.request.header.{name}"), "'x'").is_ok(), "{name}");
        }
    }
}
