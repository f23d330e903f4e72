//! `MOCK` integrations: the status comes from a request template.

use stagegate_model::rest::{Integration, ResponseTransferMode};
use stagegate_plan::{IntegrationPlan, MockPlan};

use crate::finding::{Refusal, Subject};
use crate::responses;
use crate::selection::Patterns;
use crate::template::{request_templates, status_template};

/// Compiles a `MOCK` integration. Its request mappings lead nowhere and are only checked by the caller.
pub(crate) fn mock(integration: &Integration, patterns: &mut Patterns) -> Result<IntegrationPlan, Refusal> {
    buffered_only(integration)?;
    Ok(IntegrationPlan::Mock(MockPlan {
        requests: request_templates(integration, status_template)?,
        responses: responses::table(integration.integration_responses.as_ref(), patterns)?,
    }))
}

/// Refuses what only a proxy integration, or none yet, can do with bodies.
pub(crate) fn buffered_only(integration: &Integration) -> Result<(), Refusal> {
    if let Some(handling) = integration.content_handling {
        let why = format!("contentHandling {handling} of requests is not served yet");
        return Err(Refusal::new(Subject::Integration, why));
    }
    if integration.response_transfer_mode == Some(ResponseTransferMode::Stream) {
        let why = format!("responseTransferMode STREAM is not possible with type {}", integration.r#type);
        return Err(Refusal::new(Subject::Integration, why));
    }
    Ok(())
}
