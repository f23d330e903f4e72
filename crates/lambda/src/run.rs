//! One invocation, from a process that waits to a process that waits again.

mod headers;
mod reply;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;

use crate::admission::Permit;
use crate::error::InvokeError;
use crate::exchange::{Answer, Delivered, Event};
use crate::invocation::BrokenStream;
use crate::logs::{Report, Status};
use crate::pool::Pool;
use crate::resources::Resources;
use crate::sandbox::{InitFailure, Sandbox, cpu_seconds};
use crate::verdict::{self, Verdict};

pub(crate) use headers::runtime_headers;
pub(crate) use reply::{Reply, ReplyPayload};

/// Pieces of a stream that wait for a slow caller.
const PIECES: usize = 8;
/// Processes that are tried before an invocation is given up: a warm one may be gone before anybody noticed.
const ATTEMPTS: usize = 3;
/// A process that was killed is gone within this time; its last words are read then.
const DYING: Duration = Duration::from_secs(1);

/// An invocation that was let in.
pub(crate) struct Job {
    pub(crate) request_id: Arc<str>,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
    pub(crate) log_tail: bool,
    pub(crate) is_streaming: bool,
    pub(crate) permit: Permit,
    pub(crate) reply: oneshot::Sender<Result<Reply, InvokeError>>,
}

/// What cuts an invocation short.
enum Cut {
    Exited(ExitStatus),
    TimedOut,
    OutOfMemory,
}

/// Runs an invocation. The caller may go meanwhile, which stops nothing, as on AWS.
pub(crate) async fn run(job: Job, pool: Arc<Pool>, resources: Arc<Resources>) {
    for _ in 0..ATTEMPTS {
        let sandbox = match pool.acquire(&resources).await {
            Ok(sandbox) => sandbox,
            Err(failure) => {
                let _ = job.reply.send(init_failed(&pool, &job.request_id, failure));
                return;
            }
        };
        sandbox.log.begin(&job.request_id);
        let Some(delivered) = sandbox.exchange.deliver(event(&job, &pool, &resources)) else { continue };
        let timeout = Duration::from_millis(pool.function.spec.timeout_ms);
        let serving = Serving {
            pool,
            resources,
            sandbox,
            request_id: job.request_id,
            began: Instant::now(),
            deadline: Box::pin(tokio::time::sleep(timeout)),
            permit: Some(job.permit),
            reply: Some(job.reply),
            stream: None,
            log_tail: job.log_tail,
            is_streaming: job.is_streaming,
        };
        return serving.serve(delivered).await;
    }
    let reason = "the function's processes end before they begin".to_owned();
    let _ = job.reply.send(Err(InvokeError::Service { reason }));
}

fn event(job: &Job, pool: &Pool, resources: &Resources) -> Event {
    let deadline_ms = resources.config.clock.epoch_ms() + pool.function.spec.timeout_ms;
    let mut headers = job.headers.clone();
    headers.insert("lambda-runtime-deadline-ms", HeaderValue::from(deadline_ms));
    Event { request_id: Arc::clone(&job.request_id), headers, payload: job.payload.clone() }
}

/// The answer when no process could be started.
fn init_failed(pool: &Pool, request_id: &str, failure: InitFailure) -> Result<Reply, InvokeError> {
    let verdict = match failure {
        InitFailure::Reported(error) => return Ok(Reply::error(&error.error_type, error.payload)),
        InitFailure::Host(error) => {
            return Err(InvokeError::Service { reason: format!("the process cannot be started: {error}") });
        }
        InitFailure::NoEntrypoint => verdict::no_entrypoint(request_id),
        InitFailure::NoInterpreter(missing) => verdict::no_interpreter(request_id, &missing),
        InitFailure::Exited(status) => verdict::exited(request_id, status),
        InitFailure::TimedOut => verdict::timed_out(request_id, pool.function.spec.timeout_ms),
    };
    Ok(Reply::error(verdict.error_type, verdict.payload))
}

fn broken_by(verdict: Verdict) -> (Option<BrokenStream>, Option<Verdict>) {
    let broken = BrokenStream { error_type: verdict.error_type.to_owned(), body: verdict.payload.clone() };
    (Some(broken), Some(verdict))
}

/// An invocation whose event was delivered.
struct Serving {
    pool: Arc<Pool>,
    resources: Arc<Resources>,
    sandbox: Arc<Sandbox>,
    request_id: Arc<str>,
    began: Instant,
    deadline: Pin<Box<Sleep>>,
    permit: Option<Permit>,
    reply: Option<oneshot::Sender<Result<Reply, InvokeError>>>,
    stream: Option<Stream>,
    log_tail: bool,
    is_streaming: bool,
}

/// A stream to the caller. It ends last of all: a caller that calls again at once is then expected.
struct Stream {
    sender: mpsc::Sender<Result<Bytes, BrokenStream>>,
    broken: Option<BrokenStream>,
}

impl Stream {
    async fn end(self) {
        if let Some(broken) = self.broken {
            // A caller that does not read must not keep a process that is over its time.
            let _ = self.sender.send_timeout(Err(broken), DYING).await;
        }
    }
}

impl Serving {
    async fn serve(mut self, mut delivered: Delivered) {
        let answer = tokio::select! {
            biased;
            Ok(answer) = &mut delivered.answer => Ok(answer),
            cut = self.cut() => Err(cut),
        };
        let (held, mut verdict) = match answer {
            Ok(answer) => self.hear(answer).await,
            Err(cut) => {
                let verdict = self.judge(&cut);
                (Some(Reply::of(&verdict)), Some(verdict))
            }
        };
        // From here on the next invocation may come: clients that call one after the other are never throttled.
        self.pool.note_finishing();
        self.permit = None;
        if let Some(stream) = self.stream.take() {
            stream.end().await;
        }
        let held = if self.log_tail { held } else { self.send(held) };
        if verdict.is_none() {
            verdict = tokio::select! {
                biased;
                Ok(()) = &mut delivered.finished => None,
                cut = self.cut() => Some(self.judge(&cut)),
            };
        }
        let log_tail = Some(self.end(verdict).await);
        self.send(held.map(|held| Reply { log_tail, ..held }));
    }

    /// Waits for what cuts an invocation short.
    fn cut(&mut self) -> impl Future<Output = Cut> {
        let sandbox = Arc::clone(&self.sandbox);
        let memory_mb = self.pool.function.spec.memory_mb;
        let deadline = &mut self.deadline;
        async move {
            tokio::select! {
                status = sandbox.process.exited() => Cut::Exited(status),
                () = deadline => Cut::TimedOut,
                () = sandbox.outgrows(memory_mb) => Cut::OutOfMemory,
            }
        }
    }

    fn judge(&self, cut: &Cut) -> Verdict {
        match cut {
            Cut::Exited(status) => verdict::exited(&self.request_id, *status),
            Cut::TimedOut => verdict::timed_out(&self.request_id, self.pool.function.spec.timeout_ms),
            Cut::OutOfMemory => verdict::out_of_memory(&self.request_id),
        }
    }

    /// Sends a reply; the caller may be gone.
    fn send(&mut self, reply: Option<Reply>) -> Option<Reply> {
        if let (Some(reply), Some(sender)) = (reply, self.reply.take()) {
            let _ = sender.send(Ok(reply));
        }
        None
    }

    /// Turns an answer into a reply that is still to be sent, and says what cut it short, if anything did.
    async fn hear(&mut self, answer: Answer) -> (Option<Reply>, Option<Verdict>) {
        let reply = match answer {
            Answer::Whole { content_type, payload } => Reply::whole(content_type, payload),
            Answer::Error { error_type, payload } => Reply::error(&error_type, payload),
            Answer::TooLarge => Reply::of(&verdict::too_large(self.resources.config.limits.response_bytes as u64)),
            Answer::Stream { content_type, pieces } if self.is_streaming => {
                let (sender, receiver) = mpsc::channel(PIECES);
                self.send(Some(Reply::pieces(content_type, receiver)));
                let (broken, verdict) = self.relay(pieces, &sender).await;
                self.stream = Some(Stream { sender, broken });
                return (None, verdict);
            }
            Answer::Stream { content_type, pieces } => return self.gather(content_type, pieces).await,
        };
        (Some(reply), None)
    }

    /// Hands pieces on as they come, up to the end or to what breaks the stream off.
    async fn relay(
        &mut self,
        mut pieces: mpsc::Receiver<Result<Bytes, BrokenStream>>,
        sender: &mpsc::Sender<Result<Bytes, BrokenStream>>,
    ) -> (Option<BrokenStream>, Option<Verdict>) {
        loop {
            let piece = tokio::select! {
                biased;
                piece = pieces.recv() => piece,
                cut = self.cut() => return broken_by(self.judge(&cut)),
            };
            let piece = match piece {
                Some(Ok(piece)) => piece,
                Some(Err(broken)) => return (Some(broken), None),
                None => return (None, None),
            };
            tokio::select! {
                biased;
                _ = sender.send(Ok(piece)) => {}
                cut = self.cut() => return broken_by(self.judge(&cut)),
            }
        }
    }

    /// Collects a streamed answer for a caller that wants it whole.
    async fn gather(
        &mut self,
        content_type: Option<String>,
        mut pieces: mpsc::Receiver<Result<Bytes, BrokenStream>>,
    ) -> (Option<Reply>, Option<Verdict>) {
        let limit_bytes = self.resources.config.limits.response_bytes;
        let mut payload = Vec::new();
        let mut bytes = 0;
        loop {
            let piece = tokio::select! {
                biased;
                piece = pieces.recv() => piece,
                cut = self.cut() => {
                    let verdict = self.judge(&cut);
                    return (Some(Reply::of(&verdict)), Some(verdict));
                }
            };
            match piece {
                Some(Ok(piece)) => {
                    bytes += piece.len();
                    if bytes <= limit_bytes {
                        payload.extend_from_slice(&piece);
                    }
                }
                Some(Err(broken)) => return (Some(Reply::error(&broken.error_type, broken.body)), None),
                None if bytes > limit_bytes => {
                    return (Some(Reply::of(&verdict::too_large(limit_bytes as u64))), None);
                }
                None => return (Some(Reply::whole(content_type, payload.into())), None),
            }
        }
    }

    /// Writes END and REPORT, gives the process back or ends it, and returns the end of the log.
    async fn end(&self, verdict: Option<Verdict>) -> Bytes {
        let spec = &self.pool.function.spec;
        let duration = self.began.elapsed();
        let max_memory_mb = self.sandbox.max_memory_mb();
        if verdict.is_some() {
            self.sandbox.process.kill();
            let _ = tokio::time::timeout(DYING, self.sandbox.process.exited()).await;
        }
        let report = Report {
            request_id: &self.request_id,
            duration,
            memory_mb: spec.memory_mb,
            max_memory_mb,
            init: self.sandbox.first_init(),
            status: verdict.as_ref().map_or(Status::Success, Verdict::status),
        };
        let tail = self.sandbox.log.end(verdict.as_ref().map(|verdict| verdict.log.as_str()), &report);
        if verdict.is_some() {
            self.pool.lost(&self.resources);
        } else {
            self.sandbox.grant_cpu(cpu_seconds(&self.pool.function, &self.resources.config));
            self.pool.finished(Arc::clone(&self.sandbox));
        }
        tail
    }
}
