//! Metrics: an answered request is counted for its stage, for its canary, and for its route where that is on.

use stagegate_plan::{Observation, StageMeter, StagePlan};

use super::Notes;
use crate::core::Core;

/// Counts a request with the counters of this core. One that no route took counts where the stage's series say so.
pub(super) fn count(core: &Core, stage: &StagePlan, notes: &Notes) {
    let (route, total) = (notes.route.get(), stage.meter.total());
    if route.is_none() && !total.series().counts_unrouted {
        return;
    }
    let seen = Observation {
        status: notes.status.get(),
        latency_us: notes.latency_us.get(),
        integration_latency_us: notes.integration.get().map(|note| note.latency_us),
        processed_bytes: notes.processed_bytes(),
        cache: notes.cache_outcome.get(),
    };
    let canary = stage.canary_meter.as_deref().map(StageMeter::total);
    let route = route.and_then(|route| stage.route_meter(route));
    for meter in [Some(total), canary, route].into_iter().flatten() {
        meter.observe(core.number, &seen);
    }
}
