//! Quotas of one process: requests are taken from leases, and leases are on disk before the first of their requests is.

use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use stagegate_state::{BoxFuture, Clock, Counter, Day, Quota, Quotas, QuotasError, Take, Usage};
use tokio::sync::oneshot;

use crate::journal::{Disk, Journal, JournalError, LocalDisk};
use crate::record::Record;
use crate::table::{Done, Outbox, Table};
use crate::word::Lease;

/// How long the writer waits before it tries a failing disk again.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// What the lock guards.
#[derive(Debug, Default)]
struct State {
    table: Table,
    outbox: Outbox,
    is_stopped: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Quotas of one process.
pub struct LocalQuotas {
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl LocalQuotas {
    /// Opens the journal, and starts the thread that writes it. What was leased when the process last ended counts as used.
    ///
    /// # Errors
    /// The file cannot be used, or is none of ours.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        Self::open_on(Box::new(LocalDisk), path, clock)
    }

    pub(crate) fn open_on(disk: Box<dyn Disk>, path: &Path, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let (journal, records) = Journal::open(path, disk)?;
        let table = Table::of(&records, Day::of(clock.unix_s()));
        let shared = Arc::new(Shared { state: Mutex::new(State { table, ..State::default() }), ..Shared::default() });
        let writer = Writer { journal, shared: Arc::clone(&shared) };
        let thread = std::thread::Builder::new().name("quotas".to_owned()).spawn(move || writer.run());
        let thread = thread.map_err(|reason| JournalError::Unusable { path: path.to_owned(), reason })?;
        Ok(Self { clock, shared, writer: Mutex::new(Some(thread)) })
    }

    /// Waits until the writer has written everything.
    fn join(&self) {
        self.shared.work.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the writer of the journal of quotas ended abnormally");
        }
    }

    fn today(&self) -> Day {
        Day::of(self.clock.unix_s())
    }

    /// Works on the table; the writer gets what is to be written.
    fn with<T>(&self, work: impl FnOnce(&mut Table, &mut Outbox) -> T) -> T {
        let mut state = self.shared.lock();
        let State { table, outbox, is_stopped } = &mut *state;
        let mut dropped = Outbox::default();
        let result = work(table, if *is_stopped { &mut dropped } else { outbox });
        let has_work = !outbox.is_empty();
        drop(state);
        if has_work {
            self.shared.work.notify_one();
        }
        result
    }
}

impl Quotas for LocalQuotas {
    fn now_s(&self) -> u64 {
        self.clock.unix_s()
    }

    fn counter(&self, name: &str) -> Arc<Counter> {
        let today = self.today();
        self.with(|table, out| table.counter(name, today, out))
    }

    fn try_take(&self, counter: &Counter, quota: &Quota) -> Take {
        let today = self.today();
        let mut word = counter.word.load(Acquire);
        loop {
            let lease = Lease::of(word);
            if !lease.is_of(today, quota) {
                break;
            }
            if lease.is_exhausted {
                return Take::Exhausted;
            }
            if lease.left == 0 {
                break;
            }
            let left = lease.left - 1;
            match counter.word.compare_exchange_weak(word, Lease { left, ..lease }.word(), AcqRel, Acquire) {
                Ok(_) => {
                    // Each number is left to one request only, so that one of them asks; twice, as the first may be too early.
                    if left == quota.lease() / 2 || left == quota.lease() / 4 {
                        self.with(|table, out| table.ask_ahead(counter, quota, today, out));
                    }
                    return Take::Taken;
                }
                Err(now) => word = now,
            }
        }
        self.with(|table, out| table.take(counter, quota, today, out))
    }

    fn give_back(&self, counter: &Counter, quota: &Quota) {
        let today = self.today();
        let more = |word| {
            let lease = Lease::of(word);
            let left = lease.left.checked_add(1)?;
            let is_open = !self.shared.lock().is_stopped;
            (is_open && lease.is_of(today, quota)).then(|| Lease { left, is_exhausted: false, ..lease }.word())
        };
        // What belongs to another day, or to settings of before, stays counted.
        let _ = counter.word.fetch_update(AcqRel, Acquire, more);
    }

    fn left(&self, counter: &Counter, quota: &Quota) -> u32 {
        let today = self.today();
        self.shared.lock().table.left(counter, quota, today)
    }

    fn usage(&self, name: &str, quota: &Quota) -> Usage {
        self.shared.lock().table.usage(name, quota)
    }

    fn set_left<'a>(&'a self, name: &'a str, quota: &'a Quota, left: u32) -> BoxFuture<'a, Result<Usage, QuotasError>> {
        Box::pin(async move {
            let today = self.today();
            let (told, recorded) = oneshot::channel();
            let usage = self.with(|table, out| {
                let usage = table.set_left(name, quota, left, today, out);
                out.done.push(Done::Told(told));
                usage
            });
            match recorded.await {
                Ok(Ok(())) => Ok(usage),
                Ok(Err(reason)) => Err(QuotasError::Unrecorded(reason)),
                Err(_) => Err(QuotasError::Stopped),
            }
        })
    }

    fn names(&self) -> Vec<Box<str>> {
        self.shared.lock().table.names()
    }

    fn retain(&self, keep: &mut dyn FnMut(&str) -> bool) {
        self.with(|table, out| table.retain(keep, out));
    }

    fn forget(&self, name: &str) {
        self.with(|table, out| table.forget(name, out));
    }

    fn stop(&self) {
        {
            let mut state = self.shared.lock();
            if !state.is_stopped {
                let State { table, outbox, is_stopped } = &mut *state;
                table.return_leases(outbox);
                *is_stopped = true;
            }
        }
        self.join();
    }
}

impl Drop for LocalQuotas {
    /// Without [`Quotas::stop`], as in a process that is killed, unused leases stay counted.
    fn drop(&mut self) {
        self.shared.lock().is_stopped = true;
        self.join();
    }
}

impl fmt::Debug for LocalQuotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalQuotas").finish_non_exhaustive()
    }
}

/// The thread that writes: one write and one sync for all that has come together meanwhile.
struct Writer {
    journal: Journal,
    shared: Arc<Shared>,
}

impl Writer {
    fn run(mut self) {
        while let Some(work) = self.next() {
            let mut bytes = Vec::new();
            work.records.iter().for_each(|record: &Record| record.write(&mut bytes));
            let done = match self.journal.append(&bytes) {
                Ok(()) => work.done,
                Err(error) => {
                    tracing::error!(%error, "the journal of quotas cannot be written; it is written anew");
                    match self.rewrite_until_it_works(work.done) {
                        Some(done) => done,
                        None => return,
                    }
                }
            };
            self.finish(done);
            if self.journal.is_long() {
                self.compact();
            }
        }
    }

    /// What there is to write; `None` when everything is written and no more comes.
    fn next(&self) -> Option<Outbox> {
        let mut state = self.shared.lock();
        loop {
            if !state.outbox.is_empty() {
                return Some(std::mem::take(&mut state.outbox));
            }
            if state.is_stopped {
                return None;
            }
            state = self.shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, done: Vec<Done>) {
        let mut state = self.shared.lock();
        for done in done {
            match done {
                Done::Lease { number, id } => state.table.leased(number, id),
                // Whoever asked may have left.
                Done::Told(told) => _ = told.send(Ok(())),
            }
        }
    }

    /// After a failed write nobody knows what the file holds. A new one has everything, also what was not written; until
    /// there is one, no lease is given out. Gives up when the process stops.
    fn rewrite_until_it_works(&mut self, mut done: Vec<Done>) -> Option<Vec<Done>> {
        loop {
            let (records, is_stopped) = {
                let mut state = self.shared.lock();
                let more = std::mem::take(&mut state.outbox);
                done.extend(more.done);
                (state.table.records(), state.is_stopped)
            };
            let Err(error) = self.journal.rewrite(&records) else { return Some(done) };
            tracing::error!(%error, "the journal of quotas cannot be written anew; quotas without a lease refuse");
            done = done.into_iter().filter_map(|done| refuse(done, &error)).collect();
            if is_stopped {
                return None;
            }
            std::thread::sleep(RETRY_PAUSE);
        }
    }

    fn compact(&mut self) {
        let (records, done) = {
            let mut state = self.shared.lock();
            let work = std::mem::take(&mut state.outbox);
            (state.table.records(), work.done)
        };
        match self.journal.rewrite(&records) {
            Ok(()) => self.finish(done),
            Err(error) => {
                tracing::error!(%error, "the journal of quotas cannot be shortened");
                if let Some(done) = self.rewrite_until_it_works(done) {
                    self.finish(done);
                }
            }
        }
    }
}

/// Tells whoever waits for an answer; a lease goes on waiting.
fn refuse(done: Done, error: &std::io::Error) -> Option<Done> {
    match done {
        Done::Told(told) => {
            let _ = told.send(Err(error.to_string()));
            None
        }
        lease @ Done::Lease { .. } => Some(lease),
    }
}
