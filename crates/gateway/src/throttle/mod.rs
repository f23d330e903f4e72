//! Room 6: API keys, usage plans and rates. Routes that need a key compile to a configuration error; no rates are set yet.

use crate::authorize::Authorized;

/// A request within its rates.
#[derive(Debug)]
pub(crate) struct Admitted<'j> {
    /// The request.
    pub(crate) authorized: Authorized<'j>,
}

/// Admits a request.
pub(crate) fn throttle(authorized: Authorized<'_>) -> Admitted<'_> {
    Admitted { authorized }
}
