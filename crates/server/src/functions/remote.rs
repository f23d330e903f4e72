//! Another Lambda API: AWS's Invoke and `InvokeWithResponseStream` over HTTP, signed where there are credentials.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use stagegate_gateway::{Invocation, InvocationSource, InvokeError, InvokeFault, Invoked, InvokedPayload};
use stagegate_sigv4::{Credentials, Payload, RequestParts, sign};
use time::OffsetDateTime;
use tokio::time::timeout_at;

use super::connections::{Answer, Connections};
use super::pieces::pieces;

/// The longest answer that is read: more than Lambda's six megabytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Calls one URL.
pub(super) async fn invoke(
    connections: Arc<Connections>,
    credentials: Option<Arc<Credentials>>,
    url: String,
    invocation: Invocation,
) -> Result<Invoked, InvokeError> {
    let deadline = invocation.deadline;
    let called = timeout_at(deadline, call(&connections, credentials.as_deref(), &url, invocation)).await;
    called
        .unwrap_or_else(|_elapsed| Err(InvokeError::new(InvokeFault::Timeout, format!("{url} did not answer in time"))))
}

async fn call(
    connections: &Connections,
    credentials: Option<&Credentials>,
    url: &str,
    invocation: Invocation,
) -> Result<Invoked, InvokeError> {
    let network = |error: &dyn std::fmt::Display| InvokeError::new(InvokeFault::Network, error.to_string());
    let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| network(&error))?;
    let request = request(&uri, credentials, &invocation).map_err(|error| network(&error))?;
    let Answer { response, sender, origin } = connections.send(&uri, request).await.map_err(|error| network(&error))?;
    let (head, body) = response.into_parts();
    if invocation.is_streamed && head.status.is_success() {
        let content_type = text(&head.headers, "content-type").unwrap_or_default();
        let payload = InvokedPayload::Stream(pieces(body, &content_type));
        return Ok(invoked(head.status.as_u16(), &head.headers, payload));
    }
    let body = whole(body).await?;
    connections.keep(sender, origin);
    if !head.status.is_success() {
        return Err(refused(&Response::from_parts(head, body)));
    }
    Ok(invoked(head.status.as_u16(), &head.headers, InvokedPayload::Whole(body)))
}

async fn whole(body: Incoming) -> Result<Bytes, InvokeError> {
    let collected = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let collected = collected.map_err(|error| InvokeError::new(InvokeFault::Network, error.to_string()))?;
    Ok(collected.to_bytes())
}

/// The request, signed for Lambda in the function's region.
fn request(
    uri: &Uri,
    credentials: Option<&Credentials>,
    invocation: &Invocation,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("host", host.as_bytes()),
        ("content-type", b"application/json"),
        ("x-amz-invocation-type", invocation.kind.as_str().as_bytes()),
        ("x-amzn-trace-id", invocation.trace.as_bytes()),
    ];
    if let InvocationSource::Api { arn, account, .. } = &invocation.source {
        headers.push(("x-amz-source-arn", arn.as_bytes()));
        headers.push(("x-amz-source-account", account.as_bytes()));
    }
    if let Some(context) = &invocation.client_context {
        headers.push(("x-amz-client-context", context.as_bytes()));
    }
    let payload = Payload::Bytes(&invocation.payload);
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let added = credentials.map(|credentials| {
        let parts = RequestParts { method: "POST", path, query, headers: &headers, payload };
        sign(&parts, credentials, &invocation.function.region, "lambda", OffsetDateTime::now_utc())
    });
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request::builder().method("POST").uri(target);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let added = added.into_iter().flatten();
    let request = added.fold(request, |request, (name, value)| request.header(name, value));
    request.body(Full::new(invocation.payload.clone()))
}

fn text(headers: &HeaderMap, name: &str) -> Option<Box<str>> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(Box::from)
}

fn invoked(status: u16, headers: &HeaderMap, payload: InvokedPayload) -> Invoked {
    let log = text(headers, "x-amz-log-result").and_then(|log| STANDARD.decode(log.as_bytes()).ok());
    Invoked {
        status,
        function_error: text(headers, "x-amz-function-error"),
        executed_version: text(headers, "x-amz-executed-version"),
        request_id: text(headers, "x-amzn-requestid").unwrap_or_default(),
        log_tail: log.map(Bytes::from),
        content_type: text(headers, "x-amzn-remapped-content-type").or_else(|| text(headers, "content-type")),
        payload,
    }
}

/// An answer that is an exception of Lambda's.
fn refused(response: &Response<Bytes>) -> InvokeError {
    let document: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let named = text(response.headers(), "x-amzn-errortype");
    let named = named.as_deref().or(document["__type"].as_str()).unwrap_or_default();
    // The name may have a namespace before it and an address behind it.
    let name = named.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default();
    let message = document["message"].as_str().or(document["Message"].as_str()).unwrap_or_default();
    let status = response.status().as_u16();
    InvokeError {
        fault: fault(name, status),
        message: format!("{status} {name}: {message}").into(),
        request_id: text(response.headers(), "x-amzn-requestid"),
    }
}

/// The kind of an exception by its name, or by its status where the name says nothing.
fn fault(name: &str, status: u16) -> InvokeFault {
    match name {
        "ResourceNotFoundException" => InvokeFault::ResourceNotFound,
        "TooManyRequestsException" | "ThrottlingException" => InvokeFault::TooManyRequests,
        "RequestTooLargeException" | "RequestEntityTooLargeException" => InvokeFault::RequestTooLarge,
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "ExpiredTokenException"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignatureException" => InvokeFault::AccessDenied,
        "InvalidParameterValueException"
        | "InvalidRequestContentException"
        | "UnsupportedMediaTypeException"
        | "SerializationException" => InvokeFault::InvalidRequest,
        "ResourceConflictException" | "ResourceNotReadyException" | "SnapStartNotReadyException" => {
            InvokeFault::NotReady
        }
        _ => match status {
            401 | 403 => InvokeFault::AccessDenied,
            404 => InvokeFault::ResourceNotFound,
            413 => InvokeFault::RequestTooLarge,
            429 => InvokeFault::TooManyRequests,
            _ => InvokeFault::Service,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_told_apart_by_name_then_by_status() {
        let refused = |status: u16, name: &str, body: &str| {
            let response = Response::builder().status(status).header("x-amzn-errortype", name);
            refused(&response.body(Bytes::from(body.to_owned())).expect("a response")).fault
        };
        for (status, name, body, expected) in [
            (404, "ResourceNotFoundException", "{}", InvokeFault::ResourceNotFound),
            (429, "TooManyRequestsException:http://x", "{}", InvokeFault::TooManyRequests),
            (413, "RequestTooLargeException", "{}", InvokeFault::RequestTooLarge),
            (403, "", "", InvokeFault::AccessDenied),
            (502, "ResourceConflictException", "{}", InvokeFault::NotReady),
            (400, "InvalidRequestContentException", "{}", InvokeFault::InvalidRequest),
            (500, "ServiceException", "{}", InvokeFault::Service),
            (418, "Teapot", "no JSON", InvokeFault::Service),
        ] {
            assert_eq!(refused(status, name, body), expected, "{status} {name}");
        }
        let named = Response::builder().status(400).body(Bytes::from("{\"__type\":\"x#TooManyRequestsException\"}"));
        assert_eq!(super::refused(&named.expect("a response")).fault, InvokeFault::TooManyRequests);
    }
}
