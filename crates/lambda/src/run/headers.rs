//! The `Lambda-Runtime-*` headers of an event.

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue};

use crate::error::InvokeError;
use crate::invocation::Invocation;

/// Bytes of a client context (AWS, "Invoke": 3,583 bytes of base64).
const CLIENT_CONTEXT_BYTES: usize = 3_583;
/// Bytes of any other value.
const VALUE_BYTES: usize = 2_048;

/// The headers of an event but its deadline.
///
/// # Errors
/// A value that cannot be a header.
pub(crate) fn runtime_headers(
    invocation: &Invocation,
    request_id: &str,
    default_arn: &str,
) -> Result<HeaderMap, InvokeError> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let arn = invocation.invoked_arn.as_deref().unwrap_or(default_arn);
    for (name, value, limit_bytes) in [
        ("lambda-runtime-aws-request-id", Some(request_id), 128),
        ("lambda-runtime-invoked-function-arn", Some(arn), VALUE_BYTES),
        ("lambda-runtime-trace-id", invocation.trace_header.as_deref(), VALUE_BYTES),
        ("lambda-runtime-client-context", invocation.client_context.as_deref(), CLIENT_CONTEXT_BYTES),
        ("lambda-runtime-cognito-identity", invocation.cognito_identity.as_deref(), VALUE_BYTES),
    ] {
        let Some(value) = value else { continue };
        let refuse = |reason: &str| InvokeError::InvalidRequestContent { reason: format!("{name} {reason}") };
        if value.len() > limit_bytes {
            return Err(refuse(&format!("is over {limit_bytes} bytes")));
        }
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refuse("has control characters"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::FunctionId;

    #[test]
    fn only_what_is_given_becomes_a_header() {
        let mut invocation = Invocation::new(FunctionId::latest("f"), "{}");
        let headers = runtime_headers(&invocation, "id", "arn").expect("plain text");
        assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn");
        assert_eq!(headers.len(), 3);
        invocation.client_context = Some(r#"{"custom":{"a":"ä"}}"#.to_owned());
        invocation.invoked_arn = Some("arn:prod".to_owned());
        let headers = runtime_headers(&invocation, "id", "arn").expect("text");
        assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:prod");
        assert_eq!(headers["lambda-runtime-client-context"].as_bytes(), r#"{"custom":{"a":"ä"}}"#.as_bytes());
    }

    #[test]
    fn what_cannot_be_a_header_is_refused() {
        let mut invocation = Invocation::new(FunctionId::latest("f"), "{}");
        invocation.trace_header = Some("a\r\nx: y".to_owned());
        assert!(runtime_headers(&invocation, "id", "arn").is_err());
        invocation.trace_header = None;
        invocation.client_context = Some("x".repeat(3_584));
        assert!(runtime_headers(&invocation, "id", "arn").is_err());
    }
}
