//! The API's resource policy, as each type of authorization combines with it (facts A23 and A24).

use stagegate_plan::GatewayResponseType;

use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// A caller whom nobody knows: where there is a policy, it must allow the call.
pub(super) fn anonymous(core: &Core, routed: &Routed<'_>, notes: &Notes) -> Result<(), Refusal> {
    explicit_deny(core, routed, notes)
}

/// Refuses what the policy denies to everybody, before an authorizer is asked.
pub(super) fn explicit_deny(_core: &Core, routed: &Routed<'_>, notes: &Notes) -> Result<(), Refusal> {
    if routed.addressed.stage.deployment.policy.is_none() {
        return Ok(());
    }
    notes.explain("authorize", format_args!("resource policies are not served yet"));
    Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration))
}
