//! One process of a function, from its start to its end.

mod command;
mod environment;
mod process;
mod start;
mod usage;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

pub(crate) use command::{Prepared, arguments, missing};
pub(crate) use process::Process;
pub(crate) use start::{InitFailure, cpu_seconds, start};

use crate::exchange::Exchange;
use crate::logs::SandboxLog;

/// How often memory is looked at while an invocation runs.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);
/// The limit of CPU time is raised at most this often.
const CPU_INTERVAL: Duration = Duration::from_secs(1);

/// A process that has started.
pub(crate) struct Sandbox {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) log: Arc<SandboxLog>,
    pub(crate) process: Process,
    /// How long it took to start.
    pub(crate) init: Duration,
    is_warm: AtomicBool,
    max_memory_mb: AtomicU64,
    idle_since: Mutex<Instant>,
    memory_looked: Mutex<Option<Instant>>,
    cpu_refreshed: Mutex<Option<Instant>>,
    tasks: Vec<JoinHandle<()>>,
    _slot: OwnedSemaphorePermit,
}

impl Sandbox {
    /// The time of its start, at its first invocation only.
    pub(crate) fn first_init(&self) -> Option<Duration> {
        (!self.is_warm.swap(true, Ordering::Relaxed)).then_some(self.init)
    }

    pub(crate) fn note_idle(&self) {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn idle_since(&self) -> Instant {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The most memory that the process ever used, in MB; looked up at most every 100 ms.
    pub(crate) fn max_memory_mb(&self) -> u64 {
        let mut looked = self.memory_looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|at| at.elapsed() < MEMORY_INTERVAL) {
            return self.max_memory_mb.load(Ordering::Relaxed);
        }
        *looked = Some(Instant::now());
        drop(looked);
        let now = usage::memory(self.process.id()).map_or(0, |memory| memory.peak_mb);
        self.max_memory_mb.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// Returns once the process uses more than `memory_mb`.
    pub(crate) async fn outgrows(&self, memory_mb: u64) {
        loop {
            tokio::time::sleep(MEMORY_INTERVAL).await;
            let Some(memory) = usage::memory(self.process.id()) else { continue };
            self.max_memory_mb.fetch_max(memory.peak_mb, Ordering::Relaxed);
            if memory.current_mb > memory_mb {
                return;
            }
        }
    }

    /// Grants CPU time for the next invocation: what was used, and `seconds` more. Between invocations a process has only
    /// what is left of that.
    pub(crate) fn grant_cpu(&self, seconds: u64) {
        let mut refreshed = self.cpu_refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        if refreshed.is_some_and(|at| at.elapsed() < CPU_INTERVAL) {
            return;
        }
        *refreshed = Some(Instant::now());
        usage::grant_cpu(self.process.id(), seconds);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.process.kill();
        for task in &self.tasks {
            task.abort();
        }
    }
}
