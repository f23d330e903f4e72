//! `AWS_PROXY` integrations: the function behind an integration URI.

use std::sync::Arc;

use stagegate_mapping::{RequestSource, RequestTarget, UriPart, UriTemplate};
use stagegate_model::rest::{HttpMethod, Integration, ResponseTransferMode as Transfer, StringMap};
use stagegate_plan::{
    FunctionArn, FunctionTarget, IntegrationPlan, InvokeCredentials, LambdaPlan, PayloadFormat, ResponseTransferMode,
};

use crate::endpoint::Variables;
use crate::finding::{Refusal, Subject};
use crate::http::timeout_ms;

/// Headers that make a request fail when they are mapped for `AWS` and for `AWS_PROXY`, although a proxy integration maps none
/// (fact 41).
pub(crate) const AWS_FORBIDDEN_HEADERS: [&str; 9] = [
    "content-length",
    "transfer-encoding",
    "x-amzn-trace-id",
    "x-amzn-apigateway-api-id",
    "authorization",
    "connection",
    "expect",
    "proxy-authenticate",
    "te",
];

/// The path of Lambda's Invoke operation around the function.
const BUFFERED: (&str, &str) = ("2015-03-31/functions/", "/invocations");
/// The path of `InvokeWithResponseStream`.
const STREAMED: (&str, &str) = ("2021-11-15/functions/", "/response-streaming-invocations");

/// A streamed response may take as long as AWS streams (fact 1.3).
const STREAM_TIMEOUT_MS: u32 = 15 * 60 * 1000;

/// The credentials that stand for the caller's own.
const CALLER: &str = "arn:aws:iam::*:user/*";

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::Integration, why)
}

/// Compiles an `AWS_PROXY` integration. Its templates, integration responses and content handling have no effect.
pub(crate) fn aws_proxy(integration: &Integration) -> Result<IntegrationPlan, Refusal> {
    let uri = integration.uri.as_deref().filter(|uri| !uri.is_empty());
    let uri = uri.ok_or_else(|| refuse("the integration has no URI"))?;
    match service(uri) {
        Some("lambda") => {}
        Some("firehose") => return Err(refuse("AWS_PROXY integrations with Firehose are not served yet")),
        Some(_) => {
            let why = "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.";
            return Err(refuse(why));
        }
        None => {
            return Err(refuse(format!("the integration URI `{uri}` is not arn:aws:apigateway:REGION:lambda:path/…")));
        }
    }
    if integration.http_method != Some(HttpMethod::Post) {
        return Err(refuse("a Lambda function is invoked by POST: the integration's HTTP method must be POST"));
    }
    if let Some(name) = body_source(integration) {
        let why = format!("the header `{name}` of a proxy integration cannot come from the body");
        return Err(Refusal::new(Subject::RequestParameter, why));
    }
    invocation(integration, uri).map(IntegrationPlan::Lambda)
}

/// Compiles how an integration invokes its function.
pub(crate) fn invocation(integration: &Integration, uri: &str) -> Result<LambdaPlan, Refusal> {
    let mapped = mapped_headers(integration.request_parameters.as_ref())?;
    let transfer = match integration.response_transfer_mode {
        Some(Transfer::Stream) => ResponseTransferMode::Stream,
        Some(Transfer::Buffered) | None => ResponseTransferMode::Buffered,
    };
    let timeout_ms = match (transfer, integration.timeout_in_millis) {
        (ResponseTransferMode::Stream, None) => STREAM_TIMEOUT_MS,
        (_, millis) => timeout_ms(millis)?,
    };
    Ok(LambdaPlan {
        uri: uri.into(),
        credentials: integration.credentials.as_deref().filter(|arn| !arn.is_empty()).map(Box::from),
        invocation_type: mapped.invocation_type,
        client_context: mapped.client_context,
        timeout_ms,
        transfer,
        format: PayloadFormat::One,
    })
}

/// The service of an integration ARN: `arn:{partition}:apigateway:{region}:{service}:…`.
fn service(uri: &str) -> Option<&str> {
    let mut parts = uri.splitn(6, ':');
    let is_ours = parts.next()? == "arn" && parts.next().is_some() && parts.next()? == "apigateway";
    parts.next().filter(|_| is_ours)?;
    parts.next()
}

/// The mapped headers that Lambda's Invoke operation reads.
#[derive(Debug, Default)]
struct MappedHeaders {
    invocation_type: Option<RequestSource>,
    client_context: Option<RequestSource>,
}

/// The header of the Invoke operation that is mapped from the body, which a proxy integration does not read.
fn body_source(integration: &Integration) -> Option<&str> {
    let parameters = integration.request_parameters.iter().flatten();
    parameters
        .filter(|(_, expression)| matches!(RequestSource::parse(expression), Ok(RequestSource::Body(_))))
        .find_map(|(target, _)| {
            let name = target.strip_prefix("integration.request.header.")?;
            ["x-amz-invocation-type", "x-amz-client-context"]
                .iter()
                .any(|it| name.eq_ignore_ascii_case(it))
                .then_some(name)
        })
}

fn mapped_headers(parameters: Option<&StringMap>) -> Result<MappedHeaders, Refusal> {
    let refuse = |why: String| Refusal::new(Subject::RequestParameter, why);
    let mut mapped = MappedHeaders::default();
    for (target, expression) in parameters.into_iter().flatten() {
        let source = RequestSource::parse(expression).map_err(|error| refuse(error.to_string()))?;
        let target = RequestTarget::parse(target).map_err(|error| refuse(error.to_string()))?;
        let RequestTarget::Header(name) = target else { continue };
        if AWS_FORBIDDEN_HEADERS.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
            return Err(refuse(format!("the header `{name}` cannot be mapped")));
        }
        let slot = match name.to_ascii_lowercase().as_str() {
            "x-amz-invocation-type" => &mut mapped.invocation_type,
            "x-amz-client-context" => &mut mapped.client_context,
            _ => continue,
        };
        *slot = Some(source);
    }
    Ok(mapped)
}

/// Binds the function of an integration. The error says why there is none.
pub(crate) fn function(plan: &LambdaPlan, variables: &Variables) -> Result<FunctionTarget, String> {
    let uri = bound(&plan.uri, variables)?;
    let credentials = plan.credentials.as_deref().map(|arn| credentials(arn, variables)).transpose()?;
    // HTTP APIs may name the function itself.
    if let Some(function) = FunctionArn::parse(&uri) {
        return Ok(FunctionTarget { function: Arc::new(function), credentials });
    }
    let path = path(&uri).ok_or_else(|| format!("the integration URI `{uri}` has no `path/`"))?;
    let (named, transfer) = match (within(path, BUFFERED), within(path, STREAMED)) {
        (Some(named), _) => (named, ResponseTransferMode::Buffered),
        (_, Some(named)) => (named, ResponseTransferMode::Stream),
        _ => return Err(format!("the integration URI `{uri}` names no operation that invokes a function")),
    };
    if transfer != plan.transfer {
        return Err(match plan.transfer {
            ResponseTransferMode::Stream => {
                format!("responseTransferMode STREAM needs a URI with …/{}ARN{}", STREAMED.0, STREAMED.1)
            }
            ResponseTransferMode::Buffered => {
                format!("responseTransferMode BUFFERED needs a URI with …/{}ARN{}", BUFFERED.0, BUFFERED.1)
            }
        });
    }
    let function = FunctionArn::parse(named).ok_or_else(|| format!("`{named}` is not the ARN of a Lambda function"))?;
    Ok(FunctionTarget { function: Arc::new(function), credentials })
}

/// The function of a URI whose operation does not count: what stands between the operation's path, or the whole.
pub(crate) fn named(uri: &str) -> &str {
    let named = path(uri).and_then(|path| within(path, BUFFERED).or_else(|| within(path, STREAMED)));
    named.unwrap_or(uri)
}

/// What an integration URI has behind `path/`.
fn path(uri: &str) -> Option<&str> {
    uri.splitn(6, ':').nth(5)?.strip_prefix("path/")
}

/// What stands in the path of an operation.
fn within<'p>(path: &'p str, (start, end): (&str, &str)) -> Option<&'p str> {
    path.strip_prefix(start)?.strip_suffix(end)
}

/// A text with its stage variables bound, which has no other placeholders.
pub(crate) fn bound(text: &str, variables: &Variables) -> Result<String, String> {
    let bound = UriTemplate::bind(text, |name| variables.get(name).map(|value| &**value));
    match &*bound.map_err(|error| error.to_string())?.parts {
        [UriPart::Literal(text)] => Ok(text.to_string()),
        _ => Err(format!("`{text}` has a placeholder that is no stage variable")),
    }
}

/// As whom an integration calls, with stage variables bound.
pub(crate) fn credentials(arn: &str, variables: &Variables) -> Result<InvokeCredentials, String> {
    let arn = bound(arn, variables)?;
    if arn == CALLER {
        return Ok(InvokeCredentials::Caller);
    }
    let role = arn.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("role/"));
    let is_role = arn.starts_with("arn:") && role.is_some_and(|name| !name.is_empty());
    is_role
        .then(|| InvokeCredentials::Role(arn.as_str().into()))
        .ok_or_else(|| format!("the credentials `{arn}` are neither the ARN of a role nor `{CALLER}`"))
}
