//! Authorizers that ask a function.

use stagegate_plan::{AuthorizerId, GatewayResponseType, LambdaAuthorizerPlan};

use super::Caller;
use crate::accept::Exchange;
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// Asks the authorizer's function, or remembers what it said.
#[expect(clippy::unused_async, reason = "a function is asked here")]
pub(super) async fn authorize<E: Exchange>(
    _core: &Core,
    _exchange: &mut E,
    _routed: &Routed<'_>,
    (_id, _plan): (AuthorizerId, &LambdaAuthorizerPlan),
    notes: &Notes,
) -> Result<Caller, Refusal> {
    notes.explain("authorize", format_args!("authorizers are not served yet"));
    Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration))
}
