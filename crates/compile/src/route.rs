//! One method of one resource becomes one route.

use stagegate_model::rest::{Integration, IntegrationType, Method, Resource};
use stagegate_plan::{AuthorizationPlan, IntegrationPlan, MethodKey, RoutePlan};

use crate::authorization::Authorizers;
use crate::aws::aws;
use crate::cache::cache_key;
use crate::finding::{Effect, Findings, Refusal, Subject};
use crate::http::{http, http_proxy, verb};
use crate::lambda::aws_proxy;
use crate::mock::mock;
use crate::parameters::request_mappings;
use crate::selection::Patterns;
use crate::validation::Validation;

/// What methods refer to, compiled.
pub(crate) struct Referred<'f> {
    pub(crate) authorizers: Authorizers,
    pub(crate) patterns: Patterns,
    pub(crate) validation: Validation<'f>,
}

/// The method's key in the tree; a method without a verb matches every verb, and is refused.
pub(crate) fn method_key(method: &Method) -> MethodKey {
    method.http_method.and_then(verb).map_or(MethodKey::Any, MethodKey::Verb)
}

/// Compiles a method. What cannot be served becomes a route that is misconfigured, with a finding.
pub(crate) fn route(
    resource: &Resource,
    method: &Method,
    referred: &mut Referred<'_>,
    findings: &mut Findings,
) -> RoutePlan {
    let verb = method.http_method.map_or("ANY", |verb| verb.as_str());
    let compiled = integrate(method, referred).and_then(|compiled| Ok((compiled, referred.validation.plan(method)?)));
    if let Ok(((_, IntegrationPlan::Http(_) | IntegrationPlan::Lambda(_)), _)) = &compiled {
        note_ignored((&resource.path, verb), method, findings);
    }
    let ((authorization, integration), validation) = compiled.unwrap_or_else(|refusal| {
        findings.route((&resource.path, verb), refusal.what, Effect::Refused, refusal.why.clone());
        ((AuthorizationPlan::Open, IntegrationPlan::Misconfigured { why: refusal.why.into() }), None)
    });
    RoutePlan {
        resource_id: resource.id.as_str().into(),
        resource_path: resource.path.as_str().into(),
        key: None,
        method: method_key(method),
        parameters: parameters(&resource.path),
        authorization,
        key_required: method.api_key_required == Some(true),
        validation,
        cache_key: cache_key(resource, method),
        integration,
        edits: None,
    }
}

fn integrate(method: &Method, referred: &mut Referred<'_>) -> Result<(AuthorizationPlan, IntegrationPlan), Refusal> {
    if method.http_method.is_none() {
        return Err(Refusal::new(Subject::Resource, "the method has no verb"));
    }
    let authorization = referred.authorizers.authorization(method)?;
    let integration = method.method_integration.as_ref();
    let integration = integration.ok_or_else(|| Refusal::new(Subject::Integration, "the method has no integration"))?;
    Ok((authorization, integration_plan(integration, &mut referred.patterns)?))
}

fn integration_plan(integration: &Integration, patterns: &mut Patterns) -> Result<IntegrationPlan, Refusal> {
    let mappings = || request_mappings(integration.request_parameters.as_ref());
    match integration.r#type {
        IntegrationType::Mock => mappings().and_then(|_| mock(integration, patterns)),
        IntegrationType::Http => http(integration, mappings()?, patterns),
        IntegrationType::HttpProxy => http_proxy(integration, mappings()?),
        IntegrationType::AwsProxy => aws_proxy(integration),
        IntegrationType::Aws => aws(integration, mappings()?, patterns),
    }
}

/// Notes settings of a served integration that have no effect, where that makes nothing more open.
fn note_ignored(at: (&str, &str), method: &Method, findings: &mut Findings) {
    let Some(integration) = &method.method_integration else { return };
    if integration.r#type == IntegrationType::AwsProxy && integration.content_handling.is_some() {
        findings.route(at, Subject::Integration, Effect::Ignored, "contentHandling has no effect on AWS_PROXY");
    }
}

/// The names of a path's variables from the root down, without braces and `+`.
pub(crate) fn parameters(path: &str) -> Box<[Box<str>]> {
    let name = |segment: &str| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.strip_suffix('+').unwrap_or(name).into())
    };
    path.split('/').filter_map(name).collect()
}
