//! Deadlines without a timer operation per request.
//!
//! A deadline that moves further away leaves the timer armed for the earlier moment; when that fires, it is armed again. So a
//! keep-alive connection under load touches the timer wheel a few times a minute instead of several times a request.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

/// The deadline passed before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elapsed;

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

    /// Runs `work` until the deadline.
    pub(crate) async fn within<F: Future>(&mut self, deadline: Instant, work: F) -> Result<F::Output, Elapsed> {
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll_elapsed(deadline, context).map(Err),
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
    use std::time::Duration;

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
    }
}
