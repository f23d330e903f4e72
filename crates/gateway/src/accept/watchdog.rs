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
    fn deadline(&mut self) -> Instant {
        let deadline = match *self {
            Self::At(deadline) => deadline,
            Self::For(duration) => Instant::now() + duration,
        };
        *self = Self::At(deadline);
        deadline
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

/// One timer, shared by everything a connection waits for in turn.
#[derive(Debug)]
pub(crate) struct Watchdog {
    sleep: Pin<Box<Sleep>>,
}

impl Watchdog {
    /// A watchdog armed for a first deadline.
    pub(crate) fn new(deadline: Instant) -> Self {
        Self { sleep: Box::pin(sleep_until(deadline)) }
    }

    /// Runs `work` until its limit. Work that is done at once never reads the clock.
    pub(crate) async fn within<F: Future>(&mut self, limit: impl Into<Limit>, work: F) -> Result<F::Output, Elapsed> {
        let mut limit = limit.into();
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll_elapsed(limit.deadline(), context).map(Err),
        })
        .await
    }

    fn poll_elapsed(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<Elapsed> {
        if self.sleep.deadline() > deadline {
            self.sleep.as_mut().reset(deadline);
        }
        while self.sleep.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(Elapsed);
            }
            self.sleep.as_mut().reset(deadline);
        }
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
        let mut watchdog = Watchdog::new(after(5));
        let work = tokio::time::sleep(Duration::from_millis(20));
        assert_eq!(watchdog.within(after(5_000), work).await, Ok(()));
        assert_eq!(watchdog.within(after(60), std::future::pending::<()>()).await, Err(Elapsed));
        assert!(start.elapsed() >= Duration::from_millis(60));
        assert_eq!(watchdog.within(after(0), std::future::ready(1)).await, Ok(1));
        let again = Instant::now();
        assert_eq!(watchdog.within(Duration::from_millis(30), std::future::pending::<()>()).await, Err(Elapsed));
        assert!(again.elapsed() >= Duration::from_millis(30));
    }
}
