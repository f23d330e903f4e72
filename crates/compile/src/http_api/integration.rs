//! Integrations of HTTP APIs: proxies to HTTP back ends, public or private, and to functions.

use stagegate_mapping::RequestSource;
use stagegate_model::http::Integration;
use stagegate_model::rest::{ConnectionType, HttpMethod, IntegrationType, ResponseTransferMode as Transfer};
use stagegate_plan::{
    Forwarding, HttpKind, HttpPlan, IntegrationPlan, LambdaPlan, Listener, PayloadFormat, PrivateConnection,
    ResponseTransferMode,
};

use super::subtype::subtype;
use crate::finding::{Refusal, Subject};
use crate::http::verb_choice;
use crate::lambda::named;

/// AWS's default, and its most (fact 104).
const TIMEOUT_MS: u32 = 30_000;

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::Integration, why)
}

/// Compiles an integration for a route with these path parameters.
pub(super) fn integration(document: &Integration, names: &[Box<str>]) -> Result<IntegrationPlan, Refusal> {
    match (document.integration_type, &document.integration_subtype) {
        (Some(IntegrationType::HttpProxy), _) => http_proxy(document, names).map(IntegrationPlan::Http),
        (Some(IntegrationType::AwsProxy), None) => function(document).map(IntegrationPlan::Lambda),
        (Some(IntegrationType::AwsProxy), Some(name)) => subtype(document, name).map(IntegrationPlan::Subtype),
        _ => Err(refuse("HTTP APIs have integrations of the types AWS_PROXY and HTTP_PROXY only")),
    }
}

/// Compiles a proxy to a back end that speaks HTTP.
fn http_proxy(document: &Integration, names: &[Box<str>]) -> Result<HttpPlan, Refusal> {
    let method = document.integration_method.as_deref().unwrap_or("ANY");
    let method: HttpMethod = method.parse().map_err(|_| refuse(format!("`{method}` is no HTTP method")))?;
    Ok(HttpPlan {
        kind: HttpKind::Proxy,
        verb: verb_choice(method),
        uri: uri(document)?.into(),
        headers: Box::default(),
        query: Box::default(),
        // Every variable of the route's path may stand in the URI under its own name.
        path: names.iter().map(|name| (name.clone(), RequestSource::Path(name.clone()))).collect(),
        content_handling: None,
        reads_body: false,
        takes_any_length: takes_any_length(document),
        timeout_ms: timeout_ms(document)?,
        transfer: transfer(document),
        accepts_any_issuer: false,
        forwarding: Forwarding::Forwarded,
        private: private(document)?,
    })
}

/// The VPC link that leads to the back end; its URI is then the ARN of a listener or of a Cloud Map service.
fn private(document: &Integration) -> Result<Option<PrivateConnection>, Refusal> {
    if document.connection_type != Some(ConnectionType::VpcLink) {
        return Ok(None);
    }
    let link = document.connection_id.as_deref();
    let link = link.ok_or_else(|| refuse("connections of type VPC_LINK need a connectionId"))?;
    let target = uri(document)?;
    let verified_name = document.tls_config.as_ref().and_then(|tls| tls.server_name_to_verify.as_deref());
    let listener = target.starts_with("arn:").then(|| Listener { verified_name: verified_name.map(Box::from) });
    Ok(Some(PrivateConnection { link: link.into(), target: Some(target.into()), listener }))
}

/// Compiles a proxy to a function.
fn function(document: &Integration) -> Result<LambdaPlan, Refusal> {
    Ok(LambdaPlan {
        // Whether answers are passed on as they come is said elsewhere.
        uri: named(uri(document)?).into(),
        credentials: document.credentials_arn.as_deref().filter(|arn| !arn.is_empty()).map(Box::from),
        invocation_type: None,
        client_context: None,
        timeout_ms: timeout_ms(document)?,
        transfer: transfer(document),
        format: match document.payload_format_version.as_deref() {
            Some("1.0") => PayloadFormat::OneCanonical,
            Some("2.0") => PayloadFormat::Two,
            version => return Err(refuse(format!("there is no payload format {}", version.unwrap_or_default()))),
        },
    })
}

fn uri(document: &Integration) -> Result<&str, Refusal> {
    let uri = document.integration_uri.as_deref().filter(|uri| !uri.is_empty());
    uri.ok_or_else(|| refuse("the integration has no URI"))
}

/// The timeout: beyond AWS's where the API says so, or else as AWS has it.
pub(super) fn timeout_ms(document: &Integration) -> Result<u32, Refusal> {
    let beyond = document.beyond.as_ref().and_then(|beyond| beyond.timeout_in_millis);
    let Some(millis) = beyond.or(document.timeout_in_millis) else { return Ok(TIMEOUT_MS) };
    let millis = u32::try_from(millis).ok().filter(|millis| *millis > 0);
    millis.ok_or_else(|| refuse("the integration timeout is not a positive number of milliseconds"))
}

/// Requests are as long as AWS allows, unless the API asks for more than AWS has.
fn takes_any_length(document: &Integration) -> bool {
    document.beyond.as_ref().and_then(|beyond| beyond.request_transfer_mode) == Some(Transfer::Stream)
}

/// Answers are held, unless the API asks for more than AWS has.
fn transfer(document: &Integration) -> ResponseTransferMode {
    match document.beyond.as_ref().and_then(|beyond| beyond.response_transfer_mode) {
        Some(Transfer::Stream) => ResponseTransferMode::Stream,
        Some(Transfer::Buffered) | None => ResponseTransferMode::Buffered,
    }
}
