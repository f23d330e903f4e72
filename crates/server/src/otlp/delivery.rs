//! Delivers the messages of one signal, one after the other, and again where that may help.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::{Verdict, verdict};
use super::queue::{Batch, Batches};
use super::{Pairs, Signal, SignalCounters};
use crate::functions::Connections;

/// The wait before the second post; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two posts that the receiver did not ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes: a status and a message.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How often failures of one kind are logged.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Where messages go.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) signal: Signal,
    pub(super) url: String,
    pub(super) headers: Pairs,
}

/// How they are delivered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For one post, its connection included.
    pub(super) timeout: Duration,
    /// From a message's first post to the start of its last.
    pub(super) retry: Duration,
    /// Whether messages are compressed.
    pub(super) is_compressed: bool,
}

/// The delivery of one signal.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) place: Place,
    pub(super) connections: Arc<Connections>,
    pub(super) limits: Limits,
    pub(super) counters: Arc<SignalCounters>,
}

impl Delivery {
    /// Delivers until the queue is closed and empty. Once `closing` says so, the queue takes nothing more and nothing is tried twice.
    pub(super) async fn run(self, mut batches: Batches, mut closing: watch::Receiver<bool>) {
        let uri: Uri = match self.place.url.parse() {
            Ok(uri) => uri,
            Err(error) => return tracing::error!(url = self.place.url, %error, "no OTLP URL"),
        };
        let mut complaints = Complaints::default();
        let mut is_closing = false;
        loop {
            let batch = if is_closing {
                batches.next().await
            } else {
                tokio::select! {
                    batch = batches.next() => batch,
                    () = closed(&mut closing) => {
                        batches.close();
                        is_closing = true;
                        continue;
                    }
                }
            };
            let Some(batch) = batch else { return };
            self.deliver(&uri, batch, &mut closing, &mut complaints).await;
        }
    }

    /// Posts a message until it is taken or refused, or its time is over.
    async fn deliver(
        &self,
        uri: &Uri,
        Batch { message, items }: Batch,
        closing: &mut watch::Receiver<bool>,
        complaints: &mut Complaints,
    ) {
        let body = Bytes::from(if self.limits.is_compressed { gzip(&message) } else { message });
        let end = Instant::now() + self.limits.retry;
        let mut own_wait = FIRST_WAIT;
        loop {
            let (wait, reason) = match self.post(uri, body.clone()).await {
                Verdict::Taken { refused, warning } => {
                    self.counters.sent.fetch_add(items.saturating_sub(refused), Relaxed);
                    self.counters.dropped.fetch_add(refused.min(items), Relaxed);
                    if refused > 0 || !warning.is_empty() {
                        complaints.log(&self.place, &format!("it refused {refused} of {items}: {warning}"));
                    }
                    return;
                }
                Verdict::Again { wait, reason } => (wait, reason),
                Verdict::Refused { reason } => return self.lose(items, &reason, complaints),
            };
            // Spread, so that many processes do not come back at once.
            let wait = wait.unwrap_or_else(|| own_wait.mul_f64(0.5 + fastrand::f64()));
            own_wait = (own_wait * 2).min(LONGEST_WAIT);
            if *closing.borrow() || Instant::now() + wait > end {
                return self.lose(items, &reason, complaints);
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = closed(closing) => {}
            }
        }
    }

    fn lose(&self, items: u64, reason: &str, complaints: &mut Complaints) {
        self.counters.dropped.fetch_add(items, Relaxed);
        complaints.log(&self.place, reason);
    }

    async fn post(&self, uri: &Uri, body: Bytes) -> Verdict {
        let again = |reason: String| Verdict::Again { wait: None, reason };
        let request = match self.request(uri, body) {
            Ok(request) => request,
            Err(error) => return Verdict::Refused { reason: error.to_string() },
        };
        let exchange = async {
            let answer = self.connections.send(uri, request).await.map_err(|error| error.to_string())?;
            let (head, body) = answer.response.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| error.to_string())?;
            self.connections.keep(answer.sender, answer.origin);
            Ok(verdict(head.status, &head.headers, &body.to_bytes(), SystemTime::now()))
        };
        match tokio::time::timeout(self.limits.timeout, exchange).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(reason)) => again(reason),
            Err(_elapsed) => again("it did not answer in time".to_owned()),
        }
    }

    fn request(&self, uri: &Uri, body: Bytes) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::post(uri.path_and_query().map_or("/", |target| target.as_str()))
            .header(header::HOST, uri.authority().map_or("", |authority| authority.as_str()))
            .header(header::USER_AGENT, concat!("stagegate/", env!("CARGO_PKG_VERSION")))
            .header(header::CONTENT_TYPE, "application/x-protobuf");
        if self.limits.is_compressed {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        let request = self.place.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.body(Full::new(body))
    }
}

/// Waits until the exporter closes, or is gone.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // Without its sender nobody is left who could hand anything over.
    let _ = closing.wait_for(|is_closing| *is_closing).await;
}

fn gzip(message: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(message.len() / 4), Compression::fast());
    encoder.write_all(message).and_then(|()| encoder.finish()).expect("a Vec takes everything")
}

/// Says what goes wrong, but not for every message.
#[derive(Debug, Default)]
struct Complaints {
    last: Option<Instant>,
}

impl Complaints {
    fn log(&mut self, place: &Place, reason: &str) {
        if self.last.is_some_and(|last| last.elapsed() < LOG_INTERVAL) {
            return;
        }
        self.last = Some(Instant::now());
        tracing::warn!(signal = ?place.signal, url = place.url, "telemetry is lost: {reason}");
    }
}
