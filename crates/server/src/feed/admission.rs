//! What rates and quotas are counted with, and the buckets that APIs share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use stagegate_compile::{RateSurroundings, account_limit};
use stagegate_model::domain::Scope;
use stagegate_plan::{RateLimit, StagePlan};
use stagegate_seal::Sealer;
use stagegate_state::{Limiter, Quotas};

/// What rates and quotas are counted with.
#[derive(Clone)]
pub(crate) struct Admission {
    pub(crate) limiter: Arc<dyn Limiter>,
    pub(crate) quotas: Arc<dyn Quotas>,
    /// Opens and hashes the values of API keys.
    pub(crate) sealer: Arc<Sealer>,
    /// Requests a second of each account in each region, and how many at once.
    pub(crate) account_limit: Option<(f64, u32)>,
}

/// The buckets of accounts, one for each region, which their APIs share.
pub(super) struct Rates {
    limiter: Arc<dyn Limiter>,
    limit: Option<(f64, u32)>,
    by_scope: Mutex<HashMap<Scope, Arc<RateLimit>>>,
}

impl Rates {
    pub(super) fn new(admission: &Admission) -> Self {
        let Admission { limiter, account_limit, .. } = admission;
        Self { limiter: Arc::clone(limiter), limit: *account_limit, by_scope: Mutex::default() }
    }

    /// What the rates of a stage follow.
    pub(super) fn surroundings(&self, scope: &Scope, before: Option<&Arc<StagePlan>>) -> RateSurroundings {
        let account = self.limit.map(|(per_second, burst)| {
            let mut by_scope = self.by_scope.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(by_scope.entry(scope.clone()).or_insert_with(|| account_limit(per_second, burst)))
        });
        let canary = before.and_then(|stage| stage.canary.as_ref()).map(|canary| &canary.stage);
        let before = before.into_iter().chain(canary).map(|stage| Arc::clone(&stage.rates)).collect();
        RateSurroundings { before, account, now_ns: self.limiter.now_ns() }
    }
}
