//! Logs of functions: lines as CloudWatch Logs would hold them, on their way to a sink.

mod function_log;
mod platform;
mod sandbox_log;

use std::sync::Arc;
use std::time::SystemTime;

pub(crate) use function_log::FunctionLog;
pub(crate) use platform::{Report, Status, init_report};
pub(crate) use sandbox_log::{SandboxLog, stream_name};

use crate::function::FunctionId;

/// One line of a function's log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// The function.
    pub function: FunctionId,
    /// `/aws/lambda/{name}`.
    pub log_group: Arc<str>,
    /// One per process: `2026/11/22/[$LATEST]` and 32 hexadecimal digits.
    pub log_stream: Arc<str>,
    /// When the host read it.
    pub at: SystemTime,
    /// The invocation that ran then; none while the process starts.
    pub request_id: Option<Arc<str>>,
    /// Who wrote it.
    pub source: LogSource,
    /// The line without its end. What is not UTF-8 is replaced; a line of over 256 KB comes in parts.
    pub text: Arc<str>,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSource {
    /// The function, or the runtime client in its process.
    Function,
    /// The host: `INIT_START` of every process; START, END and REPORT of every invocation.
    Platform,
    /// The host: why a process did not start, or was ended.
    Fault,
}

/// Receives log lines on the host's threads, in order per process. It must not block.
pub trait LogSink: Send + Sync {
    /// Takes one line.
    fn write(&self, line: &LogLine);
}
