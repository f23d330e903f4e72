//! Room 9: the integration. A request becomes a back end's request, and its response an answer.

mod headers;
mod http;
mod mock;
mod payload;
mod response;
mod upstream;
mod values;

pub(crate) use upstream::{Connector, Pool, SWEEP, UpstreamBody};

use stagegate_plan::{GatewayResponseType, IntegrationPlan};

use crate::accept::Exchange;
use crate::cache::Missed;
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::respond::Answer;

/// Invokes the route's integration.
pub(crate) async fn integrate<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    missed: &Missed<'_>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let routed = missed.routed();
    match &routed.route.integration {
        IntegrationPlan::Mock(plan) => mock::invoke(core, exchange, routed, plan, notes).await,
        IntegrationPlan::Http(plan) => http::invoke(core, exchange, routed, plan, notes).await,
        IntegrationPlan::Misconfigured { .. } => Err(configuration_error()),
    }
}

/// The refusal of a route that cannot be served as configured.
fn configuration_error() -> Refusal {
    Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration)
}
