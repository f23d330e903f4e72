//! The URI of an integration, refused in AWS's words.

use stagegate_model::domain::check_integration_uri;
use stagegate_model::rest::Integration;

use crate::fault::Fault;

/// Checks the URI against the integration's type.
pub(crate) fn check(integration: &Integration) -> Result<(), Fault> {
    check_integration_uri(integration).map_err(|error| Fault::bad_request(error.to_string()))
}
