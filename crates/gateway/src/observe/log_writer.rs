//! The thread that takes log lines to where they belong, apart from every core.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::access_log::{AccessLogSender, LogBatch};
use super::counters::Counters;

/// Batches that may wait for the writer; more are dropped and counted.
const QUEUE_BATCHES: usize = 256;
/// How often the sink may see to what it has.
const TICK: Duration = Duration::from_millis(500);
/// How often a sink's failures are told of.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

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
}

impl LogWriter {
    /// Starts the writer. It ends when every sender is gone and the sink has all that was sent.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(sink: Box<dyn LogSink>, counters: Arc<Counters>) -> io::Result<(Self, AccessLogSender)> {
        let (sender, batches) = sync_channel(QUEUE_BATCHES);
        let writing = Writing { sink, counters: Arc::clone(&counters), complained: None };
        let thread = std::thread::Builder::new().name("access-log".to_owned()).spawn(move || writing.run(&batches))?;
        Ok((Self { thread }, AccessLogSender { sender, counters }))
    }

    /// Waits for the writer to end, after every sender was dropped.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the access-log writer ended abnormally");
        }
    }
}

struct Writing {
    sink: Box<dyn LogSink>,
    counters: Arc<Counters>,
    complained: Option<Instant>,
}

impl Writing {
    fn run(mut self, batches: &Receiver<LogBatch>) {
        let mut ticked = Instant::now();
        loop {
            match batches.recv_timeout(TICK) {
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
        let Err(LogFailure { batch, reason }) = self.sink.write(batch) else { return };
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
}
