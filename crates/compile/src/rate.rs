//! Throttling of a stage's methods and of an account becomes rates, with the buckets of before.

use std::sync::Arc;

use stagegate_model::rest::{MethodSetting, Stage};
use stagegate_plan::{DeploymentPlan, MethodLimit, RateLimit, RoutePlan, StageRates};
use stagegate_state::Rate;

use crate::method_settings::{MethodSettings, verb};

/// What AWS limits an account to, and fills into every method setting: it says nothing of a method's own limit.
const ACCOUNT_RATE: f64 = 10_000.0;
const ACCOUNT_BURST: i32 = 5_000;

/// What a stage's rates follow.
#[derive(Debug, Clone, Default)]
pub struct RateSurroundings {
    /// The rates whose buckets live on, the first that has a method: of the stage's plan of before, and of its canary's.
    pub before: Vec<Arc<StageRates>>,
    /// The limit of the account in the region, shared by its APIs.
    pub account: Option<Arc<RateLimit>>,
    /// Now, by the limiter's clock, in nanoseconds: when changed rates take effect.
    pub now_ns: u64,
}

/// The limit of an account in a region.
pub fn account_limit(per_second: f64, burst: u32) -> Arc<RateLimit> {
    Arc::new(RateLimit::new(Rate::new(per_second, burst), None, 0))
}

/// The rates of a stage: each route has a bucket of its own, and the most specific setting's limits.
pub(crate) fn stage_rates(stage: &Stage, deployment: &DeploymentPlan, surroundings: &RateSurroundings) -> StageRates {
    let settings = stage.method_settings.as_ref().map(MethodSettings::of);
    route_rates(deployment, surroundings, |route| {
        let set = |member: fn(&MethodSetting) -> Option<f64>| {
            settings.as_ref()?.member(route, member).filter(|limit| *limit >= 0.0)
        };
        let per_second = set(|setting| setting.throttling_rate_limit);
        let rate = own_rate(per_second, set(|setting| setting.throttling_burst_limit.map(f64::from)))?;
        Some((format!("{}/{}", route.resource_path.trim_end_matches('/'), verb(route)).into(), rate))
    })
}

/// The rates of a stage whose routes have these limits, each with the name of its bucket.
pub(crate) fn route_rates(
    deployment: &DeploymentPlan,
    surroundings: &RateSurroundings,
    limit: impl Fn(&RoutePlan) -> Option<(Box<str>, Rate)>,
) -> StageRates {
    let limit = |route: &RoutePlan| {
        let (method, rate) = limit(route)?;
        let before = surroundings.before.iter().find_map(|rates| rates.method(&method));
        let limit = RateLimit::new(rate, before.map(|before| &before.limit), surroundings.now_ns);
        Some(MethodLimit { method, limit })
    };
    let mut routes: Vec<_> = deployment.routes.iter().map(limit).collect();
    routes.truncate(routes.iter().rposition(Option::is_some).map_or(0, |last| last + 1));
    StageRates { account: surroundings.account.clone(), routes: routes.into() }
}

/// A route's own limits. What is not set, or set to less than nothing as Terraform does, is the account's affair, and so
/// are its limits: AWS writes them into every setting that somebody makes for another reason.
pub(crate) fn own_rate(per_second: Option<f64>, burst: Option<f64>) -> Option<Rate> {
    let (per_second, burst) = (per_second.unwrap_or(ACCOUNT_RATE), burst.unwrap_or(f64::from(ACCOUNT_BURST)));
    let is_accounts =
        per_second.to_bits() == ACCOUNT_RATE.to_bits() && burst.to_bits() == f64::from(ACCOUNT_BURST).to_bits();
    (!is_accounts).then(|| Rate::new(per_second, tokens(burst)))
}

/// A burst, which was a whole number of 32 bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it came from an i32 and is not negative")]
fn tokens(burst: f64) -> u32 {
    burst as u32
}
