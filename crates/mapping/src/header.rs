//! Which headers of an integration request a mapping or a template may set.

/// Headers that neither may set towards an HTTP back end: AWS refuses the first four at request time (fact 41), the others
/// would change the connection itself.
const FORBIDDEN: &[&str] = &[
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

/// Whether a mapping may set a header of this name, in any letter case.
pub fn may_set_header(name: &str) -> bool {
    is_token(name) && !FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden))
}

/// Whether a name is a token (RFC 9110 §5.6.2), as every header name must be.
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
