//! A stage becomes an overlay over its deployment: variables bound, access log compiled.

use std::sync::Arc;

use stagegate_mapping::Format;
use stagegate_model::rest::{AccessLogSettings, Stage};
use stagegate_plan::{
    AccessLogPlan, ApiFacts, AuthorizerPlan, DeploymentPlan, IntegrationPlan, MethodKey, Release, RoutePlan, StageMeter,
    StagePlan, Unbound,
};

use crate::aws::service;
use crate::cache::stage_cache;
use crate::deployment::refusing;
use crate::endpoint::{Variables, endpoint};
use crate::execution_log::execution_log;
use crate::finding::{Effect, Finding, Findings, Subject};
use crate::lambda::function;
use crate::metrics::route_meters;
use crate::rate::stage_rates;
use crate::surroundings::{StageWay, Surroundings};

/// Compiles a stage over its compiled deployment. `meter` is the stage's, carried over from the plan before.
///
/// Cheap: work is proportional to the deployment's routes. A route whose URI cannot be bound answers
/// `API_CONFIGURATION_ERROR`.
pub fn compile_stage(
    stage: &Stage,
    api: &Arc<ApiFacts>,
    deployment: &Arc<DeploymentPlan>,
    meter: &Arc<StageMeter>,
    surroundings: &Surroundings,
) -> (StagePlan, Vec<Finding>) {
    let mut findings = Findings::of(&api.id);
    let variables: Variables =
        stage.variables.iter().flatten().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    let way = StageWay::new(surroundings, stage.client_certificate_id.as_deref());
    let deployment = &guarded(stage, deployment, &mut findings);
    let endpoints = deployment.routes.iter().map(|route| {
        let IntegrationPlan::Http(plan) = &route.integration else { return None };
        let endpoint = endpoint(plan, &variables).and_then(|endpoint| way.direct(plan, &variables, endpoint));
        Some(endpoint.map_err(|why| unbound(route, why, &mut findings)))
    });
    let endpoints = endpoints.collect();
    let functions = bound(deployment, &mut findings, |plan| match plan {
        IntegrationPlan::Lambda(plan) => Some(function(plan, &variables)),
        IntegrationPlan::MappedFunction(plan) => Some(function(&plan.invoke, &variables)),
        _ => None,
    });
    let services = bound(deployment, &mut findings, |plan| match plan {
        IntegrationPlan::Service(plan) => Some(service(plan, &variables)),
        _ => None,
    });
    let authorizers = deployment.authorizers.iter().map(|authorizer| {
        let AuthorizerPlan::Lambda(plan) = authorizer else { return None };
        Some(function(&plan.invoke, &variables).map_err(|why| {
            findings.api(Subject::Authorization, Effect::Refused, format!("authorizer {}: {why}", plan.id));
            Unbound { why: why.into() }
        }))
    });
    let authorizers = authorizers.collect();
    note_ignored(stage, &mut findings);
    let plan = StagePlan {
        api: Arc::clone(api),
        name: stage.stage_name.as_str().into(),
        deployment_id: stage.deployment_id.as_str().into(),
        deployment: Arc::clone(deployment),
        variables,
        endpoints,
        functions,
        services,
        authorizers,
        authorizer_flush: surroundings.authorizer_flush,
        is_traced: stage.tracing_enabled == Some(true),
        cache: stage_cache(stage, deployment, &surroundings.cache, &mut findings),
        access_log: stage.access_log_settings.as_ref().and_then(access_log),
        execution_log: execution_log(stage, api, deployment),
        rates: Arc::new(stage_rates(stage, deployment, &surroundings.rates)),
        meter: Arc::clone(meter),
        route_meters: route_meters(stage, deployment, meter),
        canary_meter: None,
        release: Release::Sole,
        cache_scope: stage.deployment_id.as_str().into(),
        canary: None,
    };
    (plan, findings.into_vec())
}

/// The deployment, or one that refuses everything when the stage has a guard that is not served.
fn guarded(stage: &Stage, deployment: &Arc<DeploymentPlan>, findings: &mut Findings) -> Arc<DeploymentPlan> {
    if stage.web_acl_arn.is_none() {
        return Arc::clone(deployment);
    }
    let why = "web ACLs are not served yet";
    findings.api(Subject::Stage, Effect::Refused, format!("{}: {why}", stage.stage_name));
    Arc::new(refusing(deployment, why))
}

/// What `bind` finds for the routes; none at all where no route has anything to bind.
fn bound<T>(
    deployment: &DeploymentPlan,
    findings: &mut Findings,
    bind: impl Fn(&IntegrationPlan) -> Option<Result<T, String>>,
) -> Box<[Option<Result<T, Unbound>>]> {
    let mut targets: Vec<_> = Vec::new();
    for (index, route) in deployment.routes.iter().enumerate() {
        if let Some(target) = bind(&route.integration) {
            targets.resize_with(index, || None);
            targets.push(Some(target.map_err(|why| unbound(route, why, findings))));
        }
    }
    targets.into()
}

/// Notes why a route has no back end.
fn unbound(route: &RoutePlan, why: String, findings: &mut Findings) -> Unbound {
    let verb = match route.method {
        MethodKey::Verb(verb) => verb.as_str(),
        MethodKey::Any => "ANY",
    };
    findings.route((&route.resource_path, verb), Subject::Integration, Effect::Refused, why.clone());
    Unbound { why: why.into() }
}

/// An access log needs both its destination and its format.
fn access_log(settings: &AccessLogSettings) -> Option<AccessLogPlan> {
    let destination = settings.destination_arn.as_deref().filter(|arn| !arn.is_empty())?;
    let format = settings.format.as_deref().filter(|format| !format.is_empty())?;
    Some(AccessLogPlan { destination_arn: destination.into(), copy_arn: None, format: Format::parse(format) })
}

/// Notes settings without effect.
fn note_ignored(stage: &Stage, findings: &mut Findings) {
    let mut note = |why: String| findings.api(Subject::Stage, Effect::Ignored, format!("{}: {why}", stage.stage_name));
    if stage.tracing_enabled == Some(true) {
        note("X-Ray traces are not served yet".to_owned());
    }
}
