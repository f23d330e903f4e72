//! Requests to custom domain names: the base path finds a mapping, and the mapping a stage (facts D7 and D9).

use std::sync::Arc;

use stagegate_plan::{ApiPlan, DomainPlan, Snapshot, StagePlan};

use super::{below, stage_of};
use crate::refusal::Refusal;

/// Where a path below a custom domain name leads.
#[derive(Debug)]
pub(super) enum Found<'p> {
    /// To the health check.
    HealthCheck,
    /// To a stage.
    Stage(Mapped<'p>),
}

/// A stage that a base path leads to.
#[derive(Debug)]
pub(super) struct Mapped<'p> {
    pub(super) stage: Arc<StagePlan>,
    /// The base path as the mapping has it.
    pub(super) matched: Arc<str>,
    /// The base path as it was sent, the slash before it included.
    pub(super) base_path: &'p [u8],
    /// The path below the stage.
    pub(super) path: &'p [u8],
}

/// Follows a path that begins with one slash; `enter` reads it as the API does that it leads to. A mapping whose API or stage is not served leads nowhere, like none.
pub(super) fn find<'p>(
    domain: &DomainPlan,
    snapshot: &Snapshot,
    sent: &'p [u8],
    enter: impl FnOnce(&ApiPlan) -> &'p [u8],
) -> Result<Found<'p>, Refusal> {
    if matches!(sent, b"/ping" | b"/sping") {
        return Ok(Found::HealthCheck);
    }
    let matched = domain.find(sent).ok_or(Refusal::NoMapping)?;
    let mapping = matched.mapping;
    let api = snapshot.api(&mapping.api_id).ok_or(Refusal::UnknownStage)?;
    let length = api.paths.read(&sent[..matched.length]).len();
    let (base_path, rest) = enter(api).split_at_checked(length).ok_or(Refusal::NoMapping)?;
    let found = match &mapping.stage {
        Some(stage) => api.stages.get(&**stage).map(|stage| (Arc::clone(stage), below(rest))),
        None => stage_of(api, rest),
    };
    let (stage, path) = found.ok_or(Refusal::UnknownStage)?;
    Ok(Found::Stage(Mapped { stage, matched: Arc::clone(&mapping.base_path), base_path, path }))
}
