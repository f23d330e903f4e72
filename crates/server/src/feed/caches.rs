//! Response caches of stages: a store for each life of one, carried over from plan to plan.

use std::sync::Arc;

use stagegate_compile::CacheSurroundings;
use stagegate_model::rest::{CacheClusterSize, Stage};
use stagegate_plan::{CacheLife, DeploymentPlan, StagePlan};
use stagegate_state::ResponseCaches;
use stagegate_store::Revision;

use crate::config::CacheSettings;

/// Where stores come from, and what the settings say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caches {
    /// The engine; without it no stage has a cache.
    pub(crate) engine: Option<Arc<dyn ResponseCaches>>,
    /// What the settings say.
    pub(crate) settings: CacheSettings,
}

impl Caches {
    /// What the cache of a stage keeps answers in: what it had, unless its size has changed or it was flushed since. `flush` is when
    /// that was, as a revision of the store.
    pub(super) fn surroundings(&self, stage: &Stage, flush: u64, before: Option<&Arc<StagePlan>>) -> CacheSurroundings {
        let size = stage.cache_cluster_size.unwrap_or(CacheClusterSize::Gb0_5);
        self.kept(stage.cache_cluster_enabled == Some(true), size, flush, before)
    }

    /// The same for a stage whose routes say themselves that they are cached: the smallest cache that AWS has. Any change of the
    /// stage empties it; `revision` is the stage's.
    pub(super) fn of_routes(
        &self,
        deployment: &DeploymentPlan,
        revision: Revision,
        before: Option<&Arc<StagePlan>>,
    ) -> CacheSurroundings {
        let is_cached = deployment.routes.iter().any(|route| route.cache_key.is_some());
        self.kept(is_cached, CacheClusterSize::Gb0_5, revision.0, before)
    }

    fn kept(
        &self,
        is_on: bool,
        size: CacheClusterSize,
        flush: u64,
        before: Option<&Arc<StagePlan>>,
    ) -> CacheSurroundings {
        let varies_by_principal = self.settings.vary_by_principal;
        let Some(engine) = self.engine.as_ref().filter(|_| is_on) else {
            return CacheSurroundings { store: None, varies_by_principal };
        };
        let life = CacheLife { bytes: self.settings.bytes(size), flush };
        let known = before.and_then(|stage| stage.cache.as_ref()).filter(|cache| cache.life == life);
        let store = known.map_or_else(|| engine.open(life.bytes), |cache| Arc::clone(&cache.store));
        CacheSurroundings { store: Some((store, life)), varies_by_principal }
    }
}

#[cfg(test)]
mod tests {
    use stagegate_state::ManualClock;
    use stagegate_state_local::LocalCaches;

    use super::*;

    #[test]
    fn facts_c7_a_stage_without_a_cache_has_no_store() {
        let engine = LocalCaches::new(Arc::new(ManualClock::default()), 1 << 20);
        let caches = Caches { engine: Some(Arc::new(engine)), settings: CacheSettings::default() };
        let store = |enabled| {
            let stage = Stage { cache_cluster_enabled: enabled, ..Stage::default() };
            caches.surroundings(&stage, 7, None).store.map(|(_, life)| life)
        };
        assert_eq!(store(None), None);
        assert_eq!(store(Some(false)), None);
        assert_eq!(
            store(Some(true)),
            Some(CacheLife { bytes: caches.settings.bytes(CacheClusterSize::Gb0_5), flush: 7 })
        );
    }
}
