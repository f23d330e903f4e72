//! The processes of one function: warm ones are taken first, and new ones start when there are too few.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::resources::Resources;
use crate::sandbox::{self, InitFailure, Prepared, Sandbox};

/// A process that has answered asks for its next event within this time; so long it is waited for before another starts,
/// which would take longer.
const FINISHING: Duration = Duration::from_millis(50);

/// A process that starts keeps its turn for so long: one that hangs must not keep others from starting.
const TURN: Duration = Duration::from_secs(1);

/// What an invocation gets that waits for a process.
type Waiter = oneshot::Sender<Result<Arc<Sandbox>, InitFailure>>;

/// The processes of one version of a function, as it was put. A changed function gets a new pool.
pub(crate) struct Pool {
    pub(crate) function: Prepared,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last one that became idle is at the end, and is taken first.
    idle: VecDeque<Arc<Sandbox>>,
    waiters: VecDeque<Waiter>,
    starting: usize,
    /// Processes that have answered and not yet asked for the next event.
    finishing: usize,
    is_retired: bool,
}

impl Pool {
    pub(crate) fn new(function: Prepared) -> Self {
        Self { function, state: Mutex::default() }
    }

    /// A process that waits for an event.
    pub(crate) async fn acquire(self: &Arc<Self>, resources: &Arc<Resources>) -> Result<Arc<Sandbox>, InitFailure> {
        let mut waiting = {
            let mut state = self.lock();
            while let Some(sandbox) = state.idle.pop_back() {
                if sandbox.process.is_alive() {
                    return Ok(sandbox);
                }
            }
            let (waiter, waiting) = oneshot::channel();
            state.waiters.push_back(waiter);
            waiting
        };
        self.start_if_needed(resources, true);
        if let Ok(word) = tokio::time::timeout(FINISHING, &mut waiting).await {
            return word.unwrap_or_else(|_| Err(stopping()));
        }
        self.start_if_needed(resources, false);
        waiting.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// Starts a process if more invocations wait than processes are on their way to them.
    fn start_if_needed(self: &Arc<Self>, resources: &Arc<Resources>, counts_finishing: bool) {
        let mut state = self.lock();
        let coming = state.starting + if counts_finishing { state.finishing } else { 0 };
        if coming < state.waiters.len() {
            state.starting += 1;
            let (pool, resources) = (Arc::clone(self), Arc::clone(resources));
            tokio::spawn(async move { pool.start(&resources).await });
        }
    }

    async fn start(self: Arc<Self>, resources: &Arc<Resources>) {
        let turn = resources.starting.acquire().await;
        if self.lock().waiters.is_empty() {
            self.lock().starting -= 1;
            return;
        }
        let mut starting = Box::pin(self.start_twice(resources));
        let started = if let Ok(started) = tokio::time::timeout(TURN, &mut starting).await {
            started
        } else {
            drop(turn);
            starting.await
        };
        self.lock().starting -= 1;
        match started {
            Ok(sandbox) => self.release(Arc::new(sandbox)),
            Err(failure) => self.fail(failure),
        }
    }

    async fn start_twice(&self, resources: &Resources) -> Result<Sandbox, InitFailure> {
        let first = self.start_one(resources, Duration::from_millis(resources.config.limits.init_timeout_ms)).await;
        if !matches!(first, Err(InitFailure::TimedOut)) {
            return first;
        }
        // As on AWS, an initialization that took too long is begun again, on the invocation's time.
        self.start_one(resources, Duration::from_millis(self.function.spec.timeout_ms)).await
    }

    async fn start_one(&self, resources: &Resources, limit: Duration) -> Result<Sandbox, InitFailure> {
        let slot = resources.slot().await.ok_or_else(stopping)?;
        sandbox::start(&self.function, resources, slot, limit).await
    }

    /// Tells the invocation that waits longest that no process could be started for it.
    fn fail(&self, failure: InitFailure) {
        let mut failure = Err(failure);
        while let Some(waiter) = { self.lock().waiters.pop_front() } {
            match waiter.send(failure) {
                Ok(()) => return,
                Err(unheard) => failure = unheard,
            }
        }
    }

    /// A process is about to ask for its next event.
    pub(crate) fn note_finishing(&self) {
        self.lock().finishing += 1;
    }

    /// It asked, and is free.
    pub(crate) fn finished(&self, sandbox: Arc<Sandbox>) {
        self.lock().finishing -= 1;
        self.release(sandbox);
    }

    /// It did not ask, and is gone.
    pub(crate) fn lost(self: &Arc<Self>, resources: &Arc<Resources>) {
        self.lock().finishing -= 1;
        self.start_if_needed(resources, true);
    }

    fn release(&self, sandbox: Arc<Sandbox>) {
        sandbox.note_idle();
        let mut free = Ok(sandbox);
        let mut state = self.lock();
        while let Some(waiter) = state.waiters.pop_front() {
            match waiter.send(free) {
                Ok(()) => return,
                Err(unheard) => free = unheard,
            }
        }
        if let (Ok(sandbox), false) = (free, state.is_retired) {
            state.idle.push_back(sandbox);
        }
    }

    /// Stops idle processes now, and the others once they are through with their invocations.
    pub(crate) fn retire(&self) {
        let idle = {
            let mut state = self.lock();
            state.is_retired = true;
            std::mem::take(&mut state.idle)
        };
        drop(idle);
    }

    /// Stops processes that have been idle since before `before`, and forgets those that are gone.
    pub(crate) fn expire(&self, before: Instant) {
        let is_kept = |sandbox: &Arc<Sandbox>| sandbox.process.is_alive() && sandbox.idle_since() >= before;
        let mut state = self.lock();
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut state.idle).into_iter().partition(is_kept);
        state.idle = kept.into();
        drop(state);
        // Killing processes takes its time: not under the lock.
        drop(gone);
    }

    /// Since when its longest idle process has been idle.
    pub(crate) fn longest_idle(&self) -> Option<Instant> {
        self.lock().idle.front().map(|sandbox| sandbox.idle_since())
    }

    /// Stops its longest idle process.
    pub(crate) fn evict(&self) {
        let evicted = self.lock().idle.pop_front();
        drop(evicted);
    }

    /// Idle processes.
    pub(crate) fn idle(&self) -> usize {
        self.lock().idle.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopping() -> InitFailure {
    InitFailure::Host(io::Error::other("the function host is stopping"))
}
