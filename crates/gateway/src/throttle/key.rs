//! Whose request it is, by its API key, and which usage plan meters it (facts 9, A22 and T10).

use std::sync::Arc;

use stagegate_plan::{
    ApiKeySource, GatewayResponseType, KeyPlan, KeyUse, MethodKey, MethodRate, PlanStage, RoutePlan, Snapshot,
    UsagePlan, key_digest_context,
};
use stagegate_state::{Counter, Quotas};

use crate::core::Core;
use crate::observe::{Notes, log_key_refused};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// The header of API keys.
const HEADER: &[u8] = b"x-api-key";
/// The longest value that a key can have.
const MOST_VALUE_BYTES: usize = 128;

/// A request that counts for a key of a usage plan.
#[derive(Debug)]
pub(super) struct Metered {
    pub(super) key: Arc<KeyPlan>,
    pub(super) plan: Arc<UsagePlan>,
    /// The place of the request's stage in the plan.
    pub(super) stage: usize,
    pub(super) usage: Arc<KeyUse>,
    /// The key's value.
    pub(super) value: Box<str>,
}

impl Metered {
    /// Shows the key to the rooms behind.
    pub(super) fn enter(&self, notes: &Notes) {
        notes.api_key.get_or_init(|| self.value.clone());
        notes.api_key_id.get_or_init(|| self.key.id.as_str().into());
        notes.explain("throttle", format_args!("API key {}; usage plan {}", self.key.id, self.plan.id));
    }

    /// The counter of the quota.
    pub(super) fn counter(&self, quotas: &dyn Quotas) -> &Counter {
        self.usage.quota.get_or_init(|| quotas.counter(&format!("{}/{}", self.plan.name, self.key.id)))
    }
}

/// Why a key does not let its bearer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unfit {
    /// There is none, or several that differ, or nobody's.
    Unknown,
    /// It is switched off.
    Disabled,
    /// It is in no plan of this stage, which has plans.
    NoPlan,
    /// The stage is in no plan at all.
    NoStage,
}

impl Unfit {
    /// The end of AWS's line in the log (fact L11).
    fn reason(self) -> &'static str {
        match self {
            Self::NoStage => "API Stage is not in a Usage Plan",
            Self::Unknown | Self::Disabled | Self::NoPlan => "No Usage Plan found for key and API Stage",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Unknown => "no API key, or one that nobody has",
            Self::Disabled => "the API key is disabled",
            Self::NoPlan => "the API key is in no usage plan of this stage",
            Self::NoStage => "the stage is in no usage plan",
        }
    }
}

/// Finds the key and the plan of a request that needs them.
pub(super) fn meter(core: &Core, routed: &Routed<'_>, notes: &Notes) -> Result<Metered, Refusal> {
    let value = value(routed, notes);
    let found = core.with_snapshot(|snapshot| find(core, snapshot, routed, value.as_deref()));
    found.map_err(|unfit| {
        core.counters.api_key_refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        log_key_refused(notes, routed, value.as_deref().unwrap_or_default(), unfit.reason());
        notes.explain("throttle", format_args!("{}", unfit.in_words()));
        Refusal::Gateway(GatewayResponseType::InvalidApiKey, Cause::ApiKey)
    })
}

/// The value that the caller shows: the header's, or what the authorizer said. Headers that differ say nothing.
fn value(routed: &Routed<'_>, notes: &Notes) -> Option<Box<str>> {
    match routed.addressed.stage.deployment.key_source {
        ApiKeySource::Header => {
            let fields = routed.addressed.arrival.head.fields();
            let mut values = fields.filter(|field| field.name.eq_ignore_ascii_case(HEADER)).map(|field| field.value);
            let first = values.next()?;
            let value = std::str::from_utf8(first).ok().filter(|_| values.all(|other| other == first));
            value.map(Box::from)
        }
        ApiKeySource::Authorizer => {
            let answer = notes.caller()?.authorizer.as_deref()?;
            answer.usage_identifier_key.clone()
        }
    }
}

fn find(core: &Core, snapshot: &Snapshot, routed: &Routed<'_>, value: Option<&str>) -> Result<Metered, Unfit> {
    let stage = routed.addressed.stage;
    let no_plan = || if snapshot.has_planned(&stage.api.id, &stage.name) { Unfit::NoPlan } else { Unfit::NoStage };
    let unknown = || if no_plan() == Unfit::NoStage { Unfit::NoStage } else { Unfit::Unknown };
    let value = value.filter(|value| (1..=MOST_VALUE_BYTES).contains(&value.len())).ok_or_else(unknown)?;
    let admission = core.config.admission.as_ref().ok_or(Unfit::Unknown)?;
    let context = key_digest_context(&stage.api.account, &stage.api.region);
    let digest = admission.sealer.digest(context.as_bytes(), value.as_bytes());
    let key = snapshot.api_key(&digest).ok_or_else(unknown)?;
    if !key.enabled {
        return Err(Unfit::Disabled);
    }
    for membership in &key.memberships {
        let Some(plan) = snapshot.usage_plan(membership.plan) else { continue };
        if let Some(stage) = plan.stage_index(&stage.api.id, &stage.name) {
            let (plan, usage) = (Arc::clone(plan), Arc::clone(&membership.usage));
            return Ok(Metered { key: Arc::clone(key), plan, stage, usage, value: value.into() });
        }
    }
    Err(no_plan())
}

/// The rate of each key at a route.
pub(super) fn method_rate<'p>(stage: &'p PlanStage, route: &RoutePlan) -> Option<&'p MethodRate> {
    let verb = match route.method {
        MethodKey::Verb(verb) => verb.as_str(),
        MethodKey::Any => "ANY",
    };
    stage.method(&route.resource_path, verb)
}
