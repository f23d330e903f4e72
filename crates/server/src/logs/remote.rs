//! Lines for services of AWS elsewhere: a queue and a task for each destination, calls that are signed, and tried again where
//! that may help.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::Value;
use stagegate_gateway::{Counters, CredentialAsk, CredentialSource as _, LogBatch, LogFailure};
use stagegate_plan::InvokeCredentials;
use stagegate_sigv4::{Payload, RequestParts, sign};
use stagegate_store::BoxFuture;
use time::OffsetDateTime;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::Logs;
use super::destination::{RemotePlace, region};
use crate::aws::{AwsSettings, Signers};
use crate::functions::Connections;

/// Batches that wait for one destination; more are lost and counted.
const QUEUE_BATCHES: usize = 64;
/// For one call, its connection included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How often a call is made at most.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Sends batches to one service.
pub(super) trait Service: Send + Sync {
    /// Sends a batch to a stream; how many of its lines were not taken, and why.
    fn send<'s>(&'s self, to: &'s Address, stream: &'s str, batch: &'s LogBatch) -> BoxFuture<'s, Result<(), Lost>>;
}

/// Lines that a service did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) lines: u64,
    pub(super) reason: String,
}

/// Calls services of AWS.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    settings: Arc<AwsSettings>,
    signers: Arc<Signers>,
    connections: Arc<Connections>,
}

impl Caller {
    pub(super) fn new(settings: &AwsSettings, signers: Arc<Signers>) -> io::Result<Self> {
        Ok(Self { settings: Arc::new(settings.clone()), signers, connections: Arc::new(Connections::new()?) })
    }
}

/// A destination: its ARN, and where and as whom its service is called.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) arn: Arc<str>,
    place: RemotePlace,
    caller: Caller,
}

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// The service refused it with an exception.
    Refused { code: String, message: String },
    /// It did not answer, or not in a way that says anything; not even after some attempts.
    Unanswered(String),
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { code, message } => write!(f, "{code}: {message}"),
            Self::Unanswered(reason) => f.write_str(reason),
        }
    }
}

impl Address {
    /// Calls an operation of a service, again as long as its failure may pass.
    pub(super) async fn call(&self, service: &str, target: &str, body: &Value) -> Result<Value, CallError> {
        let body = Bytes::from(body.to_string());
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let failed = match self.call_once(service, target, &body).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if attempt == ATTEMPTS || !may_pass(&failed) {
                return Err(failed);
            }
            tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
            wait *= 2;
        }
        Err(CallError::Unanswered("no attempt was made".to_owned()))
    }

    async fn call_once(&self, service: &str, target: &str, body: &Bytes) -> Result<Value, CallError> {
        let called = tokio::time::timeout(CALL_TIMEOUT, self.exchange(service, target, body)).await;
        let (status, body) = called
            .unwrap_or_else(|_elapsed| Err("it did not answer in time".to_owned()))
            .map_err(CallError::Unanswered)?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        // The name may have a namespace before it and an address behind it.
        let code = answer["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default();
        if code.is_empty() {
            return Err(CallError::Unanswered(format!("it answers {status}")));
        }
        let message = answer["message"].as_str().or(answer["Message"].as_str()).unwrap_or_default();
        Err(CallError::Refused { code: code.to_owned(), message: message.to_owned() })
    }

    async fn exchange(&self, service: &str, target: &str, body: &Bytes) -> Result<(http::StatusCode, Bytes), String> {
        let region = region(&self.arn);
        let url = self.url(service, region);
        let uri: Uri = format!("{url}/").parse().map_err(|error| format!("{url}: {error}"))?;
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let headers: [(&str, &[u8]); 3] = [
            ("host", host.as_bytes()),
            ("content-type", b"application/x-amz-json-1.1"),
            ("x-amz-target", target.as_bytes()),
        ];
        let identity = self.place.role.as_deref().map(|role| InvokeCredentials::Role(role.into()));
        let ask = CredentialAsk { identity, is_overridden: self.is_overridden(service) };
        let credentials = self.caller.signers.credentials(ask).await.map_err(|error| error.to_string())?;
        let parts = RequestParts {
            method: "POST",
            path: uri.path(),
            query: "",
            headers: &headers,
            payload: Payload::Bytes(body),
        };
        let added = sign(&parts, &credentials, region, service, OffsetDateTime::now_utc());
        let request = Request::post(uri.path());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = added.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = request.body(Full::new(body.clone())).map_err(|error| error.to_string())?;
        let answer = self.caller.connections.send(&uri, request).await.map_err(|error| error.to_string())?;
        let (head, body) = answer.response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.caller.connections.keep(answer.sender, answer.origin);
        Ok((head.status, body))
    }

    fn is_overridden(&self, service: &str) -> bool {
        self.place.url.is_some() || self.caller.settings.url(service).is_some()
    }

    /// The row's URL, the one of the settings of AWS, or AWS's own in the ARN's partition.
    fn url(&self, service: &str, region: &str) -> String {
        if let Some(url) = &self.place.url {
            return url.trim_end_matches('/').replace("{region}", region);
        }
        let suffix = if self.arn.starts_with("arn:aws-cn:") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let own = || format!("https://{service}.{region}.{suffix}");
        self.caller.settings.url(service).map_or_else(own, |url| url.as_str().to_owned())
    }
}

/// Whether a failure may pass.
fn may_pass(error: &CallError) -> bool {
    match error {
        CallError::Unanswered(_) => true,
        CallError::Refused { code, .. } => {
            code.contains("Throttl")
                || code.contains("Unavailable")
                || code.contains("Internal")
                || code == "LimitExceededException"
        }
    }
}

/// The end of a destination's queue.
#[derive(Debug)]
pub(super) struct Remote {
    queue: Sender<(Arc<str>, LogBatch)>,
}

impl Remote {
    /// Starts the task of a destination. It ends when this is dropped and the queue is empty.
    pub(super) fn start(
        logs: &Logs,
        arn: &Arc<str>,
        place: &RemotePlace,
        service: Box<dyn Service>,
    ) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = channel(QUEUE_BATCHES);
        let address = Address { arn: Arc::clone(arn), place: place.clone(), caller: logs.remote.clone() };
        let counters = Arc::clone(&logs.counters);
        let undelivered = Undelivered { arn: Arc::clone(arn), waiting, counters, sending: None };
        let task = logs.runtime.spawn(deliver(address, service, undelivered));
        (Self { queue }, task)
    }

    /// Whether nothing waits here.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.capacity() == QUEUE_BATCHES
    }

    /// Queues a batch, if there is room.
    pub(super) fn offer(&self, stream: Arc<str>, batch: LogBatch) -> Result<(), LogFailure> {
        self.queue.try_send((stream, batch)).map_err(|refused| {
            let (_, batch) = refused.into_inner();
            LogFailure { batch: Box::new(batch), reason: "its destination is too slow".to_owned() }
        })
    }
}

/// What waits for a destination. What is left when this is dropped is lost.
struct Undelivered {
    arn: Arc<str>,
    waiting: Receiver<(Arc<str>, LogBatch)>,
    counters: Arc<Counters>,
    /// The batch that is on its way.
    sending: Option<LogBatch>,
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        self.waiting.close();
        let waiting = std::iter::from_fn(|| self.waiting.try_recv().ok().map(|(_, batch)| batch));
        let mut lines = 0;
        for batch in self.sending.take().into_iter().chain(waiting) {
            batch.lost(&self.counters);
            lines += batch.count;
        }
        if lines > 0 {
            let reason = "the process ended before its destination took them";
            tracing::warn!(destination = &*self.arn, lines, reason, "log lines are lost");
        }
    }
}

async fn deliver(address: Address, service: Box<dyn Service>, mut undelivered: Undelivered) {
    while let Some((stream, batch)) = undelivered.waiting.recv().await {
        let sent = service.send(&address, &stream, undelivered.sending.insert(batch)).await;
        let batch = undelivered.sending.take();
        if let (Err(Lost { lines, reason }), Some(mut batch)) = (sent, batch) {
            batch.count = lines;
            batch.lost(&undelivered.counters);
            tracing::warn!(destination = &*address.arn, lines, reason, "log lines are lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use stagegate_gateway::LogKind;
    use stagegate_plan::LogStream;

    use super::*;

    fn batch(kind: LogKind, count: u64) -> LogBatch {
        let stream = LogStream::Named("s".into());
        LogBatch { destination_arn: "arn".into(), stream, kind, lines: Vec::new(), marks: Vec::new(), count }
    }

    #[test]
    fn lines_that_wait_or_are_on_their_way_when_everything_ends_are_counted_as_lost() {
        let counters = Arc::<Counters>::default();
        let (queue, waiting) = channel(4);
        for lost in [batch(LogKind::Access, 3), batch(LogKind::Execution, 5), batch(LogKind::Access, 7)] {
            queue.try_send(("s".into(), lost)).expect("room");
        }
        let sending = Some(batch(LogKind::Function, 11));
        drop(Undelivered { arn: "arn".into(), waiting, counters: Arc::clone(&counters), sending });
        let figures = [&counters.access_log_dropped, &counters.execution_log_dropped, &counters.function_log_dropped];
        assert_eq!(figures.map(|figure| figure.load(Relaxed)), [10, 5, 11]);
    }
}
