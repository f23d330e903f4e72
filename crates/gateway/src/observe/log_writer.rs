//! The thread that takes log lines to where they belong, apart from every core.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::access_log::{AccessLogSender, LogBatch, LogKind};
use super::counters::Counters;

/// Batches that may wait for the writer; more are dropped and counted.
const QUEUE_BATCHES: usize = 256;
/// How often the sink may see to what it has.
const TICK: Duration = Duration::from_millis(500);
/// How often a sink's failures are told of.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// How long the last lines may take.
const END_LIMIT: Duration = Duration::from_secs(10);
/// How often is seen whether they are written.
const END_TICK: Duration = Duration::from_millis(5);

/// Where lines go. It is called on the writer's thread, which may wait for a disk and for nothing else.
pub trait LogSink: Send {
    /// Takes lines; those of a batch that fails count as lost.
    fn write(&mut self, batch: LogBatch) -> Result<(), LogFailure>;

    /// Sees to what it has; called about twice a second.
    fn tick(&mut self) {}
}

/// Why a sink did not take a batch, and the batch.
#[derive(Debug)]
pub struct LogFailure {
    /// What was not taken.
    pub batch: Box<LogBatch>,
    /// Why.
    pub reason: String,
}

/// The running writer.
#[derive(Debug)]
pub struct LogWriter {
    thread: JoinHandle<()>,
    work: Arc<Work>,
    counters: Arc<Counters>,
}

/// What the writer has before it.
#[derive(Debug)]
struct Work {
    waiting: Mutex<Receiver<LogBatch>>,
    /// Of which log the batch is that is being written, and how many lines it has.
    writing: Mutex<Option<(LogKind, u64)>>,
}

impl LogWriter {
    /// Starts the writer. It ends when every sender is gone and the sink has all that was sent.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(sink: Box<dyn LogSink>, counters: Arc<Counters>) -> io::Result<(Self, AccessLogSender)> {
        let (sender, batches) = sync_channel(QUEUE_BATCHES);
        let work = Arc::new(Work { waiting: Mutex::new(batches), writing: Mutex::default() });
        let writing = Writing { sink, work: Arc::clone(&work), counters: Arc::clone(&counters), complained: None };
        let thread = std::thread::Builder::new().name("access-log".to_owned()).spawn(move || writing.run())?;
        Ok((Self { thread, work, counters: Arc::clone(&counters) }, AccessLogSender { sender, counters }))
    }

    /// Waits for the writer to end, after every sender was dropped; for ten seconds at most. A pipe that nobody reads would
    /// else keep the process from ending. Lines that are not written by then are lost, counted and told.
    pub fn join(self) {
        self.join_within(END_LIMIT);
    }

    fn join_within(self, limit: Duration) {
        let begun = Instant::now();
        while !self.thread.is_finished() {
            if begun.elapsed() >= limit {
                return self.work.abandon(&self.counters);
            }
            std::thread::sleep(END_TICK);
        }
        if self.thread.join().is_err() {
            tracing::error!("the access-log writer ended abnormally");
        }
    }
}

impl Work {
    /// Counts what nobody will write. The writer waits for its destination, not for its work.
    fn abandon(&self, counters: &Counters) {
        let mut lines = 0;
        if let Some((kind, count)) = locked(&self.writing).take() {
            kind.lost(count, counters);
            lines += count;
        }
        for batch in locked(&self.waiting).try_iter() {
            batch.lost(counters);
            lines += batch.count;
        }
        tracing::warn!(lines, "log lines are lost: their destination did not take them before the process had to end");
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writing {
    sink: Box<dyn LogSink>,
    work: Arc<Work>,
    counters: Arc<Counters>,
    complained: Option<Instant>,
}

impl Writing {
    fn run(mut self) {
        let mut ticked = Instant::now();
        loop {
            let received = {
                let waiting = locked(&self.work.waiting);
                let received = waiting.recv_timeout(TICK);
                *locked(&self.work.writing) = received.as_ref().ok().map(|batch| (batch.kind, batch.count));
                received
            };
            match received {
                Ok(batch) => self.write(batch),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.sink.tick(),
            }
            if ticked.elapsed() >= TICK {
                self.sink.tick();
                ticked = Instant::now();
            }
        }
    }

    fn write(&mut self, batch: LogBatch) {
        let written = self.sink.write(batch);
        // Whoever has given up waiting has counted it.
        let is_waited_for = locked(&self.work.writing).take().is_some();
        let (Err(LogFailure { batch, reason }), true) = (written, is_waited_for) else { return };
        batch.lost(&self.counters);
        if self.complained.is_none_or(|last| last.elapsed() >= COMPLAINT_INTERVAL) {
            self.complained = Some(Instant::now());
            tracing::error!(destination = &*batch.destination_arn, reason, "log lines could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use stagegate_plan::LogStream;

    use super::super::access_log::{LogKind, LogMark};
    use super::*;

    /// Takes what is not for `full`.
    struct Half;

    impl LogSink for Half {
        fn write(&mut self, batch: LogBatch) -> Result<(), LogFailure> {
            if &*batch.destination_arn == "full" {
                return Err(LogFailure { batch: Box::new(batch), reason: "full".to_owned() });
            }
            Ok(())
        }
    }

    #[test]
    fn what_the_sink_does_not_take_is_counted_by_its_kind() {
        let counters = Arc::<Counters>::default();
        let (writer, sender) = LogWriter::start(Box::new(Half), Arc::clone(&counters)).expect("a thread");
        for (to, kind, count) in [
            ("full", LogKind::Access, 2),
            ("empty", LogKind::Access, 4),
            ("full", LogKind::Execution, 8),
            ("full", LogKind::Function, 16),
        ] {
            let marks = vec![LogMark { at_ms: 1, bytes: 2 }];
            let stream = LogStream::Named("s".into());
            let batch = LogBatch { destination_arn: to.into(), stream, kind, lines: b"x\n".to_vec(), marks, count };
            assert!(sender.send(batch));
        }
        drop(sender);
        writer.join();
        let dropped = [&counters.access_log_dropped, &counters.execution_log_dropped, &counters.function_log_dropped];
        assert_eq!(dropped.map(|counter| counter.load(Relaxed)), [2, 8, 16]);
    }

    /// Waits until it is let go, like a pipe that nobody reads.
    struct Stuck(Receiver<()>);

    impl LogSink for Stuck {
        fn write(&mut self, _batch: LogBatch) -> Result<(), LogFailure> {
            // It is let go when the test is over.
            _ = self.0.recv();
            Ok(())
        }
    }

    #[test]
    fn a_destination_that_never_takes_anything_keeps_nobody_from_ending_and_what_it_had_to_take_is_counted() {
        let counters = Arc::<Counters>::default();
        let (let_go, stuck) = std::sync::mpsc::channel();
        let (writer, sender) = LogWriter::start(Box::new(Stuck(stuck)), Arc::clone(&counters)).expect("a thread");
        for (kind, count) in [(LogKind::Access, 2), (LogKind::Execution, 8), (LogKind::Access, 3)] {
            let batch = LogBatch { count, ..LogBatch::new(&"pipe".into(), &LogStream::Named("s".into()), kind) };
            assert!(sender.send(batch));
        }
        drop(sender);
        let work = Arc::clone(&writer.work);
        while locked(&work.writing).is_none() {
            std::thread::yield_now();
        }
        writer.join_within(Duration::from_millis(20));
        let dropped = [&counters.access_log_dropped, &counters.execution_log_dropped, &counters.function_log_dropped];
        assert_eq!(dropped.map(|counter| counter.load(Relaxed)), [5, 8, 0]);
        drop(let_go);
    }
}
