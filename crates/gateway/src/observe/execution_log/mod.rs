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
    text: RefCell<Vec<u8>>,
    count: Cell<u64>,
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
        let mut text = log.text.borrow_mut();
        text.extend_from_slice(b"Execution log for request ");
        text.extend_from_slice(request_id);
        text.push(b'\n');
        drop(text);
        log
    }

    fn new(prefix: Prefix, logging: RouteLogging) -> Self {
        Self {
            prefix,
            logging,
            text: RefCell::default(),
            count: Cell::new(0),
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
        let mut text = self.text.borrow_mut();
        match &self.prefix {
            Prefix::RequestId(id) => {
                text.push(b'(');
                text.extend_from_slice(id);
                text.extend_from_slice(b") ");
                line.write_escaped(&mut text);
            }
            Prefix::Date => {
                write_log_date(WallClock::now(), &mut text);
                text.extend_from_slice(b" : ");
                line.write_plain(&mut text);
            }
        }
        text.push(b'\n');
        self.count.set(self.count.get() + 1);
    }

    /// Takes what was written, and the number of lines.
    pub(crate) fn take(&self) -> (Vec<u8>, u64) {
        (self.text.take(), self.count.take())
    }
}
