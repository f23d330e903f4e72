//! Room 6: API keys, usage plans and rates. Routes that need a key compile to a configuration error; no rates are set yet.

use crate::authorize::Authorized;
use crate::observe::{Notes, log_usage_plan};

/// A request within its rates.
#[derive(Debug)]
pub(crate) struct Admitted<'j> {
    /// The request.
    pub(crate) authorized: Authorized<'j>,
}

/// Admits a request.
pub(crate) fn throttle<'j>(authorized: Authorized<'j>, notes: &Notes) -> Admitted<'j> {
    log_usage_plan(notes, &authorized.routed);
    Admitted { authorized }
}
