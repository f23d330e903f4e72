//! The lines about a method's request validator (fact L13).

use super::Kind;
use crate::observe::Notes;

/// What a model's media type is without one (fact 5).
const DEFAULT_TYPE: &[u8] = b"application/json";

/// A body that its model describes (AWS's developer guide, "Test a method": the line is in the log of its example).
pub(crate) fn log_valid_body(notes: &Notes, content_type: Option<&[u8]>) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Step, |line| {
        line.push(b"Request validation succeeded for content type ").push(content_type.unwrap_or(DEFAULT_TYPE));
    });
}

/// A body that it does not describe; `why` has its brackets.
pub(crate) fn log_invalid_body(notes: &Notes, content_type: Option<&[u8]>, why: &str) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Failure, |line| {
        line.push(b"Request body does not match model schema for content type ");
        line.push(content_type.unwrap_or(DEFAULT_TYPE)).push(b": ").push(why.as_bytes());
    });
    log.has_said_why.set(true);
}

/// Parameters that are missing, in the words that the client reads.
pub(crate) fn log_missing_parameters(notes: &Notes, message: &str) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Failure, |line| _ = line.push(message.as_bytes()));
    log.has_said_why.set(true);
}
