//! Which routes of a stage are counted one by one: `metricsEnabled` of their method settings, `detailedMetricsEnabled` of their route
//! settings.

use std::sync::Arc;

use stagegate_model::rest::Stage;
use stagegate_plan::{DeploymentPlan, RouteMeter, RoutePlan, StageMeter};

use crate::method_settings::{MethodSettings, verb};

/// The route key that is its own resource and method (fact H57).
const DEFAULT_ROUTE: &str = "$default";

/// The counters of the routes that have their own; nothing where none has.
pub(crate) fn route_meters(
    stage: &Stage,
    deployment: &DeploymentPlan,
    meter: &StageMeter,
) -> Box<[Option<Arc<RouteMeter>>]> {
    let Some(settings) = &stage.method_settings else { return Box::default() };
    let settings = MethodSettings::of(settings);
    counted(deployment, meter, |route| settings.member(route, |setting| setting.metrics_enabled) == Some(true))
}

/// The counters of those routes that are counted one by one.
pub(crate) fn counted(
    deployment: &DeploymentPlan,
    meter: &StageMeter,
    is_counted: impl Fn(&RoutePlan) -> bool,
) -> Box<[Option<Arc<RouteMeter>>]> {
    let meters = deployment.routes.iter().map(|route| {
        let (resource, method) = place(route);
        is_counted(route).then(|| meter.route(resource, method))
    });
    let meters: Box<[_]> = meters.collect();
    if meters.iter().any(Option::is_some) { meters } else { Box::default() }
}

/// What the dimensions `Resource` and `Method` say (facts M2 and H57).
fn place(route: &RoutePlan) -> (&str, &str) {
    match route.key.as_deref() {
        Some(DEFAULT_ROUTE) => (DEFAULT_ROUTE, DEFAULT_ROUTE),
        _ => (&route.resource_path, verb(route)),
    }
}
