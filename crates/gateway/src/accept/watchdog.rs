//! Deadlines without a timer operation per request.
//!
//! A deadline that moves further away leaves the timer armed for the earlier moment; when that fires, it is armed again. So a
//! keep-alive connection under load touches the timer wheel a few times a minute instead of several times a request.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The deadline passed before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elapsed;

/// Until when work may take.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Until a moment.
    At(Instant),
    /// For so long, counted from when the work first has to wait.
    For(Duration),
}

impl Limit {
    fn deadline(self, now: Instant) -> Instant {
        match self {
            Self::At(deadline) => deadline,
            Self::For(duration) => now + duration,
        }
    }
}

impl From<Instant> for Limit {
    fn from(deadline: Instant) -> Self {
        Self::At(deadline)
    }
}

impl From<Duration> for Limit {
    fn from(duration: Duration) -> Self {
        Self::For(duration)
    }
}

/// One timer, shared by everything that one task waits for in turn.
///
/// It belongs to its task: what wakes the task is what the timer was told when it was armed.
#[derive(Debug)]
pub(crate) struct Watchdog {
    sleep: Pin<Box<Sleep>>,
    /// Until when the timer is armed, if it was told whom to wake.
    armed: Option<Instant>,
}

impl Watchdog {
    /// A watchdog that is not armed.
    pub(crate) fn new() -> Self {
        Self { sleep: Box::pin(sleep_until(Instant::now())), armed: None }
    }

    /// Runs `work` until its limit. Work that is done at once never reads the clock, and a wait that ends before the timer does
    /// leaves it alone.
    pub(crate) async fn within<F: Future>(&mut self, limit: impl Into<Limit>, work: F) -> Result<F::Output, Elapsed> {
        let limit = limit.into();
        let mut deadline = None;
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            if let Some(deadline) = deadline {
                // Woken without anything to do: by the timer, by accident, or since work that is never idle has had its turn. The
                // timer gets no turn either then: only the clock tells.
                if Instant::now() >= deadline {
                    self.armed = None;
                    return Poll::Ready(Err(Elapsed));
                }
                return self.poll_elapsed(deadline, context).map(Err);
            }
            let now = Instant::now();
            let until = *deadline.insert(limit.deadline(now));
            match self.armed {
                Some(armed) if now < armed && armed <= until => Poll::Pending,
                _ => self.poll_elapsed(until, context).map(Err),
            }
        })
        .await
    }

    fn poll_elapsed(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<Elapsed> {
        if self.armed.is_none_or(|armed| armed > deadline) {
            self.sleep.as_mut().reset(deadline);
        }
        while self.sleep.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                self.armed = None;
                return Poll::Ready(Elapsed);
            }
            self.sleep.as_mut().reset(deadline);
        }
        self.armed = Some(self.sleep.deadline());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn deadlines_move_both_ways() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut watchdog = Watchdog::new();
        assert_eq!(watchdog.within(after(5), std::future::pending::<()>()).await, Err(Elapsed));
        let work = tokio::time::sleep(Duration::from_millis(20));
        assert_eq!(watchdog.within(after(5_000), work).await, Ok(()));
        assert_eq!(watchdog.within(after(60), std::future::pending::<()>()).await, Err(Elapsed));
        assert!(start.elapsed() >= Duration::from_millis(60));
        assert_eq!(watchdog.within(after(0), std::future::ready(1)).await, Ok(1));
        let again = Instant::now();
        assert_eq!(watchdog.within(Duration::from_millis(30), std::future::pending::<()>()).await, Err(Elapsed));
        assert!(again.elapsed() >= Duration::from_millis(30));
    }

    #[tokio::test]
    async fn work_that_is_never_idle_ends_at_its_deadline() {
        let busy = async {
            loop {
                tokio::task::consume_budget().await;
            }
        };
        let mut watchdog = Watchdog::new();
        let within = watchdog.within(Duration::from_millis(30), busy).await;
        assert!(within.is_err());
    }
}
