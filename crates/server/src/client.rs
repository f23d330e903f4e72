//! The signed client of a running control plane that `stagegate import` and `stagegate apis` are made of.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use miette::Diagnostic;
use serde_json::Value;
use stagegate_sigv4::{Credentials, Payload, RequestParts, sign};
use thiserror::Error;
use time::OffsetDateTime;
use tokio::net::TcpStream;

/// The longest time for one call; importing a large definition takes a while.
const CALL_TIMEOUT: Duration = Duration::from_mins(2);

/// Why a call did not succeed.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum CallError {
    /// Nobody answers.
    #[error("the control plane at {endpoint} cannot be reached: {reason}")]
    #[diagnostic(help("is `stagegate serve` running there? --control or STAGEGATE_CONTROL names another address"))]
    Unreachable { endpoint: SocketAddr, reason: String },
    /// It answered with a fault.
    #[error("{message}")]
    Refused {
        status: StatusCode,
        message: String,
        #[help]
        error_type: String,
    },
}

impl CallError {
    /// Whether the thing asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::NOT_FOUND)
    }
}

/// A client of one control plane in one region.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    endpoint: SocketAddr,
    credentials: Credentials,
    region: String,
}

impl Client {
    /// A client that signs with these credentials. An address that means "all of mine" is reached by loopback.
    pub(crate) fn new(control: SocketAddr, credentials: Credentials, region: &str) -> Self {
        let ip = match control.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self { endpoint: SocketAddr::new(ip, control.port()), credentials, region: region.to_owned() }
    }

    /// Makes one call and returns its document; null when the answer is empty.
    pub(crate) async fn call(&self, method: &str, target: &str, body: impl Into<Bytes>) -> Result<Value, CallError> {
        let unreachable = |reason: String| CallError::Unreachable { endpoint: self.endpoint, reason };
        let exchange = self.exchange(method, target, body.into());
        let (status, error_type, body) = tokio::time::timeout(CALL_TIMEOUT, exchange)
            .await
            .map_err(|_| unreachable(format!("no answer within {} s", CALL_TIMEOUT.as_secs())))?
            .map_err(|error| unreachable(innermost(error.as_ref())))?;
        let document = serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(document);
        }
        let message = document["message"].as_str().or(document["Message"].as_str());
        let message = message.map_or_else(|| format!("{method} {target} was answered {status}"), str::to_owned);
        Err(CallError::Refused { status, message, error_type: format!("answered {status}, {error_type}") })
    }

    async fn exchange(
        &self,
        method: &str,
        target: &str,
        body: Bytes,
    ) -> Result<(StatusCode, String, Bytes), Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.endpoint).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let response = sender.send_request(self.request(method, target, body)?).await?;
        let status = response.status();
        let error_type = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let error_type = error_type.unwrap_or("no error type").to_owned();
        let body = response.into_body().collect().await?.to_bytes();
        driver.abort();
        Ok((status, error_type, body))
    }

    fn request(&self, method: &str, target: &str, body: Bytes) -> Result<Request<Full<Bytes>>, http::Error> {
        let host = self.endpoint.to_string();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: [(&str, &[u8]); 2] = [("host", host.as_bytes()), ("content-type", b"application/json")];
        let parts = RequestParts { method, path, query, headers: &headers, payload: Payload::Bytes(&body) };
        let added = sign(&parts, &self.credentials, &self.region, "apigateway", OffsetDateTime::now_utc());
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, &host)
            .header(header::CONTENT_TYPE, "application/json");
        let signed = added.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        signed.body(Full::new(body))
    }
}

/// The cause at the bottom of a chain of errors: hyper's own texts say little.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_a_human_error() {
        let credentials =
            Credentials { access_key_id: "A".into(), secret: stagegate_sigv4::Secret::new("s"), session_token: None };
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address");
        let error = Client::new(free, credentials, "us-east-1").call("GET", "/restapis", "").await.expect_err("nobody");
        assert!(error.to_string().contains("cannot be reached: Connection refused"), "{error}");
        assert!(!error.is_not_found());
    }
}
