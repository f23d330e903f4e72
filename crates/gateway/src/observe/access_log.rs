//! Access-log lines: written into a buffer of the core, handed to the writer in batches, never waited for.

use std::cell::RefCell;
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
    pub(crate) lines: Vec<u8>,
    pub(crate) count: u64,
}

/// The way to the log writer, cloned for each core.
#[derive(Debug, Clone)]
pub struct AccessLogSender {
    pub(crate) sender: SyncSender<Batch>,
    pub(crate) counters: Arc<Counters>,
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
    pub(crate) fn line(&self, plan: &AccessLogPlan, write: impl Fn(ContextVariable, &mut Vec<u8>) -> bool) {
        let mut open = self.open.borrow_mut();
        let index = open.iter().position(|batch| Arc::ptr_eq(&batch.destination_arn, &plan.destination_arn));
        let index = index.unwrap_or_else(|| {
            open.push(Batch { destination_arn: Arc::clone(&plan.destination_arn), lines: Vec::new(), count: 0 });
            open.len() - 1
        });
        let batch = &mut open[index];
        batch.lines.reserve(LINE_BYTES);
        for part in plan.format.parts() {
            match part {
                FormatPart::Literal(text) => batch.lines.extend_from_slice(text.as_bytes()),
                FormatPart::Variable(variable) => {
                    if !write(*variable, &mut batch.lines) {
                        batch.lines.push(b'-');
                    }
                }
            }
        }
        batch.lines.push(b'\n');
        batch.count += 1;
        if batch.lines.len() >= BATCH_BYTES {
            let full = open.swap_remove(index);
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
            self.to.counters.access_log_dropped.fetch_add(batch.count, Relaxed);
        }
    }
}
