//! A process group: started, watched, killed as a whole.

use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal};
use tokio::process::Child;
use tokio::sync::watch;

/// A process and all that it started in its group.
#[derive(Debug)]
pub(crate) struct Process {
    id: Pid,
    exit: watch::Receiver<Option<ExitStatus>>,
    /// Whether the group was killed already: its number may be another's by then.
    is_killed: Mutex<bool>,
}

impl Process {
    /// Watches a child that leads a group of its own. `None` if it is gone already.
    pub(super) fn watch(mut child: Child) -> Option<Self> {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)?;
        let (sender, exit) = watch::channel(None);
        tokio::spawn(async move {
            if let Ok(status) = child.wait().await {
                // What it started must not outlive it.
                let _ = rustix::process::kill_process_group(id, Signal::KILL);
                let _ = sender.send(Some(status));
            }
        });
        Some(Self { id, exit, is_killed: Mutex::new(false) })
    }

    pub(crate) fn id(&self) -> Pid {
        self.id
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.exit.borrow().is_none() && self.exit.has_changed().is_ok()
    }

    /// Waits for its end.
    pub(crate) async fn exited(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        match exit.wait_for(Option::is_some).await.ok().and_then(|status| *status) {
            Some(status) => status,
            // Nobody watches any more: the host is stopping, and nobody needs an answer.
            None => std::future::pending().await,
        }
    }

    /// Kills the whole group, once.
    pub(crate) fn kill(&self) {
        let mut is_killed = self.is_killed.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_killed && self.exit.borrow().is_none() {
            let _ = rustix::process::kill_process_group(self.id, Signal::KILL);
        }
        *is_killed = true;
    }
}
