//! Lines of access and execution logs: written into a buffer of the core, handed to the writer in batches, never waited for.

use std::cell::{RefCell, RefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{SyncSender, TrySendError};

use stagegate_mapping::{ContextVariable, FormatPart};
use stagegate_plan::AccessLogPlan;

use super::counters::Counters;

/// A batch is handed over when it is this long, or at the next tick.
const BATCH_BYTES: usize = 32 * 1024;

/// What most lines fit in.
const LINE_BYTES: usize = 512;

/// Lines for one destination.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) destination_arn: Arc<str>,
    pub(crate) kind: LogKind,
    pub(crate) lines: Vec<u8>,
    pub(crate) count: u64,
}

/// Which log lines are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogKind {
    Access,
    Execution,
}

impl Batch {
    /// Counts lines that nobody will see.
    pub(crate) fn lost(&self, counters: &Counters) {
        let lost = match self.kind {
            LogKind::Access => &counters.access_log_dropped,
            LogKind::Execution => &counters.execution_log_dropped,
        };
        lost.fetch_add(self.count, Relaxed);
    }
}

/// The way to the log writer, cloned for each core.
#[derive(Debug, Clone)]
pub struct AccessLogSender {
    pub(crate) sender: SyncSender<Batch>,
    pub(crate) counters: Arc<Counters>,
}

impl AccessLogSender {
    /// Hands whole lines over at once; `false` if the writer is too far behind to take them.
    pub fn send(&self, destination_arn: &Arc<str>, lines: Vec<u8>, count: u64) -> bool {
        let batch = Batch { destination_arn: Arc::clone(destination_arn), kind: LogKind::Execution, lines, count };
        self.sender.try_send(batch).is_ok()
    }
}

/// One core's open batches.
#[derive(Debug)]
pub(crate) struct AccessLog {
    open: RefCell<Vec<Batch>>,
    to: AccessLogSender,
}

impl AccessLog {
    /// A core's end of the log.
    pub(crate) fn new(to: AccessLogSender) -> Self {
        Self { open: RefCell::new(Vec::new()), to }
    }

    /// Writes one line; a variable without a value prints `-` (facts 123 and L15).
    pub(crate) fn line(&self, plan: &AccessLogPlan, write: impl Fn(&ContextVariable, &mut Vec<u8>) -> bool) {
        for destination_arn in [Some(&plan.destination_arn), plan.copy_arn.as_ref()].into_iter().flatten() {
            self.line_to(destination_arn, plan, &write);
        }
    }

    fn line_to(
        &self,
        destination_arn: &Arc<str>,
        plan: &AccessLogPlan,
        write: impl Fn(&ContextVariable, &mut Vec<u8>) -> bool,
    ) {
        let mut open = self.open.borrow_mut();
        let index = batch(&mut open, destination_arn, LogKind::Access);
        let batch = &mut open[index];
        batch.lines.reserve(LINE_BYTES);
        for part in plan.format.parts() {
            match part {
                FormatPart::Literal(text) => batch.lines.extend_from_slice(text.as_bytes()),
                FormatPart::Variable(variable) => {
                    if !write(variable, &mut batch.lines) {
                        batch.lines.push(b'-');
                    }
                }
            }
        }
        batch.lines.push(b'\n');
        batch.count += 1;
        self.hand_over_full(open, index);
    }

    /// Appends whole lines to a destination's batch.
    pub(crate) fn append(&self, destination_arn: &Arc<str>, lines: &[u8], count: u64) {
        if count == 0 {
            return;
        }
        let mut open = self.open.borrow_mut();
        let index = batch(&mut open, destination_arn, LogKind::Execution);
        open[index].lines.extend_from_slice(lines);
        open[index].count += count;
        self.hand_over_full(open, index);
    }

    fn hand_over_full(&self, mut open: RefMut<'_, Vec<Batch>>, index: usize) {
        if open[index].lines.len() >= BATCH_BYTES {
            let full = open.swap_remove(index);
            drop(open);
            self.hand_over(full);
        }
    }

    /// Hands every open batch over: called a few times a second, and at the end.
    pub(crate) fn flush(&self) {
        let batches = std::mem::take(&mut *self.open.borrow_mut());
        for batch in batches {
            self.hand_over(batch);
        }
    }

    fn hand_over(&self, batch: Batch) {
        if let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) = self.to.sender.try_send(batch) {
            batch.lost(&self.to.counters);
        }
    }
}

/// The place of a destination's open batch.
fn batch(open: &mut Vec<Batch>, destination_arn: &Arc<str>, kind: LogKind) -> usize {
    let known = open.iter().position(|batch| Arc::ptr_eq(&batch.destination_arn, destination_arn));
    known.unwrap_or_else(|| {
        open.push(Batch { destination_arn: Arc::clone(destination_arn), kind, lines: Vec::new(), count: 0 });
        open.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn lines_that_the_writer_cannot_take_are_counted_and_never_waited_for() {
        let (sender, batches) = sync_channel(1);
        let counters = Arc::<Counters>::default();
        let log = AccessLog::new(AccessLogSender { sender, counters: Arc::clone(&counters) });
        let group: Arc<str> = "group".into();
        let lines = vec![b'x'; BATCH_BYTES];
        for count in [2, 3, 4] {
            log.append(&group, &lines, count);
        }
        log.append(&group, b"", 0);
        log.append(&group, b"short\n", 1);
        assert_eq!(batches.try_iter().map(|batch| batch.count).collect::<Vec<_>>(), [2]);
        assert_eq!(counters.execution_log_dropped.load(Relaxed), 7);
        log.flush();
        assert_eq!(batches.try_iter().map(|batch| batch.lines).collect::<Vec<_>>(), [b"short\n"]);
        assert_eq!((counters.execution_log_dropped.load(Relaxed), counters.access_log_dropped.load(Relaxed)), (7, 0));
    }
}
