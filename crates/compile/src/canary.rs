//! A stage's canary: the same overlay over another deployment, with other variables, and its part of the requests.

use std::sync::Arc;

use stagegate_model::rest::{CanarySettings, Stage, StringMap};
use stagegate_plan::{CanaryPlan, DeploymentPlan, Release, Split, StageMeter, StagePlan, StickyBy};

use crate::finding::Finding;
use crate::stage::compile_stage;
use crate::surroundings::Surroundings;

/// What AWS appends to the names of log groups for a canary's lines (facts N2 and 124).
const LOG_SUFFIX: &str = "/Canary";

/// What a canary has besides its stage's documents.
#[derive(Debug, Clone)]
pub struct CanarySurroundings {
    /// The canary's own counters, carried over from the plan before.
    pub meter: Arc<StageMeter>,
    /// What keeps a client on its side.
    pub sticky: Option<StickyBy>,
    /// A random number: the order in which requests are chosen.
    pub seed: u64,
}

/// Gives the compiled plan of a stage the canary that its settings ask for, over the canary's compiled deployment.
///
/// The canary has the stage's settings, and its own deployment and variables: the stage's, overridden (fact 117). The findings are
/// those of the canary.
pub fn compile_canary(
    stage: &Stage,
    settings: &CanarySettings,
    production: &mut StagePlan,
    deployment: &Arc<DeploymentPlan>,
    canary: CanarySurroundings,
    surroundings: &Surroundings,
) -> Vec<Finding> {
    let document = overlay(stage, settings);
    let mut surroundings = surroundings.clone();
    // A canary may let others in than the stage does, by its variables alone.
    surroundings.authorizer_flush = !surroundings.authorizer_flush;
    surroundings.rates.before.insert(0, Arc::clone(&production.rates));
    let (mut plan, findings) = compile_stage(&document, &production.api, deployment, &production.meter, &surroundings);
    plan.release = Release::Canary;
    plan.canary_meter = Some(canary.meter);
    if settings.use_stage_cache != Some(true) {
        plan.cache_scope = format!("{}{LOG_SUFFIX}", plan.cache_scope).into();
    }
    let copy = |arn: &Arc<str>| is_group(arn).then(|| format!("{arn}{LOG_SUFFIX}").into());
    if let Some(log) = &mut plan.access_log {
        log.copy_arn = copy(&log.destination_arn);
    }
    if let Some(log) = &mut plan.execution_log {
        log.copy_arn = copy(&log.destination_arn);
    }
    let percent = settings.percent_traffic.unwrap_or_default();
    let split = Split::new(percent, canary.sticky, (&production.api.id, &production.name), canary.seed);
    production.release = Release::Production;
    production.canary = Some(CanaryPlan { stage: Arc::new(plan), split });
    findings
}

/// The stage as its canary has it.
fn overlay(stage: &Stage, settings: &CanarySettings) -> Stage {
    let mut variables: StringMap = stage.variables.clone().unwrap_or_default();
    variables.extend(settings.stage_variable_overrides.clone().unwrap_or_default());
    let deployment_id = settings.deployment_id.as_ref().unwrap_or(&stage.deployment_id).clone();
    Stage { deployment_id, variables: Some(variables), canary_settings: None, ..stage.clone() }
}

/// Delivery streams have no names within names.
fn is_group(arn: &str) -> bool {
    arn.contains(":log-group:")
}
