//! Lines of access and execution logs: written into a buffer of the core, handed to the writer in batches, never waited for.

use std::cell::{RefCell, RefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{SyncSender, TrySendError};

use stagegate_mapping::{ContextVariable, FormatPart};
use stagegate_plan::{AccessLogPlan, LogStream};

use super::clock::WallClock;
use super::counters::Counters;

/// A batch is handed over when it is this long, or at the next tick.
const BATCH_BYTES: usize = 32 * 1024;

/// What most lines fit in.
const LINE_BYTES: usize = 512;

/// Lines for one destination.
#[derive(Debug, Clone)]
pub struct LogBatch {
    /// The ARN that the lines are for.
    pub destination_arn: Arc<str>,
    /// Their stream, where the destination has streams.
    pub stream: LogStream,
    /// Which log they are of.
    pub kind: LogKind,
    /// The lines, each with its end.
    pub lines: Vec<u8>,
    /// When which of them were written, in their order.
    pub marks: Vec<LogMark>,
    /// How many they are.
    pub count: u64,
}

/// A part of a batch that was written at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogMark {
    /// In milliseconds since 1970.
    pub at_ms: u64,
    /// Bytes of the part.
    pub bytes: usize,
}

/// Which log lines are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// The access log of a stage.
    Access,
    /// The execution log of a stage.
    Execution,
    /// The log of a function.
    Function,
}

impl LogBatch {
    pub(super) fn new(destination_arn: &Arc<str>, stream: &LogStream, kind: LogKind) -> Self {
        Self {
            destination_arn: Arc::clone(destination_arn),
            stream: stream.clone(),
            kind,
            lines: Vec::new(),
            marks: Vec::new(),
            count: 0,
        }
    }

    /// Appends a part that is at the end of the lines already.
    fn mark(&mut self, at_ms: u64, bytes: usize, count: u64) {
        self.marks.push(LogMark { at_ms, bytes });
        self.count += count;
    }

    /// The events in their order, one for each line, each with its moment in milliseconds since 1970, without the end of its line.
    pub fn events(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = &*self.lines;
        self.marks.iter().flat_map(move |mark| {
            let (part, tail) = rest.split_at_checked(mark.bytes).unwrap_or((rest, b""));
            rest = tail;
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            part.split(|byte| *byte == b'\n').map(|line| (mark.at_ms, line))
        })
    }

    /// Counts lines that nobody will see.
    pub fn lost(&self, counters: &Counters) {
        self.kind.lost(self.count, counters);
    }
}

impl LogKind {
    /// Counts lines of this log as lost.
    pub(super) fn lost(self, lines: u64, counters: &Counters) {
        let lost = match self {
            Self::Access => &counters.access_log_dropped,
            Self::Execution => &counters.execution_log_dropped,
            Self::Function => &counters.function_log_dropped,
        };
        lost.fetch_add(lines, Relaxed);
    }
}

/// The way to the log writer, cloned for each core.
#[derive(Debug, Clone)]
pub struct AccessLogSender {
    pub(crate) sender: SyncSender<LogBatch>,
    pub(crate) counters: Arc<Counters>,
}

impl AccessLogSender {
    /// Hands lines over; `false`, and the lines counted as lost, if the writer is too far behind to take them.
    pub fn send(&self, batch: LogBatch) -> bool {
        let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) = self.sender.try_send(batch) else {
            return true;
        };
        batch.lost(&self.counters);
        false
    }
}

/// What was written of one request's execution.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ExecutionLines {
    /// The lines, each with its end.
    pub(crate) text: Vec<u8>,
    /// When they were written.
    pub(crate) marks: Vec<LogMark>,
    /// How many they are.
    pub(crate) count: u64,
}

/// One core's open batches.
#[derive(Debug)]
pub(crate) struct AccessLog {
    open: RefCell<Vec<LogBatch>>,
    to: AccessLogSender,
}

impl AccessLog {
    /// A core's end of the log.
    pub(crate) fn new(to: AccessLogSender) -> Self {
        Self { open: RefCell::new(Vec::new()), to }
    }

    /// Writes one line; a variable without a value prints `-` (facts 123 and L15).
    pub(crate) fn line(
        &self,
        plan: &AccessLogPlan,
        at: WallClock,
        write: impl Fn(&ContextVariable, &mut Vec<u8>) -> bool,
    ) {
        for destination_arn in [Some(&plan.destination_arn), plan.copy_arn.as_ref()].into_iter().flatten() {
            self.line_to(destination_arn, plan, at, &write);
        }
    }

    fn line_to(
        &self,
        destination_arn: &Arc<str>,
        plan: &AccessLogPlan,
        at: WallClock,
        write: impl Fn(&ContextVariable, &mut Vec<u8>) -> bool,
    ) {
        let mut open = self.open.borrow_mut();
        let index = batch(&mut open, destination_arn, &plan.stream, LogKind::Access);
        let batch = &mut open[index];
        let before = batch.lines.len();
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
        // A format may end with the end of a line itself (fact L16).
        if batch.lines.last() != Some(&b'\n') || batch.lines.len() == before {
            batch.lines.push(b'\n');
        }
        batch.mark(at.epoch_ms, batch.lines.len() - before, 1);
        self.hand_over_full(open, index);
    }

    /// Appends the lines of an execution log to its group's batch.
    pub(crate) fn append(&self, destination_arn: &Arc<str>, lines: &ExecutionLines) {
        if lines.count == 0 {
            return;
        }
        let mut open = self.open.borrow_mut();
        let stream = LogStream::Hashed(Arc::clone(destination_arn));
        let index = batch(&mut open, destination_arn, &stream, LogKind::Execution);
        open[index].lines.extend_from_slice(&lines.text);
        open[index].marks.extend_from_slice(&lines.marks);
        open[index].count += lines.count;
        self.hand_over_full(open, index);
    }

    fn hand_over_full(&self, mut open: RefMut<'_, Vec<LogBatch>>, index: usize) {
        if open[index].lines.len() >= BATCH_BYTES {
            let full = open.swap_remove(index);
            drop(open);
            self.to.send(full);
        }
    }

    /// Hands every open batch over: called a few times a second, and at the end.
    pub(crate) fn flush(&self) {
        let batches = std::mem::take(&mut *self.open.borrow_mut());
        for batch in batches {
            self.to.send(batch);
        }
    }
}

/// The place of a destination's open batch.
fn batch(open: &mut Vec<LogBatch>, destination_arn: &Arc<str>, stream: &LogStream, kind: LogKind) -> usize {
    let known = open.iter().position(|batch| Arc::ptr_eq(&batch.destination_arn, destination_arn));
    known.unwrap_or_else(|| {
        open.push(LogBatch::new(destination_arn, stream, kind));
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
        let lines = |text: &[u8], count| ExecutionLines {
            text: text.to_vec(),
            marks: vec![LogMark { at_ms: 7, bytes: text.len() }],
            count,
        };
        for count in [2, 3, 4] {
            log.append(&group, &lines("x".repeat(BATCH_BYTES).as_bytes(), count));
        }
        log.append(&group, &lines(b"", 0));
        log.append(&group, &lines(b"short\n", 1));
        assert_eq!(batches.try_iter().map(|batch| batch.count).collect::<Vec<_>>(), [2]);
        assert_eq!(counters.execution_log_dropped.load(Relaxed), 7);
        log.flush();
        assert_eq!(batches.try_iter().map(|batch| batch.lines).collect::<Vec<_>>(), [b"short\n"]);
        assert_eq!((counters.execution_log_dropped.load(Relaxed), counters.access_log_dropped.load(Relaxed)), (7, 0));
    }

    #[test]
    fn an_event_is_a_line_and_has_the_moment_of_its_part() {
        let batch = LogBatch {
            lines: b"a\nb\nc\n".to_vec(),
            marks: vec![LogMark { at_ms: 1, bytes: 4 }, LogMark { at_ms: 2, bytes: 2 }],
            count: 3,
            ..LogBatch::new(&"arn".into(), &LogStream::Named("s".into()), LogKind::Execution)
        };
        let lines: [(u64, &[u8]); 3] = [(1, b"a"), (1, b"b"), (2, b"c")];
        assert_eq!(batch.events().collect::<Vec<_>>(), lines);
    }
}
