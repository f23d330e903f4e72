//! Request mappings: `integration.request.{header,querystring,path}.x` and their sources.

use stagegate_mapping::{RequestSource, RequestTarget, is_token, may_set_header};
use stagegate_model::rest::StringMap;

use crate::finding::{Refusal, Subject};

/// A mapped name and where its value comes from.
pub(crate) type Mapped = (Box<str>, RequestSource);

/// Compiled request mappings by where they go.
#[derive(Debug, Default)]
pub(crate) struct RequestMappings {
    pub(crate) headers: Vec<Mapped>,
    pub(crate) query: Vec<Mapped>,
    pub(crate) path: Vec<Mapped>,
}

impl RequestMappings {
    /// Whether a value comes from the request's body.
    pub(crate) fn read_body(&self) -> bool {
        let mut all = self.headers.iter().chain(&self.query).chain(&self.path);
        all.any(|(_, source)| matches!(source, RequestSource::Body(_)))
    }
}

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::RequestParameter, why)
}

/// Compiles an integration's `requestParameters`.
pub(crate) fn request_mappings(parameters: Option<&StringMap>) -> Result<RequestMappings, Refusal> {
    let mut mappings = RequestMappings::default();
    for (target, expression) in parameters.into_iter().flatten() {
        let source = RequestSource::parse(expression).map_err(|error| refuse(error.to_string()))?;
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
    if !may_set_header(name) {
        return Err(refuse(format!("the header `{name}` cannot be mapped")));
    }
    match source {
        RequestSource::Static(text) if !is_field_value(text) => {
            Err(refuse(format!("the static value of the header `{name}` has control characters")))
        }
        _ => Ok(()),
    }
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
