//! Room 6: API keys, usage plans and rates. Routes that need a key compile to a configuration error; no rates are set yet.

use stagegate_plan::GatewayResponseType;

use crate::authorize::Authorized;
use crate::core::Core;
use crate::observe::{Notes, log_usage_plan};
use crate::refusal::{Cause, Refusal};

/// A request within its rates.
#[derive(Debug)]
pub(crate) struct Admitted<'j> {
    /// The request.
    pub(crate) authorized: Authorized<'j>,
}

/// Admits a request.
#[expect(clippy::unused_async, reason = "a quota's lease is awaited here")]
pub(crate) async fn throttle<'j>(
    _core: &Core,
    authorized: Authorized<'j>,
    notes: &Notes,
) -> Result<Admitted<'j>, Refusal> {
    log_usage_plan(notes, &authorized.routed);
    if authorized.routed.route.key_required {
        notes.explain("throttle", format_args!("API keys are not served yet"));
        return Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration));
    }
    Ok(Admitted { authorized })
}
