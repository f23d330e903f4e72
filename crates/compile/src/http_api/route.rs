//! A route of an HTTP API with its integration becomes a route plan.

use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_model::http::{Integration, Route, RouteKey};
use stagegate_plan::{AuthorizationPlan, Edits, IntegrationPlan, MethodKey, RoutePlan};

use super::authorizer::Authorizers;
use super::beyond::{Extras, extras};
use super::deployment::method_key;
use super::edits::edits;
use super::integration::integration;
use crate::finding::{Effect, Findings, Refusal, Subject};
use crate::route::parameters;
use crate::validation::Validation;

/// The key of the route that takes what no other takes.
pub(super) const DEFAULT: &str = "$default";

/// What routes refer to, compiled.
pub(super) struct Referred<'f> {
    pub(super) frozen: &'f FrozenHttpApi,
    pub(super) authorizers: Authorizers<'f>,
    pub(super) validation: Validation<'f>,
}

/// Compiles a route. What cannot be served becomes a route that is misconfigured; a route without a key takes no requests at all.
/// Both are findings.
pub(super) fn route(document: &Route, referred: &mut Referred<'_>, findings: &mut Findings) -> Option<RoutePlan> {
    let key = document.route_key.as_deref().unwrap_or_default();
    let (method, path) = match RouteKey::parse(key) {
        Ok(RouteKey::Default) => (MethodKey::Any, DEFAULT.to_owned()),
        Ok(RouteKey::Path(method, path)) => (method_key(method), path),
        Err(error) => {
            findings.api(Subject::Resource, Effect::Ignored, format!("the route `{key}`: {error}"));
            return None;
        }
    };
    let names = parameters(&path);
    let served = serve(document, referred, &names);
    let Served { authorization, extras, edits, integration } = served.unwrap_or_else(|refusal| {
        let verb = key.split(' ').next().unwrap_or_default();
        findings.route((&path, verb), refusal.what, Effect::Refused, refusal.why.clone());
        let integration = IntegrationPlan::Misconfigured { why: refusal.why.into() };
        Served { authorization: AuthorizationPlan::Open, extras: Extras::default(), edits: None, integration }
    });
    Some(RoutePlan {
        // The route key stands where events have the resource's id (fact H22).
        resource_id: key.into(),
        resource_path: path.into(),
        key: Some(key.into()),
        method,
        parameters: names,
        authorization,
        key_required: extras.key_required,
        validation: extras.validation,
        cache_key: extras.cache_key,
        edits,
        integration,
    })
}

/// What a route does, compiled.
struct Served {
    authorization: AuthorizationPlan,
    extras: Extras,
    edits: Option<Box<Edits>>,
    integration: IntegrationPlan,
}

fn serve(document: &Route, referred: &mut Referred<'_>, names: &[Box<str>]) -> Result<Served, Refusal> {
    let authorization = referred.authorizers.authorization(document)?;
    let target = target(document, referred.frozen)?;
    Ok(Served {
        authorization,
        extras: extras(document, &mut referred.validation)?,
        edits: edits(target)?,
        integration: integration(target, names)?,
    })
}

/// The integration that a route leads to.
fn target<'f>(document: &Route, frozen: &'f FrozenHttpApi) -> Result<&'f Integration, Refusal> {
    let refuse = |why: String| Refusal::new(Subject::Integration, why);
    let target = document.target.as_deref().ok_or_else(|| refuse("the route has no target".to_owned()))?;
    let id = target.strip_prefix("integrations/").unwrap_or(target);
    let found = frozen.integrations.iter().find(|integration| integration.integration_id == id);
    found.ok_or_else(|| refuse(format!("there is no integration `{id}`")))
}
