//! Connections to AWS's APIs that the operator has named, kept for the next call.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For a connection to be made, name look-up and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Unused connections kept for each host.
const IDLE_PER_HOST: usize = 64;

type Sender = SendRequest<Full<Bytes>>;

/// Unused connections by scheme, host and port. They trust Mozilla's roots.
pub(crate) struct Connections {
    tls: TlsConnector,
    idle: Mutex<HashMap<String, Vec<Sender>>>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl Connections {
    /// No connections yet.
    pub(crate) fn new() -> io::Result<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(tls)), idle: Mutex::default() })
    }

    /// Sends a request in origin form to the host of `to` and receives the answer's head. A connection that turns out to be
    /// closed before anything was sent is replaced once.
    pub(crate) async fn send(&self, to: &Uri, mut request: Request<Full<Bytes>>) -> Result<Answer, SendError> {
        let origin = format!("{}://{}", to.scheme_str().unwrap_or("http"), to.authority().map_or("", |it| it.as_str()));
        while let Some(mut sender) = self.take(&origin) {
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(Answer { response, sender, origin }),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(SendError(error.into_error().to_string())),
                },
            }
        }
        let mut sender = tokio::time::timeout(CONNECT_TIMEOUT, self.connect(to))
            .await
            .map_err(|_elapsed| SendError(format!("{origin} took no connection within {CONNECT_TIMEOUT:?}")))?
            .map_err(|error| SendError(format!("{origin} cannot be reached: {error}")))?;
        let response = sender.send_request(request).await.map_err(|error| SendError(error.to_string()))?;
        Ok(Answer { response, sender, origin })
    }

    /// Keeps a connection whose answer was read to its end.
    pub(crate) fn keep(&self, sender: Sender, origin: String) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = idle.entry(origin).or_default();
        if idle.len() < IDLE_PER_HOST && !sender.is_closed() {
            idle.push(sender);
        }
    }

    fn take(&self, origin: &str) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = idle.get_mut(origin)?;
        std::iter::from_fn(|| idle.pop()).find(SendRequest::is_ready)
    }

    async fn connect(&self, to: &Uri) -> io::Result<Sender> {
        let is_tls = to.scheme_str() == Some("https");
        let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = to.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        if !is_tls {
            return begin(TokioIo::new(stream)).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        begin(TokioIo::new(self.tls.connect(name, stream).await?)).await
    }
}

/// Starts HTTP/1.1 on a stream; a task drives it until its end.
async fn begin(stream: impl Read + Write + Unpin + Send + 'static) -> io::Result<Sender> {
    let (sender, connection) = handshake(stream).await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a Lambda API ended");
        }
    });
    Ok(sender)
}

/// The head of an answer, and the connection that it comes by.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<Incoming>,
    pub(crate) sender: Sender,
    pub(crate) origin: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct SendError(pub(crate) String);
