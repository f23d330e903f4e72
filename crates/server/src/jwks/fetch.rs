//! Documents of issuers, fetched the way integrations connect: guarded addresses, trusted certificates only, no redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme as UriScheme;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use stagegate_gateway::Outbound;
use stagegate_plan::Scheme;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

/// Fetches documents through the gateway's connector. Redirects are not followed.
#[derive(Debug)]
pub(crate) struct Fetcher {
    outbound: Arc<Outbound>,
    limit_bytes: usize,
}

impl Fetcher {
    /// A fetcher of documents of up to so many bytes.
    pub(crate) fn new(outbound: Arc<Outbound>, limit_bytes: usize) -> Self {
        Self { outbound, limit_bytes }
    }

    /// The document at a URL: `https`, or `http` on this machine. The error says why there is none.
    pub(crate) async fn fetch(&self, url: &str, timeout: Duration) -> Result<Bytes, String> {
        let deadline = Instant::now() + timeout;
        let fetched = timeout_at(deadline, self.fetch_until(url, deadline)).await;
        fetched.unwrap_or_else(|_elapsed| Err("it took too long".to_owned()))
    }

    async fn fetch_until(&self, url: &str, deadline: Instant) -> Result<Bytes, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{url} is no URL: {error}"))?;
        let (scheme, port) = match uri.scheme() {
            Some(scheme) if *scheme == UriScheme::HTTPS => (Scheme::Https, 443),
            Some(scheme) if *scheme == UriScheme::HTTP => (Scheme::Http, 80),
            _ => return Err(format!("{url} is no https URL")),
        };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let connected = self.outbound.connect(scheme, host, uri.port_u16().unwrap_or(port), deadline).await;
        exchange(connected.map_err(|error| error.to_string())?, &uri, self.limit_bytes).await
    }
}

/// Asks for a document on a connection that is used for nothing else.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &Uri,
    limit_bytes: usize,
) -> Result<Bytes, String> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let driven = tokio::spawn(connection);
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, uri.authority().map_or("", |authority| authority.as_str()))
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, concat!("stagegate/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answered = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        if response.status() != StatusCode::OK {
            return Err(format!("it answers {}", response.status()));
        }
        let body = Limited::new(response.into_body(), limit_bytes).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
    };
    let answered = answered.await;
    driven.abort();
    answered
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMIT_BYTES: usize = 1_000;

    /// What comes of an answer, and the request that was sent for it.
    async fn ask(answer: String) -> (Result<Bytes, String>, String) {
        let (ours, mut theirs) = duplex(1 << 20);
        let serving = tokio::spawn(async move {
            let mut request = vec![0; 4_096];
            let read = theirs.read(&mut request).await.expect("a request");
            theirs.write_all(answer.as_bytes()).await.expect("written");
            request.truncate(read);
            (String::from_utf8(request).expect("text"), theirs)
        });
        let uri = Uri::from_static("https://id.example:8443/pool/.well-known/openid-configuration");
        let found = exchange(ours, &uri, LIMIT_BYTES).await;
        (found, serving.await.expect("served").0)
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_document_is_asked_for_and_read() {
        let (found, request) = ask(answer("200 OK", "{}")).await;
        assert_eq!(found.expect("a document"), "{}");
        assert!(request.starts_with("GET /pool/.well-known/openid-configuration HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("host: id.example:8443\r\n"), "{request}");
    }

    #[tokio::test]
    async fn what_is_no_document_is_told() {
        for (answer, why) in [
            (answer("404 Not Found", "{}"), "it answers 404 Not Found"),
            (
                "HTTP/1.1 302 Found\r\nlocation: https://a.example/\r\ncontent-length: 0\r\n\r\n".to_owned(),
                "it answers 302",
            ),
            (answer("200 OK", &"x".repeat(LIMIT_BYTES + 1)), "length limit exceeded"),
            ("SSH-2.0-OpenSSH\r\n".to_owned(), "invalid HTTP version parsed"),
        ] {
            let (found, _) = ask(answer).await;
            let error = found.expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }
}
