//! The log of one process: what it prints, cut into lines and told apart by invocation.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::net::unix::pipe;

use super::{FunctionLog, LogLine, LogSource, Report, platform};
use crate::identifiers;

/// Bytes of one line; longer ones come in parts (CloudWatch Logs' largest event).
const LINE_BYTES: usize = 262_144;
/// Bytes that `LogType: Tail` returns (AWS, "Invoke").
const TAIL_BYTES: usize = 4_096;
/// Bytes read at a time, and reads before others get their turn: a function that never stops printing must not.
const READ_BYTES: usize = 16_384;
const READS_PER_TURN: usize = 64;

/// The log of one process: a log stream.
pub(crate) struct SandboxLog {
    function: Arc<FunctionLog>,
    log_stream: Arc<str>,
    output: pipe::Receiver,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    request_id: Option<Arc<str>>,
    partial: Vec<u8>,
    tail: Vec<u8>,
}

/// What reading found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// There may be more at once.
    More,
    /// Nothing for now.
    Nothing,
    /// The process closed its output.
    End,
}

/// The name of a new log stream of a version.
pub(crate) fn stream_name(log: &FunctionLog) -> Arc<str> {
    let date = OffsetDateTime::from(log.clock.now()).date();
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let suffix = identifiers::stream_suffix();
    format!("{year:04}/{month:02}/{day:02}/[{}]{suffix}", log.function.version).into()
}

impl SandboxLog {
    /// Reads `output`, which is both standard output and standard error.
    pub(crate) fn new(function: Arc<FunctionLog>, log_stream: Arc<str>, output: pipe::Receiver) -> Self {
        Self { function, log_stream, output, state: Mutex::default() }
    }

    /// Reads until the process closes its output.
    pub(crate) async fn pump(&self) {
        while self.output.readable().await.is_ok() {
            match self.read_some() {
                Found::End => return,
                Found::More => tokio::task::yield_now().await,
                Found::Nothing => {}
            }
        }
    }

    /// The platform's first line.
    pub(crate) fn init_start(&self, runtime: &str) {
        self.say(&mut self.lock(), &platform::init_start(runtime));
    }

    /// The lines after an initialization that failed.
    pub(crate) fn init_failed(&self, message: Option<&str>, report: &str) {
        self.read_some();
        let mut state = self.lock();
        self.finish_line(&mut state);
        for line in message.into_iter().chain([report]) {
            self.write(&mut state, LogSource::Fault, line);
        }
    }

    /// An invocation begins.
    pub(crate) fn begin(&self, request_id: &Arc<str>) {
        let mut state = self.lock();
        state.request_id = Some(Arc::clone(request_id));
        self.say(&mut state, &platform::start(request_id, &self.function.function.version));
    }

    /// An invocation is over: reads what it printed, says `message`, END and REPORT, and returns the last 4 KB.
    pub(crate) fn end(&self, message: Option<&str>, report: &Report<'_>) -> Bytes {
        self.read_some();
        let mut state = self.lock();
        self.finish_line(&mut state);
        // A message of several lines is several lines here.
        for line in message.into_iter().flat_map(str::lines) {
            self.write(&mut state, LogSource::Fault, line);
        }
        self.say(&mut state, &platform::end(report.request_id));
        self.say(&mut state, &report.to_string());
        state.request_id = None;
        let mut tail = std::mem::take(&mut state.tail);
        tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
        tail.into()
    }

    /// Reads what is there now. What a process printed before it answered is there by then.
    fn read_some(&self) -> Found {
        let mut state = self.lock();
        let mut buffer = [0; READ_BYTES];
        for _ in 0..READS_PER_TURN {
            match self.output.try_read(&mut buffer) {
                Ok(0) => {
                    self.finish_line(&mut state);
                    return Found::End;
                }
                Ok(read) => self.take(&mut state, &buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Found::Nothing,
                Err(_) => return Found::End,
            }
        }
        Found::More
    }

    fn take(&self, state: &mut State, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = LINE_BYTES - state.partial.len();
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(room.min(bytes.len()));
            state.partial.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken + usize::from(end.is_some())..];
            if end.is_some() || state.partial.len() == LINE_BYTES {
                self.emit(state);
            }
        }
    }

    fn finish_line(&self, state: &mut State) {
        if !state.partial.is_empty() {
            self.emit(state);
        }
    }

    fn emit(&self, state: &mut State) {
        let bytes = std::mem::take(&mut state.partial);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.write(state, LogSource::Function, &text);
    }

    fn say(&self, state: &mut State, text: &str) {
        self.write(state, LogSource::Platform, text);
    }

    fn write(&self, state: &mut State, source: LogSource, text: &str) {
        state.tail.extend_from_slice(text.as_bytes());
        state.tail.push(b'\n');
        if state.tail.len() > 4 * TAIL_BYTES {
            let surplus = state.tail.len() - TAIL_BYTES;
            state.tail.drain(..surplus);
        }
        self.function.write(&LogLine {
            function: self.function.function.clone(),
            log_group: Arc::clone(&self.function.log_group),
            log_stream: Arc::clone(&self.log_stream),
            at: self.function.clock.now(),
            request_id: state.request_id.clone(),
            source,
            text: text.into(),
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
