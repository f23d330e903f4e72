//! Answers that the server gives itself: JSON in AWS's shape, and plain text.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

/// A refusal as AWS's services write it: a JSON `message` and the error's type in a header.
pub(crate) fn refusal(status: StatusCode, error_type: &'static str, message: &str) -> Response<Full<Bytes>> {
    let mut response = json(status, &serde_json::json!({ "message": message }));
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error_type));
    response
}

/// A JSON document.
pub(crate) fn json(status: StatusCode, document: &serde_json::Value) -> Response<Full<Bytes>> {
    with_type(status, "application/json", document.to_string())
}

/// Text of a content type.
pub(crate) fn with_type(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
