//! The lines about an authorizer (facts L3, L7 and L9).

use std::borrow::Cow;

use super::Kind;
use super::text::masked;
use crate::authorize::Identity;
use crate::observe::Notes;

/// The start, with the identity where there is one; the values of a request's are masked each.
pub(crate) fn log_authorizer_start(
    notes: &Notes,
    authorizer_id: &str,
    request_id: &[u8],
    identity: Option<&Identity<'_>>,
) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Step, |line| {
        line.push(b"Starting authorizer: ").push(authorizer_id.as_bytes());
        line.push(b" for request: ").push(request_id);
    });
    let Some(identity) = identity else { return };
    log.line(Kind::Data, |line| {
        line.push(b"Incoming identity: ");
        match identity.token() {
            Some(token) => line.push(&masked(token.as_bytes())),
            None => line.map(identity.shown().map(|(name, value)| (name.as_bytes().into(), Cow::Owned(masked(value))))),
        };
    });
}

/// What the function answered.
pub(crate) fn log_authorizer_result(notes: &Notes, payload: &[u8]) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Data, |line| _ = line.push(b"Authorizer result body before parsing: ").push(payload));
}

/// A policy that can be used; without a principal a blank stays.
pub(crate) fn log_authorized(notes: &Notes, principal_id: &str) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Step, |line| {
        line.push(b"Using valid authorizer policy for principal: ").push(&masked(principal_id.as_bytes()));
    });
    log.line(Kind::Step, |line| _ = line.push(b"Successfully completed authorizer execution"));
}

/// A caller without an identity.
pub(crate) fn log_unauthorized(notes: &Notes, request_id: &[u8]) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Failure, |line| _ = line.push(b"Unauthorized request: ").push(request_id));
    // A stage's log has nothing more.
    if log.is_rehearsal() {
        log.line(Kind::Failure, |line| _ = line.push(b"Unauthorized"));
    }
    log.has_said_why.set(true);
}

/// An authorizer that cannot be used: why, and AWS's name of the error.
pub(crate) fn log_authorizer_unusable(notes: &Notes, why: &str) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Failure, |line| _ = line.push(why.as_bytes()));
    log.line(Kind::Failure, |line| _ = line.push(b"AuthorizerConfigurationException"));
    log.has_said_why.set(true);
}
