//! The URL of a service that is elsewhere than at AWS.

use std::str::FromStr;
use std::sync::Arc;

use http::Uri;
use stagegate_plan::{Endpoint, EndpointPart, Scheme, Way};

/// What is allowed, in words.
pub(crate) const ALLOWED: &str = "an http:// or https:// URL without user and query, such as http://127.0.0.1:4566";

/// A URL, taken apart. Its path, if it has one, stands before the path of every operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceUrl {
    endpoint: Arc<Endpoint>,
    text: String,
}

impl ServiceUrl {
    /// The place for the data plane.
    pub(crate) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// The URL without a slash at its end.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ServiceUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let text = text.trim_end_matches('/');
        let uri: Uri = text.parse().map_err(|_not_a_uri| ALLOWED)?;
        let authority = uri.authority().filter(|it| !it.as_str().contains('@') && !it.host().is_empty());
        let authority = authority.ok_or(ALLOWED)?;
        let (scheme, default_port) = match uri.scheme_str() {
            Some("http") => (Scheme::Http, 80),
            Some("https") => (Scheme::Https, 443),
            _ => return Err(ALLOWED),
        };
        let has_port = authority.as_str().rsplit(']').next().is_some_and(|rest| rest.contains(':'));
        if uri.query().is_some() || (has_port && authority.port_u16().is_none_or(|port| port == 0)) {
            return Err(ALLOWED);
        }
        let path = uri.path().trim_end_matches('/');
        let endpoint = Endpoint {
            scheme,
            host: authority.host().trim_matches(['[', ']']).to_ascii_lowercase().into(),
            port: authority.port_u16().unwrap_or(default_port),
            authority: authority.as_str().into(),
            origin: format!("{}://{}", uri.scheme_str().unwrap_or_default(), authority.as_str().to_ascii_lowercase())
                .into(),
            path: if path.is_empty() { Box::default() } else { Box::new([EndpointPart::Literal(path.into())]) },
            query: None,
            way: Way::default(),
        };
        Ok(Self { endpoint: Arc::new(endpoint), text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (text, host, port, origin, path) in [
            ("http://127.0.0.1:4566", "127.0.0.1", 4566, "http://127.0.0.1:4566", None),
            ("http://127.0.0.1:4566/", "127.0.0.1", 4566, "http://127.0.0.1:4566", None),
            (
                "https://Vpce-1.sqs.eu-west-1.example",
                "vpce-1.sqs.eu-west-1.example",
                443,
                "https://vpce-1.sqs.eu-west-1.example",
                None,
            ),
            ("http://[::1]:80/aws/", "::1", 80, "http://[::1]:80", Some("/aws")),
        ] {
            let url: ServiceUrl = text.parse().expect(text);
            let endpoint = url.endpoint();
            assert_eq!((&*endpoint.host, endpoint.port, &*endpoint.origin), (host, port, origin), "{text}");
            let expected: Vec<EndpointPart> = path.map(|path| EndpointPart::Literal(path.into())).into_iter().collect();
            assert_eq!(endpoint.path.to_vec(), expected, "{text}");
        }
    }

    #[test]
    fn whatever_is_no_such_url_is_refused() {
        for text in [
            "",
            "localhost",
            "localhost:1",
            "ftp://a",
            "http://",
            "http://u@a",
            "http://a?b",
            "http://a:99999",
            "http://a:0",
        ] {
            assert_eq!(text.parse::<ServiceUrl>(), Err(ALLOWED), "{text}");
        }
    }
}
