//! Usage plans become rates and quotas of their keys.

use std::collections::{BTreeMap, BTreeSet};

use stagegate_model::domain::Scope;
use stagegate_model::rest::{ApiStage, QuotaSettings, ThrottleSettings, UsagePlanRow};
use stagegate_plan::{MethodRate, PlanStage, UsagePlan};
use stagegate_state::{Day, Period, Quota, Rate};

use crate::method_settings::place;

/// Compiles a plan. `before` is what it was, whose buckets and counters live on; `now_ns`, by the limiter's clock, is when
/// changed rates take effect.
pub fn compile_usage_plan(row: &UsagePlanRow, scope: &Scope, before: Option<&UsagePlan>, now_ns: u64) -> UsagePlan {
    let plan = &row.plan;
    let rate = plan.throttle.as_ref().map(rate).map(|rate| match before.and_then(|before| before.rate) {
        Some(before) => rate.following(&before, now_ns),
        None => rate,
    });
    let former_quota = before.and_then(|before| before.quota.or(before.former_quota));
    let quota = plan.quota.as_ref().map(|settings| {
        let quota = quota(settings, row.quota_since);
        former_quota.map_or(quota, |former| quota.following(&former))
    });
    let mut slots = Slots::of(before, now_ns);
    let mut stages: Vec<PlanStage> = plan.api_stages.iter().flatten().map(|stage| slots.stage(stage)).collect();
    stages.sort_by(|a, b| (&a.api, &a.stage).cmp(&(&b.api, &b.stage)));
    let name = format!("{}/{}/{}", scope.account, scope.region, plan.id).into();
    UsagePlan { id: plan.id.as_str().into(), name, rate, quota, former_quota, stages: stages.into() }
}

/// What is left out of a throttle counts as nothing.
fn rate(throttle: &ThrottleSettings) -> Rate {
    let burst = u32::try_from(throttle.burst_limit.unwrap_or(0)).unwrap_or(0);
    Rate::new(throttle.rate_limit.unwrap_or(0.0), burst)
}

fn quota(settings: &QuotaSettings, since: Option<u32>) -> Quota {
    let period = settings.period.and_then(|period| Period::parse(period.as_str())).unwrap_or(Period::Day);
    Quota::new(settings.limit.unwrap_or(0), settings.offset.unwrap_or(0), period, since.map(Day))
}

/// Which word of a key is whose bucket: a method keeps its own, and a new one gets one that is free.
struct Slots<'b> {
    before: BTreeMap<&'b str, &'b MethodRate>,
    taken: BTreeSet<u32>,
    now_ns: u64,
}

impl<'b> Slots<'b> {
    fn of(before: Option<&'b UsagePlan>, now_ns: u64) -> Self {
        let before: BTreeMap<_, _> =
            before.into_iter().flat_map(UsagePlan::methods).map(|rate| (&*rate.name, rate)).collect();
        let taken = before.values().map(|rate| rate.slot).collect();
        Self { before, taken, now_ns }
    }

    fn stage(&mut self, stage: &ApiStage) -> PlanStage {
        let (api, name) = (stage.api_id.as_deref().unwrap_or_default(), stage.stage.as_deref().unwrap_or_default());
        let throttles = stage.throttle.iter().flatten();
        let methods = throttles.filter_map(|(key, throttle)| {
            let (path, verb) = place(key)?;
            let name: Box<str> = format!("{api}:{name}/{path}/{verb}").into();
            let (rate, slot) = self.bucket(&name, &rate(throttle));
            Some(MethodRate { path: path.into(), verb: verb.into(), name, rate, slot })
        });
        PlanStage { api: api.into(), stage: name.into(), methods: methods.collect() }
    }

    fn bucket(&mut self, name: &str, rate: &Rate) -> (Rate, u32) {
        if let Some(before) = self.before.get(name) {
            return (rate.following(&before.rate, self.now_ns), before.slot);
        }
        let slot = (0..=u32::MAX).find(|slot| !self.taken.contains(slot)).unwrap_or(0);
        self.taken.insert(slot);
        (*rate, slot)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn compiled(plan: &Value, before: Option<&UsagePlan>, now_ns: u64) -> UsagePlan {
        let row: UsagePlanRow = serde_json::from_value(plan.clone()).expect("a plan");
        let scope = Scope::new("000000000000", "us-east-1").expect("a scope");
        compile_usage_plan(&row, &scope, before, now_ns)
    }

    fn plan(methods: &Value) -> Value {
        json!({
            "id": "plan01",
            "throttle": { "burstLimit": 5, "rateLimit": 1.0 },
            "quota": { "limit": 1000, "offset": 2, "period": "WEEK" },
            "quotaSince": 20_779,
            "apiStages": [
                { "apiId": "b", "stage": "dev", "throttle": methods },
                { "apiId": "a", "stage": "dev" },
            ],
        })
    }

    fn slot(plan: &UsagePlan, path: &str) -> Option<u32> {
        plan.stage("b", "dev")?.method(path, "GET").map(|rate| rate.slot)
    }

    #[test]
    fn a_plan_is_found_by_its_stages_and_has_its_limits() {
        let limit = json!({ "burstLimit": 1, "rateLimit": 2.5 });
        let plan = compiled(&plan(&json!({ "/pets/{id}/GET": limit, "~1dogs/GET": limit })), None, 0);
        assert_eq!(&*plan.name, "000000000000/us-east-1/plan01");
        assert!(plan.stage("a", "dev").is_some() && plan.stage("a", "prod").is_none());
        assert_eq!(plan.rate.map(|rate| (rate.per_second(), rate.burst())), Some((1.0, 5)));
        let quota = plan.quota.expect("a quota");
        assert_eq!((quota.limit, quota.offset, quota.since), (1_000, 2, Some(Day(20_779))));
        for path in ["/pets/{id}", "/dogs"] {
            let rate = plan.stage("b", "dev").and_then(|stage| stage.method(path, "GET")).expect("a rate");
            assert_eq!(rate.rate.per_second().to_bits(), 2.5_f64.to_bits());
        }
        assert!(slot(&plan, "/cats").is_none());
    }

    #[test]
    fn a_quota_follows_the_last_one_though_there_was_none_between() {
        let first = compiled(&plan(&json!({})), None, 0);
        let mut without = plan(&json!({}));
        without.as_object_mut().expect("an object").remove("quota");
        let second = compiled(&without, Some(&first), 0);
        let third = compiled(&without, Some(&second), 0);
        let mut other = plan(&json!({}));
        other["quota"]["limit"] = json!(5);
        let fourth = compiled(&other, Some(&third), 0);
        let versions = [&first, &second, &fourth].map(|plan| plan.quota.map(|quota| quota.version));
        assert_eq!(versions, [Some(0), None, Some(1)]);
    }

    #[test]
    fn methods_keep_their_buckets_and_never_share_one() {
        let limit = json!({ "burstLimit": 1, "rateLimit": 1.0 });
        let first = compiled(&plan(&json!({ "/a/GET": limit, "/b/GET": limit })), None, 0);
        assert_eq!((slot(&first, "/a"), slot(&first, "/b")), (Some(0), Some(1)));
        let faster = json!({ "burstLimit": 1, "rateLimit": 9.0 });
        let second = compiled(&plan(&json!({ "/b/GET": faster, "/c/GET": limit })), Some(&first), 5);
        assert_eq!((slot(&second, "/b"), slot(&second, "/c")), (Some(1), Some(2)));
        let rate = second.stage("b", "dev").and_then(|stage| stage.method("/b", "GET")).expect("a rate");
        assert_eq!(rate.rate.version(), 1);
    }
}
