//! The lines about content that a mapping, a template or a validator gave up on.

use super::Kind;
use crate::observe::Notes;
use crate::refusal::Cause;

/// Why a request is refused, in more words than its cause has: which budget was used up, and where.
pub(crate) fn log_why(notes: &Notes, cause: Cause, why: impl std::fmt::Display) {
    let Some(log) = notes.execution_log() else { return };
    let why = why.to_string();
    log.line(Kind::Failure, |line| _ = line.push(cause.text().as_bytes()).push(b": ").push(why.as_bytes()));
    log.has_said_why.set(true);
}
