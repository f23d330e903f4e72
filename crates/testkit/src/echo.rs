//! A back end that answers with what it was sent, as JSON.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// An echoing back end. It stops when dropped.
///
/// It answers 200, or the status of a path `/status/{code}`, with a JSON object of `method`, `path`, `query`,
/// `headers` (an array of name-value pairs) and `body`.
#[derive(Debug)]
pub struct EchoBackend {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl EchoBackend {
    /// Starts a back end on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = hyper::server::conn::http1::Builder::new()
                    .preserve_header_case(true)
                    .serve_connection(TokioIo::new(stream), service_fn(echo));
                tokio::spawn(served);
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for EchoBackend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let headers: Vec<[String; 2]> = head
        .headers
        .iter()
        .map(|(name, value)| [name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()])
        .collect();
    let told = json!({
        "method": head.method.as_str(),
        "path": head.uri.path(),
        "query": head.uri.query().unwrap_or_default(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    let mut response = Response::new(Full::new(Bytes::from(told.to_string())));
    *response.status_mut() = head
        .uri
        .path()
        .strip_prefix("/status/")
        .and_then(|code| code.parse::<u16>().ok())
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send;

    #[tokio::test]
    async fn what_is_sent_comes_back() {
        let backend = EchoBackend::start().await.expect("started");
        let request = Request::post("/status/418?a=1")
            .header("host", "pets")
            .header("x-one", "1")
            .body(Bytes::from("hello"))
            .expect("a request");
        let response = send(backend.address(), request).await.expect("answered");
        assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
        let told: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
        assert_eq!((told["method"].as_str(), told["query"].as_str()), (Some("POST"), Some("a=1")));
        assert_eq!(told["body"], "hello");
        let headers = told["headers"].as_array().expect("pairs");
        assert!(headers.contains(&json!(["x-one", "1"])), "{told}");
    }
}
