//! `HTTP` and `HTTP_PROXY` integrations.

use stagegate_model::limits;
use stagegate_model::rest::{ConnectionType, HttpMethod, Integration, ResponseTransferMode as Transfer};
use stagegate_plan::{
    Forwarding, HttpKind, HttpPlan, IntegrationPlan, MappedHttp, PrivateConnection, ResponseTransferMode, Verb,
    VerbChoice,
};

use crate::finding::{Refusal, Subject};
use crate::mock::{buffered_only, content_handling};
use crate::parameters::RequestMappings;
use crate::responses;
use crate::selection::Patterns;
use crate::template::{body_template, request_templates};

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::Integration, why)
}

/// Compiles an `HTTP_PROXY` integration. Templates and integration responses have no effect on one.
pub(crate) fn http_proxy(integration: &Integration, mappings: RequestMappings) -> Result<IntegrationPlan, Refusal> {
    call(integration, mappings, HttpKind::Proxy).map(IntegrationPlan::Http)
}

/// Compiles an `HTTP` integration with its templates.
pub(crate) fn http(
    integration: &Integration,
    mappings: RequestMappings,
    patterns: &mut Patterns,
) -> Result<IntegrationPlan, Refusal> {
    buffered_only(integration)?;
    let mapped = MappedHttp {
        requests: request_templates(integration, body_template)?,
        responses: responses::table(integration.integration_responses.as_ref(), patterns)?,
    };
    call(integration, mappings, HttpKind::Mapped(mapped)).map(IntegrationPlan::Http)
}

/// Compiles the call that an integration makes.
pub(crate) fn call(integration: &Integration, mappings: RequestMappings, kind: HttpKind) -> Result<HttpPlan, Refusal> {
    let private = private(integration)?;
    let uri = integration.uri.as_deref().filter(|uri| !uri.is_empty());
    Ok(HttpPlan {
        kind,
        content_handling: integration.content_handling.map(content_handling),
        reads_body: mappings.read_body(),
        takes_any_length: false,
        verb: integration.http_method.map(verb_choice).ok_or_else(|| refuse("the integration has no HTTP method"))?,
        uri: uri.ok_or_else(|| refuse("the integration has no URI"))?.into(),
        headers: mappings.headers.into(),
        query: mappings.query.into(),
        path: mappings.path.into(),
        timeout_ms: timeout_ms(integration.timeout_in_millis)?,
        accepts_any_issuer: integration.tls_config.as_ref().and_then(|tls| tls.insecure_skip_verification)
            == Some(true),
        forwarding: Forwarding::XForwarded,
        private,
        transfer: match integration.response_transfer_mode {
            Some(Transfer::Stream) => ResponseTransferMode::Stream,
            Some(Transfer::Buffered) | None => ResponseTransferMode::Buffered,
        },
    })
}

/// The VPC link that leads to the back end.
fn private(integration: &Integration) -> Result<Option<PrivateConnection>, Refusal> {
    let target = integration.integration_target.as_deref().filter(|arn| !arn.is_empty());
    match (integration.connection_type, &integration.connection_id, target) {
        (Some(ConnectionType::VpcLink), Some(link), target) => {
            Ok(Some(PrivateConnection { link: link.as_str().into(), target: target.map(Box::from), listener: None }))
        }
        (Some(ConnectionType::VpcLink), None, _) => Err(refuse("connections of type VPC_LINK need a connectionId")),
        (_, _, Some(_)) => Err(refuse("an integrationTarget needs a connection of type VPC_LINK")),
        (_, _, None) => Ok(None),
    }
}

/// What an integration's method sends.
pub(crate) fn verb_choice(method: HttpMethod) -> VerbChoice {
    verb(method).map_or(VerbChoice::Client, VerbChoice::Fixed)
}

/// The verb of a method; `None` for `ANY`.
pub(crate) const fn verb(method: HttpMethod) -> Option<Verb> {
    match method {
        HttpMethod::Get => Some(Verb::Get),
        HttpMethod::Head => Some(Verb::Head),
        HttpMethod::Post => Some(Verb::Post),
        HttpMethod::Put => Some(Verb::Put),
        HttpMethod::Patch => Some(Verb::Patch),
        HttpMethod::Delete => Some(Verb::Delete),
        HttpMethod::Options => Some(Verb::Options),
        HttpMethod::Any => None,
    }
}

/// The timeout in milliseconds; AWS's default is also its default maximum. Any positive value is served.
pub(crate) fn timeout_ms(millis: Option<i32>) -> Result<u32, Refusal> {
    let default = limits::find("rest_integration_timeout_max_ms").map_or(29_000, |limit| limit.default);
    let millis = millis.map_or(default, |millis| u64::try_from(millis).unwrap_or_default());
    u32::try_from(millis)
        .ok()
        .filter(|millis| *millis > 0)
        .ok_or_else(|| refuse("the integration timeout is not a positive number of milliseconds"))
}
