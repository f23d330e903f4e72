//! The end of the process: a signal, spread to everything that runs.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Tells everything to stop.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Learns that it is time to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// A connected pair.
pub(crate) fn channel() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Tells everything to stop.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits until it is time to stop; a stopper that is gone counts as a stop.
    pub(crate) async fn stopped(&mut self) {
        // An error means that the stopper is gone.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

/// The signals that end the process, caught from the moment this is made.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts catching SIGTERM and SIGINT. Needs a tokio runtime.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them, and names it.
    pub(crate) async fn received(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_learns_of_a_stop_also_afterwards() {
        let (stopper, mut early) = channel();
        let mut late = early.clone();
        let waiting = tokio::spawn(async move { early.stopped().await });
        stopper.stop();
        waiting.await.expect("stopped");
        late.stopped().await;
    }
}
