//! `AWS_IAM`: a signed request, and the policies of who signed it.

use stagegate_plan::GatewayResponseType;

use super::Caller;
use crate::accept::Exchange;
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// Authenticates and authorizes a signed request.
#[expect(clippy::unused_async, reason = "the payload of a signed request is read here")]
pub(super) async fn authorize<E: Exchange>(
    _core: &Core,
    _exchange: &mut E,
    _routed: &Routed<'_>,
    notes: &Notes,
) -> Result<Caller, Refusal> {
    notes.explain("authorize", format_args!("authorization type AWS_IAM is not served yet"));
    Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration))
}
