//! Room 9: the integration. A request becomes a back end's request, and its response an answer.

mod aws;
mod conversion;
mod edits;
mod headers;
mod http;
mod lambda;
mod method_headers;
mod mock;
mod response;
mod template;
mod upstream;
mod values;

pub(crate) use edits::EditedTarget;
pub(crate) use headers::is_dropped_first;
pub(crate) use lambda::payload_2::write_question;
pub(crate) use lambda::{FunctionBody, about, ask, payload_2, write_canonical_context, write_request_members};
pub(crate) use method_headers::{is_passed_on, is_rewritten, method_headers};
pub(crate) use response::push as push_mapped;
pub(crate) use template::Overrides;
pub(crate) use upstream::{Connector, Pool, SWEEP, UpstreamBody};
pub use upstream::{PrivateLink, PrivateLinks, PrivateTarget};
pub(crate) use values::{Lookup, Place, form_decode, query_pairs};

use stagegate_plan::{GatewayResponseType, IntegrationPlan};

use crate::accept::{Exchange, Payload, UNCOUNTED_BYTES};
use crate::cache::Missed;
use crate::core::Core;
use crate::cors;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::respond::{Answer, Content};
use crate::route::Routed;

/// Invokes the route's integration.
pub(crate) async fn integrate<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    missed: Missed<'_>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let (routed, held) = missed.into_parts();
    let answer = match &routed.route.edits {
        Some(edits) => edits::through(core, exchange, &routed, held, edits, notes).await,
        None => call(core, exchange, &routed, held, notes).await,
    }?;
    counted(core, told(&routed, answer))
}

/// An answer with what browsers are told of the API's configuration, in place of what its back end says (facts 100 and H50).
fn told(routed: &Routed<'_>, mut answer: Answer) -> Answer {
    if let Some(cors) = &routed.addressed.stage.deployment.cors {
        answer.head.remove(cors::is_ours);
        cors::allow(cors, routed.addressed.arrival, &mut answer.head);
    }
    answer
}

/// Invokes the integration of a request that is as its back end is to get it.
async fn call<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    match &routed.route.integration {
        IntegrationPlan::Mock(plan) => mock::invoke(core, exchange, routed, held, plan, notes).await,
        IntegrationPlan::Http(plan) => http::invoke(core, exchange, routed, held, plan, notes).await,
        IntegrationPlan::Lambda(plan) => lambda::invoke(core, exchange, routed, held, plan, notes).await,
        IntegrationPlan::MappedFunction(plan) => aws::invoke_function(core, exchange, routed, held, plan, notes).await,
        IntegrationPlan::Service(plan) => aws::invoke_service(core, exchange, routed, held, plan, notes).await,
        IntegrationPlan::Subtype(plan) => aws::invoke_subtype(core, exchange, routed, held, plan, notes).await,
        IntegrationPlan::Misconfigured { .. } => Err(configuration_error()),
    }
}

/// An answer whose content is counted as held until its client has taken it, whoever made it.
fn counted(core: &Core, mut answer: Answer) -> Result<Answer, Refusal> {
    if let Content::Whole(content, held) = &mut answer.content
        && content.len() > UNCOUNTED_BYTES
        && !held.get_or_insert_with(|| core.budgets.held()).grow_to(content.len())
    {
        return Err(Refusal::OverBudget);
    }
    Ok(answer)
}

/// The refusal of a route that cannot be served as configured.
fn configuration_error() -> Refusal {
    Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration)
}
