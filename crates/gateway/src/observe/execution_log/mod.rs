//! The execution log: what happened to one request, line by line, in AWS's words and order (facts 121 and L1–L14).
//!
//! A request whose route has no log carries no recorder, and every call below costs it one look at an empty cell.

mod authorizer_lines;
mod client_lines;
mod failure_lines;
mod function_lines;
mod lines;
mod text;
mod usage_lines;
mod validation_lines;

use std::cell::{Cell, RefCell};

use smallvec::SmallVec;
use stagegate_plan::{LogLevel, RouteLogging};
use tokio::time::Instant;

pub(crate) use authorizer_lines::*;
pub(crate) use client_lines::log_untrusted_client;
pub(crate) use failure_lines::*;
pub(crate) use function_lines::*;
pub(crate) use lines::*;
use text::Line;
pub(crate) use usage_lines::{
    log_key_refused, log_quota_exceeded, log_throttled, log_unchecked, log_usage_plan, log_within_plan,
};
pub(crate) use validation_lines::*;

use super::access_log::{ExecutionLines, LogMark};
use super::clock::{WallClock, write_log_date};

/// What a line is, for the level that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Something went wrong.
    Failure,
    /// A step.
    Step,
    /// What a client or a back end sent, or is sent.
    Data,
}

/// What a line begins with.
#[derive(Debug)]
enum Prefix {
    /// `({requestId}) `: a stage's log.
    RequestId(SmallVec<[u8; 36]>),
    /// `{date} : `: the log of a test.
    Date,
}

/// The recorder of one request.
#[derive(Debug)]
pub(crate) struct ExecutionLog {
    prefix: Prefix,
    logging: RouteLogging,
    lines: RefCell<ExecutionLines>,
    has_started: Cell<bool>,
    has_request_body: Cell<bool>,
    /// A room has written why the request is refused, in more words than its cause has.
    has_said_why: Cell<bool>,
    /// When the back end's request went out.
    sent: Cell<Option<Instant>>,
}

impl ExecutionLog {
    /// The recorder of a request to a stage.
    pub(crate) fn live(request_id: &[u8], logging: RouteLogging) -> Self {
        Self::new(Prefix::RequestId(SmallVec::from_slice(request_id)), logging)
    }

    /// The recorder of a test, which writes everything down.
    pub(crate) fn rehearsal(request_id: &[u8]) -> Self {
        let log = Self::new(Prefix::Date, RouteLogging { level: LogLevel::Info, has_data: true });
        let mut lines = log.lines.borrow_mut();
        lines.text.extend_from_slice(b"Execution log for request ");
        lines.text.extend_from_slice(request_id);
        lines.text.push(b'\n');
        drop(lines);
        log
    }

    fn new(prefix: Prefix, logging: RouteLogging) -> Self {
        Self {
            prefix,
            logging,
            lines: RefCell::default(),
            has_started: Cell::new(false),
            has_request_body: Cell::new(false),
            has_said_why: Cell::new(false),
            sent: Cell::new(None),
        }
    }

    /// Whether this is the log of a test.
    fn is_rehearsal(&self) -> bool {
        matches!(self.prefix, Prefix::Date)
    }

    fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::Failure => true,
            Kind::Step => self.logging.level == LogLevel::Info,
            Kind::Data => self.logging.has_data,
        }
    }

    /// Writes a line, if the level has it.
    fn line(&self, kind: Kind, write: impl FnOnce(&mut Line)) {
        if !self.has(kind) {
            return;
        }
        let mut line = Line::default();
        write(&mut line);
        let mut lines = self.lines.borrow_mut();
        let ExecutionLines { text, marks, count } = &mut *lines;
        let (before, now) = (text.len(), WallClock::now());
        match &self.prefix {
            Prefix::RequestId(id) => {
                text.push(b'(');
                text.extend_from_slice(id);
                text.extend_from_slice(b") ");
                line.write_escaped(text);
            }
            Prefix::Date => {
                write_log_date(now, text);
                text.extend_from_slice(b" : ");
                line.write_plain(text);
            }
        }
        text.push(b'\n');
        marks.push(LogMark { at_ms: now.epoch_ms, bytes: text.len() - before });
        *count += 1;
    }

    /// Takes what was written.
    pub(crate) fn take(&self) -> ExecutionLines {
        self.lines.take()
    }
}
