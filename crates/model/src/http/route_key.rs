//! `{METHOD} {path}`, `ANY {path}` and `$default`: which requests a route of an HTTP API takes.

use std::fmt;

use crate::rest::HttpMethod;

/// A route key that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKey {
    /// `$default`: whatever no other route takes.
    Default,
    /// A method, or `ANY`, and a path.
    Path(HttpMethod, String),
}

/// Why a text is no route key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteKeyError {
    /// Neither `$default` nor two parts.
    #[error(
        "The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\""
    )]
    Form,
    /// A path that no request can match as it is meant.
    #[error("Invalid path in the route key: {0}")]
    Path(&'static str),
}

impl RouteKey {
    /// Reads a route key.
    ///
    /// # Errors
    /// A text of another form; a path that ends in `/` (fact H9), with an empty segment, a brace that is not around a whole
    /// segment, a name that comes twice, or anything behind `{name+}`.
    pub fn parse(text: &str) -> Result<Self, RouteKeyError> {
        if text == "$default" {
            return Ok(Self::Default);
        }
        let (method, path) = text.split_once(' ').ok_or(RouteKeyError::Form)?;
        let method: HttpMethod = method.parse().map_err(|_| RouteKeyError::Form)?;
        let segments = path.strip_prefix('/').ok_or(RouteKeyError::Form)?;
        if !segments.is_empty() {
            check_segments(segments)?;
        }
        Ok(Self::Path(method, path.to_owned()))
    }

    /// The key without the names of its variables: two keys with one shape take the same requests.
    #[must_use]
    pub fn shape(&self) -> Self {
        let Self::Path(method, path) = self else { return self.clone() };
        let segment = |segment| match str::strip_prefix(segment, '{') {
            Some(name) if name.ends_with("+}") => "{+}",
            Some(_) => "{}",
            None => segment,
        };
        Self::Path(*method, path.split('/').map(segment).collect::<Vec<_>>().join("/"))
    }
}

fn check_segments(segments: &str) -> Result<(), RouteKeyError> {
    let mut names = Vec::new();
    let mut parts = segments.split('/').peekable();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            return Err(RouteKeyError::Path("a segment is empty, or it ends in a slash"));
        }
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            if part.contains(['{', '}', ' ', '?', '#']) || part.chars().any(char::is_control) {
                return Err(RouteKeyError::Path("a segment has a character that is not allowed"));
            }
            continue;
        };
        let plain = name.strip_suffix('+').unwrap_or(name);
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte)) {
            return Err(RouteKeyError::Path("a variable has letters, digits and . _ - : only"));
        }
        if plain != name && parts.peek().is_some() {
            return Err(RouteKeyError::Path("a greedy variable must be the last segment"));
        }
        if names.contains(&plain) {
            return Err(RouteKeyError::Path("a variable comes twice"));
        }
        names.push(plain);
    }
    Ok(())
}

impl fmt::Display for RouteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("$default"),
            Self::Path(method, path) => write!(formatter, "{method} {path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_print_as_they_were_read() {
        for key in ["$default", "GET /", "ANY /pets/{petId}", "POST /a.b/{c}/{proxy+}", "DELETE /x~y"] {
            assert_eq!(RouteKey::parse(key).map(|key| key.to_string()).as_deref(), Ok(key));
        }
    }

    #[test]
    fn what_no_request_can_match_is_refused() {
        for key in [
            "",
            "GET",
            "GET pets",
            "get /pets",
            "GET  /pets",
            "$connect",
            "GET /pets/",
            "GET //",
            "GET /a//b",
            "GET /{}",
            "GET /{a}b",
            "GET /{a}/{a}",
            "GET /{p+}/x",
            "GET /a?b",
            "GET /a\0b",
            "GET /a\r\nb",
            "GET /{a+b}",
            "FETCH /x",
        ] {
            assert!(RouteKey::parse(key).is_err(), "{key}");
        }
    }

    #[test]
    fn keys_that_differ_in_names_of_variables_only_have_one_shape() {
        let shape = |key: &str| RouteKey::parse(key).expect(key).shape();
        for (one, other, is_same) in [
            ("GET /{a}", "GET /{b}", true),
            ("GET /x/{a}/y/{p+}", "GET /x/{b}/y/{q+}", true),
            ("GET /{a}", "GET /{a+}", false),
            ("GET /{a}", "POST /{a}", false),
            ("GET /{a}", "ANY /{a}", false),
            ("GET /{a}/x", "GET /{b}/y", false),
            ("GET /{a}", "GET /a", false),
            ("$default", "$default", true),
        ] {
            assert_eq!(shape(one) == shape(other), is_same, "{one} and {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(GET|ANY|\\$default|/|\\{|\\}|\\+|a| ){0,10}") {
            if let Ok(key) = RouteKey::parse(&text) {
                proptest::prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
