//! MOCK: the status comes from the request template, everything else from the integration response (facts 75 and 43).

use stagegate_http1::Known;
use stagegate_mapping::{Body, mock_status_code};
use stagegate_plan::{GatewayResponseType, MockPlan, Selected, StatusTemplate};

use super::configuration_error;
use super::conversion::{self, convert_payload};
use super::response::{self, Output, mapped, select};
use super::template;
use super::values::Lookup;
use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::observe::{Notes, log_request_body};
use crate::refusal::{Cause, Refusal};
use crate::respond::{Answer, Content};
use crate::route::Routed;

/// Answers without a back end.
pub(crate) async fn invoke<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    held: Option<Payload>,
    plan: &MockPlan,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let mut payload = gather(core, exchange, held, Want::Whole).await?;
    log_request_body(notes, routed, &payload.bytes);
    let conversion = conversion::of_request(routed, plan.content_handling);
    let content_type = routed.addressed.arrival.head.find(Known::ContentType).map(|field| field.value);
    let selected = plan.requests.select(content_type);
    convert_payload(core, &mut payload, conversion, matches!(selected, Selected::Template(_)))?;
    // Its mappings lead nowhere, and its response has no content of a back end's to read.
    let nothing = Body::default();
    let lookup = Lookup { core, routed, notes, body: &nothing };
    let status = status(lookup, &selected, &payload.bytes)?.ok_or_else(configuration_error)?;
    // A long request must not stay in memory until its client has read the answer.
    core.buffers.give(payload.bytes);
    let response = select(&plan.responses, status)?;
    let conversion = conversion::of_text(routed, response.content_handling);
    conversion.check_template(|| response::template(lookup, response).is_some())?;
    let (reply, content) = mapped(lookup, response, &Output { head: None, body: &nothing })?;
    Ok(Answer { head: reply, content: Content::Whole(content.unwrap_or_default(), None) })
}

/// The status that the request template names.
fn status(lookup: Lookup<'_>, selected: &Selected<'_, StatusTemplate>, body: &[u8]) -> Result<Option<u16>, Refusal> {
    Ok(match selected {
        Selected::Template(StatusTemplate::Literal(status)) => *status,
        Selected::Template(StatusTemplate::Program(program)) => {
            mock_status_code(template::render(lookup, program, body)?.as_bytes())
        }
        Selected::Template(StatusTemplate::Empty) | Selected::PassThrough => mock_status_code(body),
        Selected::Unsupported => {
            return Err(Refusal::Gateway(GatewayResponseType::UnsupportedMediaType, Cause::MediaType));
        }
    })
}
