//! `MOCK` integrations: the status comes from a request template.

use stagegate_model::rest::{ContentHandling as Handling, Integration, ResponseTransferMode};
use stagegate_plan::{ContentHandling, IntegrationPlan, MockPlan};

use crate::finding::{Refusal, Subject};
use crate::responses;
use crate::selection::Patterns;
use crate::template::{request_templates, status_template};

/// Compiles a `MOCK` integration. Its request mappings lead nowhere and are only checked by the caller.
pub(crate) fn mock(integration: &Integration, patterns: &mut Patterns) -> Result<IntegrationPlan, Refusal> {
    buffered_only(integration)?;
    Ok(IntegrationPlan::Mock(MockPlan {
        requests: request_templates(integration, status_template)?,
        content_handling: integration.content_handling.map(content_handling),
        responses: responses::table(integration.integration_responses.as_ref(), patterns)?,
    }))
}

/// What an integration or an integration response makes of content.
pub(crate) const fn content_handling(handling: Handling) -> ContentHandling {
    match handling {
        Handling::ConvertToBinary => ContentHandling::ConvertToBinary,
        Handling::ConvertToText => ContentHandling::ConvertToText,
    }
}

/// Refuses what only a proxy integration can do with bodies.
pub(crate) fn buffered_only(integration: &Integration) -> Result<(), Refusal> {
    if integration.response_transfer_mode == Some(ResponseTransferMode::Stream) {
        let why = format!("responseTransferMode STREAM is not possible with type {}", integration.r#type);
        return Err(Refusal::new(Subject::Integration, why));
    }
    Ok(())
}
