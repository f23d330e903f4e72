//! A stage of an HTTP API becomes an overlay over its deployment.

use std::sync::Arc;

use stagegate_model::http::{RouteSettings, Stage};
use stagegate_plan::{ApiFacts, DeploymentPlan, LogStream, Release, RoutePlan, StageMeter, StagePlan};

use crate::binding::Binding;
use crate::cache::own_cache;
use crate::endpoint::Variables;
use crate::finding::{Finding, Findings};
use crate::metrics::counted;
use crate::rate::{own_rate, route_rates};
use crate::stage::access_log;
use crate::surroundings::{StageWay, Surroundings};

/// The stream of the access log (fact H55); a name of a stream may not begin with `$`.
fn log_stream(api: &ApiFacts, stage: &str) -> LogStream {
    LogStream::Dated(format!("{}_{}", api.id, stage.replace('$', ".")).into())
}

/// Compiles a stage of an HTTP API over its compiled deployment. `meter` is the stage's, carried over from the plan before.
///
/// Cheap: work is proportional to the deployment's routes. A route whose URI cannot be bound answers 500.
pub fn compile_http_stage(
    stage: &Stage,
    api: &Arc<ApiFacts>,
    deployment: &Arc<DeploymentPlan>,
    meter: &Arc<StageMeter>,
    surroundings: &Surroundings,
) -> (StagePlan, Vec<Finding>) {
    let mut findings = Findings::of(&api.id);
    let variables = stage.stage_variables.iter().flatten();
    let variables: Variables = variables.map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    let way = StageWay::new(surroundings, None);
    let bound = Binding::new(deployment, &variables, (&way, &api.region), &mut findings);
    let settings = Settings(stage);
    let deployment_id = stage.deployment_id.as_deref().unwrap_or_default();
    let plan = StagePlan {
        api: Arc::clone(api),
        name: stage.stage_name.as_str().into(),
        deployment_id: deployment_id.into(),
        deployment: Arc::clone(deployment),
        variables,
        endpoints: bound.endpoints,
        functions: bound.functions,
        services: bound.services,
        authorizers: bound.authorizers,
        pools: bound.pools,
        authorizer_flush: surroundings.authorizer_flush,
        is_traced: false,
        cache: own_cache(deployment, &surroundings.cache),
        access_log: access_log(stage.access_log_settings.as_ref(), || log_stream(api, &stage.stage_name)),
        execution_log: None,
        rates: Arc::new(route_rates(deployment, &surroundings.rates, |route| {
            let per_second = settings.first(route, |setting| setting.throttling_rate_limit);
            let burst = settings.first(route, |setting| setting.throttling_burst_limit.map(f64::from));
            let at_least_none = |limit: &f64| *limit >= 0.0;
            let rate = own_rate(per_second.filter(at_least_none), burst.filter(at_least_none))?;
            Some((route.key.clone()?, rate))
        })),
        meter: Arc::clone(meter),
        route_meters: counted(deployment, meter, |route| settings.any(route, |it| it.detailed_metrics_enabled)),
        canary_meter: None,
        release: Release::Sole,
        cache_scope: deployment_id.into(),
        canary: None,
    };
    (plan, findings.into_vec())
}

/// What a stage sets for its routes.
struct Settings<'s>(&'s Stage);

impl Settings<'_> {
    /// The settings of a route: its own, then those of all.
    fn of(&self, route: &RoutePlan) -> impl Iterator<Item = &RouteSettings> {
        let own = route.key.as_deref().and_then(|key| self.0.route_settings.as_ref()?.get(key));
        own.into_iter().chain(&self.0.default_route_settings)
    }

    /// A member of the most specific settings that have it.
    fn first<T>(&self, route: &RoutePlan, member: impl Fn(&RouteSettings) -> Option<T>) -> Option<T> {
        self.of(route).find_map(member)
    }

    /// Whether one of them says so: what holds for all routes cannot be switched off for one (fact H58).
    fn any(&self, route: &RoutePlan, member: impl Fn(&RouteSettings) -> Option<bool>) -> bool {
        self.of(route).any(|settings| member(settings) == Some(true))
    }
}
