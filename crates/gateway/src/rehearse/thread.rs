//! The thread that rehearses: a core like the others, which listens nowhere and takes its work from a queue.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use stagegate_plan::GatewayResponseType;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::exchange::RecordingExchange;
use super::{
    AuthorizerRehearsal, AuthorizerRehearsed, Rehearsal, RehearsalError, Rehearsed, TokenRehearsal, TokenRehearsed,
    authorizer, request, token,
};
use crate::accept::Arrival;
use crate::core::{Core, CoreParts};
use crate::integrate::SWEEP;
use crate::journey::{Given, rehearse};
use crate::observe::{ExecutionLog, Notes, micros};
use crate::refusal::{Cause, Refusal};
use crate::respond::{ReplyHead, respond_refusal};

/// Rehearsals that may wait; more are refused.
const QUEUE: usize = 64;
/// Rehearsals that run at once.
const AT_ONCE: usize = 16;
/// How long one may take: AWS's longest integration timeout, five minutes, and a little.
const LIMIT: Duration = Duration::from_secs(310);
/// How long the end of the thread waits for names that are being looked up.
const LOOK_UP_LIMIT: Duration = Duration::from_millis(100);

type Reply<T> = oneshot::Sender<Result<T, RehearsalError>>;

/// What there is to do.
enum Job {
    /// A method.
    Method(Box<Rehearsal>, Reply<Rehearsed>),
    /// An authorizer.
    Authorizer(Box<AuthorizerRehearsal>, Reply<AuthorizerRehearsed>),
    /// A token.
    Token(Box<TokenRehearsal>, Reply<TokenRehearsed>),
}

/// The way to the thread.
#[derive(Debug, Clone)]
pub struct RehearsalSender {
    jobs: mpsc::Sender<Job>,
}

impl RehearsalSender {
    /// Tries a method out; it runs once. A caller that stops waiting ends the rehearsal.
    ///
    /// # Errors
    /// See [`RehearsalError`].
    pub async fn rehearse(&self, rehearsal: Rehearsal) -> Result<Rehearsed, RehearsalError> {
        let (reply, answer) = oneshot::channel();
        self.post(Job::Method(Box::new(rehearsal), reply), answer).await
    }

    /// Tries an authorizer out; its function is asked once.
    ///
    /// # Errors
    /// See [`RehearsalError`].
    pub async fn rehearse_authorizer(
        &self,
        rehearsal: AuthorizerRehearsal,
    ) -> Result<AuthorizerRehearsed, RehearsalError> {
        let (reply, answer) = oneshot::channel();
        self.post(Job::Authorizer(Box::new(rehearsal), reply), answer).await
    }

    /// Tries an authorizer out that verifies tokens itself.
    ///
    /// # Errors
    /// See [`RehearsalError`].
    pub async fn rehearse_token(&self, rehearsal: TokenRehearsal) -> Result<TokenRehearsed, RehearsalError> {
        let (reply, answer) = oneshot::channel();
        self.post(Job::Token(Box::new(rehearsal), reply), answer).await
    }

    async fn post<T>(
        &self,
        job: Job,
        answer: oneshot::Receiver<Result<T, RehearsalError>>,
    ) -> Result<T, RehearsalError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => RehearsalError::Busy,
            mpsc::error::TrySendError::Closed(_) => RehearsalError::Ended,
        })?;
        answer.await.unwrap_or(Err(RehearsalError::Ended))
    }
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct RehearsalThread {
    sender: RehearsalSender,
    thread: JoinHandle<()>,
}

impl RehearsalThread {
    /// Starts the thread. It ends when `draining` says so, and what runs by then has the drain limit.
    pub(crate) fn start(parts: CoreParts, draining: watch::Receiver<bool>) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("rehearsal".to_owned()).spawn(move || {
            if let Err(error) = run(parts, queue, draining) {
                tracing::error!(%error, "the thread that tries methods out ended");
            }
        })?;
        Ok(Self { sender: RehearsalSender { jobs }, thread })
    }

    /// The way to it.
    pub(crate) fn sender(&self) -> RehearsalSender {
        self.sender.clone()
    }

    /// Waits for its end.
    pub(crate) fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the thread that tries methods out ended abnormally");
        }
    }
}

fn run(parts: CoreParts, mut queue: mpsc::Receiver<Job>, mut draining: watch::Receiver<bool>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(async move {
        let drain_limit = parts.config.timeouts.drain;
        let core = Rc::new(Core::new(parts));
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            // While every place is taken the queue fills up, and more is refused.
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await.ok()?;
                Some((queue.recv().await?, place))
            };
            let (job, place) = tokio::select! {
                _ended = draining.wait_for(|ends| *ends) => break,
                _at = sweep.tick() => {
                    core.pool.sweep();
                    continue;
                }
                next = next => match next {
                    Some(next) => next,
                    None => break,
                },
            };
            let core = Rc::clone(&core);
            tokio::task::spawn_local(async move {
                match job {
                    Job::Method(rehearsal, reply) => Box::pin(one(perform(&core, *rehearsal), reply)).await,
                    Job::Authorizer(rehearsal, reply) => one(authorizer::perform(&core, *rehearsal), reply).await,
                    Job::Token(rehearsal, reply) => one(token::perform(&core, *rehearsal), reply).await,
                }
                drop(place);
            });
        }
        drop(queue);
        let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        if tokio::time::timeout(drain_limit, places.acquire_many(all)).await.is_err() {
            tracing::warn!("test invocations still ran when the drain limit passed");
        }
    });
    runtime.shutdown_timeout(LOOK_UP_LIMIT);
    Ok(())
}

/// One rehearsal, for as long as somebody waits for it.
async fn one<T>(work: impl Future<Output = Result<T, RehearsalError>>, mut reply: Reply<T>) {
    let performed = tokio::select! {
        performed = work => performed,
        () = reply.closed() => return,
    };
    // Whoever asked may have left just now.
    let _gone = reply.send(performed);
}

async fn perform(core: &Core, rehearsal: Rehearsal) -> Result<Rehearsed, RehearsalError> {
    let head = request::head(rehearsal.verb, &rehearsal.path_with_query, &rehearsal.headers, &core.head_limits());
    let head = head.map_err(|error| RehearsalError::Request(error.to_string()))?;
    let Some(_in_flight) = core.budgets.request() else { return Err(RehearsalError::Busy) };
    let arrival = Arrival::simulated(core, &head);
    let notes = Notes::default();
    notes.open_log(ExecutionLog::rehearsal(arrival.ids.request()));
    let mut exchange = RecordingExchange::new(rehearsal.body, core.config.limits.payload_bytes, core.budgets.held());
    let given = Given { stage: rehearsal.stage, route: rehearsal.route, verb: rehearsal.verb };
    let played = tokio::time::timeout(LIMIT, rehearse(core, &mut exchange, &arrival, given, &notes)).await;
    if played.is_err() {
        let late = Refusal::Gateway(GatewayResponseType::IntegrationTimeout, Cause::Timeout);
        respond_refusal(core, &mut exchange, &arrival, late, &notes).await;
    }
    let latency_ms = micros(arrival.started.elapsed()) / 1000;
    let (head, body) = exchange.into_answer();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = head.iter().flat_map(ReplyHead::answer_fields);
    Ok(Rehearsed {
        status: notes.status.get(),
        headers: fields.map(|(name, value)| (text(name), text(value))).collect(),
        body,
        log: notes.execution_log().map(|log| text(&log.take().text)).unwrap_or_default(),
        latency_ms,
    })
}
