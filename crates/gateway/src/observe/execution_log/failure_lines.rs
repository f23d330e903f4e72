//! The lines about content that a mapping, a template or a validator gave up on.

use super::Kind;
use crate::observe::Notes;
use crate::refusal::Cause;

/// What was given up, where the request goes on without it.
pub(crate) fn log_note(notes: &Notes, note: impl std::fmt::Display) {
    let Some(log) = notes.execution_log() else { return };
    let note = note.to_string();
    log.line(Kind::Failure, |line| _ = line.push(note.as_bytes()));
}

/// Why a request is refused, in more words than its cause has: which budget was used up, and where.
pub(crate) fn log_why(notes: &Notes, cause: Cause, why: impl std::fmt::Display) {
    let Some(log) = notes.execution_log() else { return };
    let why = why.to_string();
    log.line(Kind::Failure, |line| _ = line.push(cause.text().as_bytes()).push(b": ").push(why.as_bytes()));
    log.has_said_why.set(true);
}
