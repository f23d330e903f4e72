//! The log of one function, on its way to the sink.

use std::sync::Arc;

use super::{LogLine, LogSink};
use crate::clock::Clock;
use crate::function::FunctionId;

/// The log of one version of a function, which all its processes write to.
pub(crate) struct FunctionLog {
    pub(super) function: FunctionId,
    pub(super) log_group: Arc<str>,
    pub(super) clock: Clock,
    sink: Option<Arc<dyn LogSink>>,
}

impl FunctionLog {
    pub(crate) fn new(function: FunctionId, clock: Clock, sink: Option<Arc<dyn LogSink>>) -> Self {
        let log_group = format!("/aws/lambda/{}", function.name).into();
        Self { function, log_group, clock, sink }
    }

    /// The log group's name.
    pub(crate) fn log_group(&self) -> &Arc<str> {
        &self.log_group
    }

    /// Adds a line.
    pub(super) fn write(&self, line: &LogLine) {
        if let Some(sink) = &self.sink {
            sink.write(line);
        }
    }
}
