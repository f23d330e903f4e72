//! `AWS` integrations: the service, region and operation behind an integration ARN.

use stagegate_mapping::{UriPart, UriTemplate};
use stagegate_model::rest::{ConnectionType, HttpMethod, Integration};
use stagegate_plan::{
    Endpoint, EndpointPart, HttpKind, IntegrationPlan, JsonAction, MappedFunctionPlan, MappedHttp, Scheme, ServicePlan,
    ServiceProtocol, ServiceTarget, Way,
};

use crate::aws_services::{host, json, query_version, signing_name};
use crate::endpoint::{Variables, path_and_query};
use crate::finding::{Refusal, Subject};
use crate::http::call;
use crate::lambda::{AWS_FORBIDDEN_HEADERS, credentials, invocation};
use crate::mock::{buffered_only, content_handling};
use crate::parameters::RequestMappings;
use crate::responses::{message_table, table};
use crate::selection::Patterns;
use crate::template::{body_template, request_templates};

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::Integration, why)
}

/// Compiles an `AWS` integration.
pub(crate) fn aws(
    integration: &Integration,
    mappings: RequestMappings,
    patterns: &mut Patterns,
) -> Result<IntegrationPlan, Refusal> {
    buffered_only(integration)?;
    if integration.connection_type == Some(ConnectionType::VpcLink) || integration.integration_target.is_some() {
        return Err(refuse("a service of AWS's is not reached through a VPC link"));
    }
    for (name, _) in &mappings.headers {
        if AWS_FORBIDDEN_HEADERS.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
            let why = format!("the header `{name}` cannot be mapped");
            return Err(Refusal::new(Subject::RequestParameter, why));
        }
    }
    let uri = integration.uri.as_deref().unwrap_or_default();
    let arn = IntegrationArn::parse(uri).map_err(refuse)?;
    let requests = request_templates(integration, body_template)?;
    let responses = integration.integration_responses.as_ref();
    if arn.invokes_a_function() {
        if integration.http_method != Some(HttpMethod::Post) {
            return Err(refuse("a Lambda function is invoked by POST: the integration's HTTP method must be POST"));
        }
        let invoke = invocation(integration, uri)?;
        let sources = mappings.headers.into_iter().chain(mappings.query).chain(mappings.path);
        return Ok(IntegrationPlan::MappedFunction(MappedFunctionPlan {
            invoke,
            sources: sources.map(|(_, source)| source).collect(),
            requests,
            content_handling: integration.content_handling.map(content_handling),
            responses: message_table(responses)?,
        }));
    }
    let mapped = MappedHttp { requests, responses: table(responses, patterns)? };
    Ok(IntegrationPlan::Service(ServicePlan {
        call: call(integration, mappings, HttpKind::Mapped(mapped))?,
        credentials: integration.credentials.as_deref().filter(|arn| !arn.is_empty()).map(Box::from),
    }))
}

/// An integration ARN, taken apart: `arn:{partition}:apigateway:{region}:{subdomain.service}:{path|action}/…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IntegrationArn<'u> {
    pub(crate) partition: &'u str,
    pub(crate) region: &'u str,
    /// The service with its subdomain, such as `sqs` or `pets.s3`.
    pub(crate) full: &'u str,
    pub(crate) operation: Operation<'u>,
}

/// The two styles of integration ARNs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation<'u> {
    /// `path/…`: a resource of the service.
    Path(&'u str),
    /// `action/Name&key=value`
    Action(&'u str),
}

impl<'u> IntegrationArn<'u> {
    /// Takes an ARN apart; its end may have placeholders. The error says what is expected.
    pub(crate) fn parse(uri: &'u str) -> Result<Self, String> {
        let malformed =
            || format!("the integration URI `{uri}` is not arn:aws:apigateway:REGION:SERVICE:path/… or …:action/NAME");
        let parts: Vec<&str> = uri.splitn(6, ':').collect();
        let &["arn", partition, "apigateway", region, full, operation] = parts.as_slice() else {
            return Err(malformed());
        };
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        let is_host = full.len() <= 128 && full.split('.').all(is_word);
        let operation = match operation.split_once('/') {
            Some(("path", rest)) => Operation::Path(rest),
            Some(("action", rest)) if !rest.is_empty() => Operation::Action(rest),
            _ => return Err(malformed()),
        };
        let is_whole = is_word(partition) && is_word(region) && region.len() <= 64 && is_host;
        is_whole.then_some(Self { partition, region, full, operation }).ok_or_else(malformed)
    }

    /// The service without its subdomain.
    pub(crate) fn service(&self) -> &'u str {
        self.full.rsplit('.').next().unwrap_or(self.full)
    }

    /// Whether this is Lambda's Invoke operation, which has ways of its own.
    fn invokes_a_function(&self) -> bool {
        matches!(self.operation, Operation::Path(path) if self.full == "lambda" && path.starts_with("2015-03-31/functions/") && path.ends_with("/invocations"))
    }
}

/// Binds the operation of an integration. The error says why there is none.
pub(crate) fn service(plan: &ServicePlan, variables: &Variables) -> Result<ServiceTarget, String> {
    let bound = UriTemplate::bind(&plan.call.uri, |name| variables.get(name).map(|value| &**value));
    let parts = bound.map_err(|error| error.to_string())?.parts.into_vec();
    let mut parts = parts.into_iter();
    let Some(UriPart::Literal(head)) = parts.next() else {
        return Err("the integration URI starts with a placeholder: its service must be fixed".to_owned());
    };
    let arn = IntegrationArn::parse(&head)?;
    let is_whole = parts.len() == 0;
    let tail = match arn.operation {
        Operation::Path(path) if path.starts_with('/') => path.to_owned(),
        Operation::Path(path) => format!("/{path}"),
        Operation::Action(action) => format!("/?Action={action}"),
    };
    let (path, query) = path_and_query(&plan.call, variables, &tail, parts)?;
    let service = arn.service();
    let (host, region) = host(arn.partition, arn.region, arn.full, service);
    Ok(ServiceTarget {
        endpoint: endpoint(host, path, query),
        service: service.into(),
        subdomain: arn.full.strip_suffix(service).and_then(|rest| rest.strip_suffix('.')).map(Box::from),
        region: region.into(),
        signing_name: signing_name(arn.full, service).into(),
        protocol: protocol(&arn, is_whole),
        credentials: plan.credentials.as_deref().map(|arn| credentials(arn, variables)).transpose()?,
    })
}

/// A service's endpoint at AWS.
pub(crate) fn endpoint(host: String, path: Box<[EndpointPart]>, query: Option<Box<[EndpointPart]>>) -> Endpoint {
    Endpoint {
        scheme: Scheme::Https,
        port: 443,
        authority: host.as_str().into(),
        origin: format!("https://{host}").into(),
        host: host.into(),
        path,
        query,
        way: Way::default(),
    }
}

/// How an operation is told to its service; an action that a placeholder names has no name of its own.
fn protocol(arn: &IntegrationArn<'_>, is_whole: bool) -> ServiceProtocol {
    let Operation::Action(action) = arn.operation else { return ServiceProtocol::Rest };
    if let Some(version) = query_version(arn.full) {
        return ServiceProtocol::Query { version };
    }
    let name = action.split_once('&').map(|(name, _)| name).or(is_whole.then_some(action));
    match (json(arn.full), name) {
        (Some((prefix, content_type)), Some(name)) => {
            ServiceProtocol::Json(JsonAction { target: format!("{prefix}.{name}").into(), content_type })
        }
        _ => ServiceProtocol::Rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integration_arns_are_taken_apart() {
        use Operation::{Action, Path};
        for (uri, region, full, service, operation) in [
            ("arn:aws:apigateway:us-east-1:sqs:path/1/q", "us-east-1", "sqs", "sqs", Path("1/q")),
            ("arn:aws:apigateway:eu-west-1:pets.s3:path/{key}", "eu-west-1", "pets.s3", "s3", Path("{key}")),
            ("arn:aws:apigateway:us-east-1:s3:path//", "us-east-1", "s3", "s3", Path("/")),
            (
                "arn:aws-cn:apigateway:cn-north-1:sns:action/Publish&TopicArn=arn:aws-cn:sns:cn-north-1:1:t",
                "cn-north-1",
                "sns",
                "sns",
                Action("Publish&TopicArn=arn:aws-cn:sns:cn-north-1:1:t"),
            ),
        ] {
            let arn = IntegrationArn::parse(uri).expect(uri);
            assert_eq!((arn.region, arn.full, arn.service(), arn.operation), (region, full, service, operation));
        }
    }

    #[test]
    fn whatever_names_no_operation_is_refused() {
        for uri in [
            "",
            "http://localhost",
            "arn:aws:apigateway:us-east-1:sqs",
            "arn:aws:apigateway:us-east-1:sqs:path",
            "arn:aws:apigateway:us-east-1:sqs:action/",
            "arn:aws:apigateway:us-east-1:sqs:other/x",
            "arn:aws:apigateway:us-east-1::path/x",
            "arn:aws:apigateway::sqs:path/x",
            "arn:aws:apigateway:us-east-1:a..s3:path/x",
            "arn:aws:apigateway:us-east-1:a@evil.example/:path/x",
            "arn:aws:apigateway:evil.example/x:s3:path/x",
            "arn:aws:lambda:us-east-1:sqs:path/x",
        ] {
            assert!(IntegrationArn::parse(uri).is_err(), "{uri}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(uri in "(arn:aws:apigateway:)?(us-east-1|s3|path|action|[:/.&{}a-z0-9-]|é){0,16}") {
            if let Ok(arn) = IntegrationArn::parse(&uri) {
                let (kind, rest) = match arn.operation {
                    Operation::Path(rest) => ("path", rest),
                    Operation::Action(rest) => ("action", rest),
                };
                let IntegrationArn { partition, region, full, .. } = arn;
                proptest::prop_assert_eq!(format!("arn:{partition}:apigateway:{region}:{full}:{kind}/{rest}"), uri);
            }
        }
    }
}
