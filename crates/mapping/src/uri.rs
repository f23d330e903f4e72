//! Integration URIs: `${stageVariables.x}` bound when the stage changes, `{name}` filled for each request.

/// One piece of a URI template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UriPart {
    /// Text that is copied.
    Literal(Box<str>),
    /// `{name}`: a mapped path parameter.
    Parameter(Box<str>),
}

/// A URI with its stage variables bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriTemplate {
    /// The pieces in order; neighbouring literals are joined.
    pub parts: Box<[UriPart]>,
}

/// Why a URI cannot be bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// The stage has no such variable.
    #[error("the stage has no variable `{name}` that the integration URI names")]
    MissingVariable {
        /// The variable's name.
        name: String,
    },
    /// A brace is not closed, or names nothing.
    #[error("the integration URI has an unclosed or empty `{{` at byte {at}")]
    Brace {
        /// The offset of the brace in the URI after binding.
        at: usize,
    },
}

/// Replaces every `${stageVariables.NAME}`.
fn bind<'v>(source: &str, variable: impl Fn(&str) -> Option<&'v str>) -> Result<String, UriError> {
    const OPEN: &str = "${stageVariables.";
    let mut bound = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(OPEN) {
        bound.push_str(&rest[..at]);
        let tail = &rest[at + OPEN.len()..];
        let end = tail.find('}').ok_or(UriError::Brace { at: bound.len() })?;
        let name = &tail[..end];
        let value = variable(name).ok_or_else(|| UriError::MissingVariable { name: name.to_owned() })?;
        bound.push_str(value);
        rest = &tail[end + 1..];
    }
    bound.push_str(rest);
    Ok(bound)
}

impl UriTemplate {
    /// Binds stage variables and splits the result at its placeholders.
    ///
    /// # Errors
    /// A variable the stage lacks, or a brace that is not closed.
    pub fn bind<'v>(source: &str, variable: impl Fn(&str) -> Option<&'v str>) -> Result<Self, UriError> {
        let bound = bind(source, variable)?;
        let mut parts = Vec::new();
        let mut rest = bound.as_str();
        while let Some(at) = rest.find('{') {
            let offset = bound.len() - rest.len() + at;
            let end = rest[at..]
                .find('}')
                .map(|end| at + end)
                .filter(|end| *end > at + 1)
                .ok_or(UriError::Brace { at: offset })?;
            if at > 0 {
                parts.push(UriPart::Literal(rest[..at].into()));
            }
            // `{proxy+}` in a URI means the same as `{proxy}`.
            parts.push(UriPart::Parameter(rest[at + 1..end].trim_end_matches('+').into()));
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(UriPart::Literal(rest.into()));
        }
        Ok(Self { parts: parts.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<&'static str> {
        match name {
            "host" => Some("example.test:8080"),
            "empty" => Some(""),
            _ => None,
        }
    }

    #[test]
    fn variables_bind_and_placeholders_split() {
        let literal = |text: &str| UriPart::Literal(text.into());
        let parameter = |name: &str| UriPart::Parameter(name.into());
        let cases: &[(&str, &[UriPart])] = &[
            ("http://a/b", &[literal("http://a/b")]),
            ("http://${stageVariables.host}/v${stageVariables.empty}", &[literal("http://example.test:8080/v")]),
            ("http://a/{proxy}", &[literal("http://a/"), parameter("proxy")]),
            ("http://a/{proxy+}", &[literal("http://a/"), parameter("proxy")]),
            (
                "http://a/{x}/b/{y}?z=1",
                &[literal("http://a/"), parameter("x"), literal("/b/"), parameter("y"), literal("?z=1")],
            ),
        ];
        for (source, parts) in cases {
            assert_eq!(UriTemplate::bind(source, variable).unwrap().parts.as_ref(), *parts, "{source}");
        }
    }

    #[test]
    fn what_cannot_be_bound_says_why() {
        assert_eq!(
            UriTemplate::bind("http://${stageVariables.nope}/", variable),
            Err(UriError::MissingVariable { name: "nope".into() })
        );
        assert_eq!(UriTemplate::bind("http://a/{x", variable), Err(UriError::Brace { at: 9 }));
        assert_eq!(UriTemplate::bind("http://a/{}", variable), Err(UriError::Brace { at: 9 }));
        assert!(UriTemplate::bind("http://${stageVariables.host", variable).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_binds_or_is_refused(source in ".{0,60}") {
            let _ = UriTemplate::bind(&source, variable);
        }
    }
}
