//! Room 7: parameters and body. Routes with a request validator compile to a configuration error.

use crate::throttle::Admitted;

/// A request that its method's validator accepts.
#[derive(Debug)]
pub(crate) struct Validated<'j> {
    /// The request.
    pub(crate) admitted: Admitted<'j>,
}

/// Validates a request.
pub(crate) fn validate(admitted: Admitted<'_>) -> Validated<'_> {
    Validated { admitted }
}
