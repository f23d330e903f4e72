//! A stage's canary: its deployment is found, and its counters live on.

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_compile::{CanarySurroundings, Surroundings, compile_canary};
use stagegate_model::rest::Stage;
use stagegate_plan::{StagePlan, StickyBy};
use stagegate_store::{Store, StoreError};

use super::load::ApiDocuments;
use super::plans::Plans;

/// What keeps clients on their side of canaries, by `*`, an API's id, or `{id}/{stage}`; `None` for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StickyCanaries(pub(crate) BTreeMap<String, Option<StickyBy>>);

impl StickyCanaries {
    /// Of a stage, of which the most specific entry decides.
    fn of(&self, api: &str, stage: &str) -> Option<StickyBy> {
        let entries = [&format!("{api}/{stage}"), api, "*"].map(|key| self.0.get(key));
        entries.into_iter().flatten().next().cloned().flatten()
    }
}

/// Gives a stage's plan its canary, if it has one, and answers what the compiler had to say about it. A canary whose deployment is
/// not there gets no requests.
pub(super) async fn compile(
    store: &dyn Store,
    plans: &Plans,
    (api, stage): (&ApiDocuments, &Stage),
    production: &mut StagePlan,
    before: Option<&Arc<StagePlan>>,
    surroundings: &Surroundings,
) -> Result<Vec<String>, StoreError> {
    let Some(settings) = &stage.canary_settings else { return Ok(Vec::new()) };
    let deployment = settings.deployment_id.as_ref().unwrap_or(&stage.deployment_id);
    let compiled = match api.frozen.get(deployment) {
        Some(hash) => plans.compiled(store, hash).await?,
        None => None,
    };
    let (api, name) = (&api.scope.api_id, &stage.stage_name);
    let Some(compiled) = compiled else {
        tracing::error!(api, stage = name, "a canary without a deployment gets no requests");
        return Ok(Vec::new());
    };
    let known = before.and_then(|stage| stage.canary.as_ref()?.stage.canary_meter.clone());
    let canary = CanarySurroundings {
        meter: known.unwrap_or_default(),
        sticky: plans.settings.sticky_canaries.of(api, name),
        seed: fastrand::u64(..),
    };
    let findings = compile_canary(stage, settings, production, &compiled.plan, canary, surroundings);
    Ok(compiled.findings.iter().chain(&findings).map(|finding| format!("canary: {finding}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_entry_decides() {
        let by = |name: &str| Some(StickyBy::Header(name.into()));
        let entries = [("*", by("all")), ("a", by("api")), ("a/s", by("stage")), ("a/none", None)];
        let sticky = StickyCanaries(entries.map(|(key, by)| (key.to_owned(), by)).into());
        for (api, stage, expected) in
            [("a", "s", by("stage")), ("a", "t", by("api")), ("a", "none", None), ("b", "s", by("all"))]
        {
            assert_eq!(sticky.of(api, stage), expected, "{api}/{stage}");
        }
        assert_eq!(StickyCanaries::default().of("a", "s"), None);
    }
}
