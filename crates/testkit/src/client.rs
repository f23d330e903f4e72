//! HTTP clients: one request on one connection, plain or signed.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use stagegate_sigv4::{Credentials, Payload, RequestParts, sign};
use time::OffsetDateTime;

/// Sends a request to an address on a connection of its own, and reads the whole response.
///
/// The request's URI is sent as it is, normally a path; `Host` is the caller's to set.
///
/// # Errors
/// When the connection cannot be made, or breaks before the response is complete.
pub async fn send(to: SocketAddr, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let stream = tokio::net::TcpStream::connect(to).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request.map(Full::new)).await.map_err(io::Error::other)?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    driver.abort();
    Ok(Response::from_parts(head, body))
}

/// A client of the control plane that signs what it sends.
#[derive(Debug, Clone)]
pub struct SignedClient {
    /// The control plane's address.
    pub endpoint: SocketAddr,
    /// Who signs.
    pub credentials: Credentials,
    /// The region signed for.
    pub region: String,
}

impl SignedClient {
    /// Sends one signed call of service `apigateway` and reads the answer.
    ///
    /// # Errors
    /// As [`send`].
    pub async fn call(
        &self,
        method: &str,
        path_and_query: &str,
        body: impl Into<Bytes>,
    ) -> io::Result<Response<Bytes>> {
        let body = body.into();
        let host = self.endpoint.to_string();
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let headers: [(&str, &[u8]); 2] = [("host", host.as_bytes()), ("content-type", b"application/json")];
        let parts = RequestParts { method, path, query, headers: &headers, payload: Payload::Bytes(&body) };
        let added = sign(&parts, &self.credentials, &self.region, "apigateway", OffsetDateTime::now_utc());
        let mut request = Request::builder()
            .method(method)
            .uri(path_and_query)
            .header(header::HOST, &host)
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in added {
            request = request.header(name, value);
        }
        send(self.endpoint, request.body(body).map_err(io::Error::other)?).await
    }
}
