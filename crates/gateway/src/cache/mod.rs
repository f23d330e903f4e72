//! Room 8: the response cache. No stage has one yet, so every request misses.

use crate::accept::Payload;
use crate::route::Routed;
use crate::validate::Validated;

/// A request that the cache does not answer.
#[derive(Debug)]
pub(crate) struct Missed<'j> {
    validated: Validated<'j>,
}

impl<'j> Missed<'j> {
    /// The request with its route, and its content if a room has read it.
    pub(crate) fn into_parts(self) -> (Routed<'j>, Option<Payload>) {
        (self.validated.admitted.authorized.routed, self.validated.payload)
    }
}

/// Looks a request up.
pub(crate) fn look_up(validated: Validated<'_>) -> Missed<'_> {
    Missed { validated }
}
