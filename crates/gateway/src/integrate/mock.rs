//! MOCK: the status comes from the request template, everything else from the integration response (facts 75 and 43).

use stagegate_http1::Known;
use stagegate_mapping::mock_status_code;
use stagegate_plan::{GatewayResponseType, MockPlan, Selected};

use super::configuration_error;
use super::payload::{Want, gather};
use super::response::{begin_mapped, select};
use super::values::Lookup;
use crate::accept::Exchange;
use crate::core::Core;
use crate::observe::Notes;
use crate::refusal::{Cause, Refusal};
use crate::respond::{Answer, Content};
use crate::route::Routed;

/// Answers without a back end.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    plan: &MockPlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let payload = gather(core, exchange, Want::Whole).await?;
    let content_type = routed.addressed.arrival.head.find(Known::ContentType).map(|field| field.value);
    let status = match plan.statuses.select(content_type) {
        Selected::Template(status) => *status,
        Selected::PassThrough => mock_status_code(&payload.bytes),
        Selected::Unsupported => {
            return Err(Refusal::Gateway(GatewayResponseType::UnsupportedMediaType, Cause::MediaType));
        }
    };
    let response = select(&plan.responses, status.ok_or_else(configuration_error)?)?;
    let lookup = Lookup { core, routed, notes };
    let (head, template) = begin_mapped(lookup, response, None);
    // A long request must not stay in memory until its client has read the answer.
    core.buffers.give(payload.bytes);
    let mut content = core.buffers.take();
    content.extend_from_slice(template.unwrap_or_default());
    Ok(Answer { head, content: Content::Whole(content, None) })
}
