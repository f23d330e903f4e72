//! `MOCK` integrations: the status comes from a literal request template.

use stagegate_mapping::mock_status_code;
use stagegate_model::rest::{Integration, PassthroughBehavior, ResponseTransferMode};
use stagegate_plan::{IntegrationPlan, MockPlan, Passthrough, Templates};

use crate::finding::{Refusal, Subject};
use crate::literal::literal;
use crate::responses;
use crate::selection::Patterns;

/// Compiles a `MOCK` integration. Its request mappings lead nowhere and are only checked by the caller.
pub(crate) fn mock(integration: &Integration, patterns: &mut Patterns) -> Result<IntegrationPlan, Refusal> {
    buffered_only(integration)?;
    Ok(IntegrationPlan::Mock(MockPlan {
        statuses: templates(integration, |body| mock_status_code(body.as_bytes()))?,
        responses: responses::table(integration.integration_responses.as_ref(), patterns)?,
    }))
}

/// Compiles an integration's request templates, each through `compile`.
pub(crate) fn templates<T>(integration: &Integration, compile: impl Fn(&str) -> T) -> Result<Templates<T>, Refusal> {
    let refuse = |media_type: &str| {
        Refusal::new(
            Subject::RequestTemplate,
            format!("the request template for `{media_type}` needs Velocity, which is not served yet"),
        )
    };
    let entry = |(media_type, body): (&String, &String)| match literal(body) {
        Some(body) => Ok((media_type.as_str().into(), compile(body))),
        None => Err(refuse(media_type)),
    };
    let entries = integration.request_templates.iter().flatten().map(entry).collect::<Result<_, _>>()?;
    Ok(Templates { entries, passthrough: passthrough(integration.passthrough_behavior) })
}

fn passthrough(behavior: Option<PassthroughBehavior>) -> Passthrough {
    match behavior.unwrap_or(PassthroughBehavior::WhenNoMatch) {
        PassthroughBehavior::WhenNoMatch => Passthrough::WhenNoMatch,
        PassthroughBehavior::WhenNoTemplates => Passthrough::WhenNoTemplates,
        PassthroughBehavior::Never => Passthrough::Never,
    }
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
