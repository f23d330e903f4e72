//! The exchange between an invocation and the process that serves it: who may say what when.
//!
//! One process serves one invocation at a time. Its states follow AWS's runtime interface: it starts, waits for an event,
//! runs, answers, and waits again; a call that does not fit is refused and changes nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::{mpsc, oneshot};

use crate::invocation::BrokenStream;

/// An event on its way to a process.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) request_id: Arc<str>,
    /// The `Lambda-Runtime-*` headers.
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
}

/// What a process answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A response.
    Whole { content_type: Option<String>, payload: Bytes },
    /// A response in pieces.
    Stream { content_type: Option<String>, pieces: mpsc::Receiver<Result<Bytes, BrokenStream>> },
    /// An error that the runtime reports.
    Error { error_type: String, payload: Bytes },
    /// A response over the limit.
    TooLarge,
}

/// Why a process did not start, in its own words.
#[derive(Debug, Clone)]
pub(crate) struct InitError {
    pub(crate) error_type: String,
    pub(crate) payload: Bytes,
}

/// The ears of an invocation whose event was delivered.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// The answer.
    pub(crate) answer: oneshot::Receiver<Answer>,
    /// The process asked for the next event.
    pub(crate) finished: oneshot::Receiver<()>,
}

/// A call that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is not the time for it.
    State,
    /// It is about another invocation.
    RequestId,
}

#[derive(Debug)]
enum State {
    /// Not a word yet.
    Starting { ready: oneshot::Sender<Result<(), InitError>> },
    /// It asked for an event.
    Waiting { event: oneshot::Sender<Event> },
    /// It has an event.
    Running { request_id: Arc<str>, answer: oneshot::Sender<Answer>, finished: oneshot::Sender<()> },
    /// Its answer is coming in.
    Answering { finished: oneshot::Sender<()> },
    /// It answered.
    Answered { finished: oneshot::Sender<()> },
    /// It said that it cannot start.
    Failed,
}

/// The state of one process.
#[derive(Debug)]
pub(crate) struct Exchange(Mutex<State>);

impl Exchange {
    /// A process that starts, and the word whether it did.
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<(), InitError>>) {
        let (ready, started) = oneshot::channel();
        (Self(Mutex::new(State::Starting { ready })), started)
    }

    /// The process asks for an event.
    pub(crate) fn next(&self) -> Result<oneshot::Receiver<Event>, Misfit> {
        let mut state = self.lock();
        let may = match &*state {
            State::Starting { .. } | State::Answered { .. } => true,
            // Its connection broke while it waited.
            State::Waiting { event } => event.is_closed(),
            State::Running { .. } | State::Answering { .. } | State::Failed => false,
        };
        if !may {
            return Err(Misfit::State);
        }
        let (event, receiver) = oneshot::channel();
        // Whoever listened may be gone.
        match std::mem::replace(&mut *state, State::Waiting { event }) {
            State::Starting { ready } => drop(ready.send(Ok(()))),
            State::Answered { finished } => drop(finished.send(())),
            _ => {}
        }
        Ok(receiver)
    }

    /// Hands an event to a process that waits; `None` if the process does not, or is gone.
    pub(crate) fn deliver(&self, event: Event) -> Option<Delivered> {
        let mut state = self.lock();
        let (answer, answer_receiver) = oneshot::channel();
        let (finished, finished_receiver) = oneshot::channel();
        let running = State::Running { request_id: Arc::clone(&event.request_id), answer, finished };
        match std::mem::replace(&mut *state, running) {
            State::Waiting { event: sender } => {
                if sender.send(event).is_err() {
                    *state = State::Failed;
                    return None;
                }
                Some(Delivered { answer: answer_receiver, finished: finished_receiver })
            }
            other => {
                *state = other;
                None
            }
        }
    }

    /// The process begins to answer the invocation.
    pub(crate) fn begin_answer(&self, request_id: &str) -> Result<oneshot::Sender<Answer>, Misfit> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Failed) {
            State::Running { request_id: running, answer, finished } if *running == *request_id => {
                *state = State::Answering { finished };
                Ok(answer)
            }
            other => {
                let misfit = if matches!(other, State::Running { .. }) { Misfit::RequestId } else { Misfit::State };
                *state = other;
                Err(misfit)
            }
        }
    }

    /// The process ended its answer.
    pub(crate) fn end_answer(&self) {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Failed) {
            State::Answering { finished } => *state = State::Answered { finished },
            other => *state = other,
        }
    }

    /// The process cannot start.
    pub(crate) fn init_error(&self, error: InitError) -> Result<(), Misfit> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Failed) {
            State::Starting { ready } => {
                let _ = ready.send(Err(error));
                Ok(())
            }
            other => {
                *state = other;
                Err(Misfit::State)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(request_id: &str) -> Event {
        Event { request_id: request_id.into(), headers: HeaderMap::new(), payload: Bytes::new() }
    }

    #[test]
    fn an_invocation_passes_through_every_state() {
        let (exchange, mut started) = Exchange::new();
        assert!(exchange.deliver(event("early")).is_none());
        let mut waiting = exchange.next().expect("the first call");
        assert!(matches!(started.try_recv(), Ok(Ok(()))));
        let mut delivered = exchange.deliver(event("a")).expect("it waits");
        assert_eq!(&*waiting.try_recv().expect("an event").request_id, "a");
        assert_eq!(exchange.next().expect_err("it runs"), Misfit::State);
        assert_eq!(exchange.begin_answer("b").expect_err("another's"), Misfit::RequestId);
        let answer = exchange.begin_answer("a").expect("its own");
        assert_eq!(exchange.begin_answer("a").expect_err("twice"), Misfit::State);
        assert_eq!(exchange.next().expect_err("it is still answering"), Misfit::State);
        answer.send(Answer::TooLarge).expect("somebody listens");
        exchange.end_answer();
        assert!(delivered.answer.try_recv().is_ok());
        assert!(delivered.finished.try_recv().is_err());
        assert!(exchange.next().is_ok());
        assert!(delivered.finished.try_recv().is_ok());
    }

    #[test]
    fn a_process_may_ask_again_only_if_its_connection_broke() {
        let (exchange, _started) = Exchange::new();
        let first = exchange.next().expect("the first call");
        assert_eq!(exchange.next().expect_err("it waits already"), Misfit::State);
        drop(first);
        assert!(exchange.next().is_ok());
    }

    #[test]
    fn an_event_is_not_delivered_to_a_process_that_is_gone() {
        let (exchange, _started) = Exchange::new();
        drop(exchange.next().expect("the first call"));
        assert!(exchange.deliver(event("a")).is_none());
    }

    #[test]
    fn a_process_that_cannot_start_says_so_once() {
        let (exchange, mut started) = Exchange::new();
        let error = InitError { error_type: "Runtime.ImportModuleError".to_owned(), payload: Bytes::new() };
        assert!(exchange.init_error(error.clone()).is_ok());
        assert!(matches!(started.try_recv(), Ok(Err(_))));
        assert_eq!(exchange.init_error(error), Err(Misfit::State));
        assert_eq!(exchange.next().expect_err("it failed"), Misfit::State);
    }
}
