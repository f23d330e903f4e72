//! Room 5: who may call. A route that needs an authorizer which is not served never gets this far as an open one.

use stagegate_plan::{AuthorizationPlan, GatewayResponseType, IntegrationPlan};

use crate::observe::{Notes, log_start};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// A request that its route's authorization allows.
#[derive(Debug)]
pub(crate) struct Authorized<'j> {
    /// The request.
    pub(crate) routed: Routed<'j>,
}

/// Authorizes a request.
pub(crate) fn authorize<'j>(routed: Routed<'j>, notes: &Notes) -> Result<Authorized<'j>, Refusal> {
    if let IntegrationPlan::Misconfigured { .. } = routed.route.integration {
        log_start(notes, &routed);
        return Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration));
    }
    match routed.route.authorization {
        AuthorizationPlan::Open => {
            notes.explain("authorize", format_args!("authorization type NONE"));
            Ok(Authorized { routed })
        }
    }
}
