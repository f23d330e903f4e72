//! Progress of long work: one line on a terminal that keeps changing, nothing anywhere else.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

/// How often the line is written anew.
const TICK: Duration = Duration::from_millis(125);
const WHEEL: [char; 4] = ['|', '/', '-', '\\'];

/// A line of progress. It is wiped when dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    step: Arc<Mutex<String>>,
    ticker: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts a line, if standard error is a terminal.
    pub(crate) fn start() -> Self {
        let step = Arc::new(Mutex::new(String::new()));
        let ticker = stderr().is_terminal().then(|| tokio::spawn(tick(Arc::clone(&step))));
        Self { step, ticker }
    }

    /// Says what is being done.
    pub(crate) fn step(&self, text: impl Into<String>) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = text.into();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(ticker) = &self.ticker {
            ticker.abort();
            show("\r\x1b[K");
        }
    }
}

async fn tick(step: Arc<Mutex<String>>) {
    let started = Instant::now();
    // Work that is done within a tick never shows.
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
    for wheel in WHEEL.into_iter().cycle() {
        interval.tick().await;
        let text = step.lock().unwrap_or_else(PoisonError::into_inner).clone();
        show(&format!("\r\x1b[K{wheel} {text} ({} s)", started.elapsed().as_secs()));
    }
}

/// Writes to the terminal; there is nobody to tell if that fails.
fn show(text: &str) {
    let mut out = stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
