//! The log of one function: a bounded ring of lines, and the sink.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::{LogLine, LogSink};
use crate::clock::Clock;
use crate::function::FunctionId;

/// Bytes that a line costs besides its text.
const LINE_BYTES: usize = 128;

/// The log of one version of a function, which all its processes write to.
pub(crate) struct FunctionLog {
    pub(super) function: FunctionId,
    pub(super) log_group: Arc<str>,
    pub(super) clock: Clock,
    sink: Option<Arc<dyn LogSink>>,
    limit_bytes: usize,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    lines: VecDeque<LogLine>,
    bytes: usize,
}

impl FunctionLog {
    pub(crate) fn new(function: FunctionId, clock: Clock, sink: Option<Arc<dyn LogSink>>, limit_bytes: usize) -> Self {
        let log_group = format!("/aws/lambda/{}", function.name).into();
        Self { function, log_group, clock, sink, limit_bytes, ring: Mutex::default() }
    }

    /// The log group's name.
    pub(crate) fn log_group(&self) -> &Arc<str> {
        &self.log_group
    }

    /// The lines that are still there, oldest first.
    pub(crate) fn lines(&self) -> Vec<LogLine> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.lines.iter().cloned().collect()
    }

    /// Adds a line.
    pub(super) fn write(&self, line: LogLine) {
        if let Some(sink) = &self.sink {
            sink.write(&line);
        }
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.bytes += line.text.len() + LINE_BYTES;
        ring.lines.push_back(line);
        while ring.bytes > self.limit_bytes {
            let Some(oldest) = ring.lines.pop_front() else { break };
            ring.bytes -= oldest.text.len() + LINE_BYTES;
        }
    }
}
