//! What a stage's variables make of a deployment: the back end, function or service of each route, and the functions of authorizers.

use stagegate_plan::{
    AuthorizerPlan, DeploymentPlan, Endpoint, FunctionTarget, IntegrationPlan, MethodKey, RoutePlan, ServiceTarget,
    TokenAuthorizerPlan, Unbound,
};

use crate::aws::service;
use crate::endpoint::{Variables, endpoint};
use crate::finding::{Effect, Findings, Subject};
use crate::http_api::subtype_service;
use crate::lambda::function;
use crate::surroundings::StageWay;
use crate::token::bind_pools;

/// What is bound of each route or authorizer, by its id.
type Targets<T> = Box<[Option<Result<T, Unbound>>]>;

/// What a deployment leads to.
pub(crate) struct Binding {
    pub(crate) endpoints: Targets<Endpoint>,
    pub(crate) functions: Targets<FunctionTarget>,
    pub(crate) services: Targets<ServiceTarget>,
    pub(crate) authorizers: Targets<FunctionTarget>,
    pub(crate) pools: Targets<TokenAuthorizerPlan>,
}

impl Binding {
    /// Binds a deployment for a stage in a region. A route whose URI cannot be bound is a finding, and answers `API_CONFIGURATION_ERROR`.
    pub(crate) fn new(
        deployment: &DeploymentPlan,
        variables: &Variables,
        (way, region): (&StageWay<'_>, &str),
        findings: &mut Findings,
    ) -> Self {
        let endpoints = deployment.routes.iter().map(|route| {
            let IntegrationPlan::Http(plan) = &route.integration else { return None };
            let endpoint = endpoint(plan, variables).and_then(|endpoint| way.direct(plan, variables, endpoint));
            Some(endpoint.map_err(|why| unbound(route, why, findings)))
        });
        let endpoints = endpoints.collect();
        let functions = bound(deployment, findings, |plan| match plan {
            IntegrationPlan::Lambda(plan) => Some(function(plan, variables)),
            IntegrationPlan::MappedFunction(plan) => Some(function(&plan.invoke, variables)),
            _ => None,
        });
        let services = bound(deployment, findings, |plan| match plan {
            IntegrationPlan::Service(plan) => Some(service(plan, variables)),
            IntegrationPlan::Subtype(plan) => Some(subtype_service(plan, variables, region)),
            _ => None,
        });
        let authorizers = deployment.authorizers.iter().map(|authorizer| {
            let AuthorizerPlan::Lambda(plan) = authorizer else { return None };
            Some(function(&plan.invoke, variables).map_err(|why| {
                findings.api(Subject::Authorization, Effect::Refused, format!("authorizer {}: {why}", plan.id));
                Unbound { why: why.into() }
            }))
        });
        let authorizers = authorizers.collect();
        let pools = pools(deployment, variables, findings);
        Self { endpoints, functions, services, authorizers, pools }
    }
}

/// The authorizers whose user pools depend on the stage; none at all where no authorizer does.
fn pools(deployment: &DeploymentPlan, variables: &Variables, findings: &mut Findings) -> Targets<TokenAuthorizerPlan> {
    if !deployment.authorizers.iter().any(|authorizer| matches!(authorizer, AuthorizerPlan::Pools(_))) {
        return Box::default();
    }
    let bound = deployment.authorizers.iter().map(|authorizer| {
        let AuthorizerPlan::Pools(pools) = authorizer else { return None };
        Some(bind_pools(pools, variables).map_err(|why| {
            findings.api(Subject::Authorization, Effect::Refused, format!("authorizer {}: {why}", pools.id));
            Unbound { why: why.into() }
        }))
    });
    bound.collect()
}

/// What `bind` finds for the routes; none at all where no route has anything to bind.
fn bound<T>(
    deployment: &DeploymentPlan,
    findings: &mut Findings,
    bind: impl Fn(&IntegrationPlan) -> Option<Result<T, String>>,
) -> Targets<T> {
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
