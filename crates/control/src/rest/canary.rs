//! Canary settings of a stage: read, checked, patched, promoted.

use stagegate_model::rest::{CanarySettings, Stage};

use super::variables;
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::Edit;
use crate::quotas::Quotas;

/// Reads `canarySettings` of a stage or of a deployment, which has no `deploymentId` there.
pub(crate) fn read(input: &mut Input) -> Result<Option<CanarySettings>, Fault> {
    let Some(mut nested) = input.structure("canarySettings")? else { return Ok(None) };
    let canary = CanarySettings {
        percent_traffic: nested.number("percentTraffic")?,
        deployment_id: nested.text("deploymentId")?.filter(|id| !id.is_empty()),
        stage_variable_overrides: nested.text_map("stageVariableOverrides")?.filter(|map| !map.is_empty()),
        use_stage_cache: nested.flag("useStageCache")?,
    };
    input.absorb(nested);
    Ok(Some(canary))
}

/// Fills in what a canary has unless told otherwise, and checks it.
pub(crate) fn settle(canary: &mut CanarySettings, stage_deployment: &str, quotas: &Quotas) -> Result<(), Fault> {
    let percent = *canary.percent_traffic.get_or_insert(0.0);
    if !(0.0..=100.0).contains(&percent) {
        return Err(Fault::bad_request("Canary percentTraffic must be between 0.0 and 100.0"));
    }
    canary.deployment_id.get_or_insert_with(|| stage_deployment.to_owned());
    canary.use_stage_cache.get_or_insert(false);
    variables::check(canary.stage_variable_overrides.as_ref(), quotas)
}

fn canary(stage: &mut Stage) -> &mut CanarySettings {
    stage.canary_settings.get_or_insert_default()
}

/// `/canarySettings/percentTraffic`
pub(crate) fn patch_percent(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    canary(stage).percent_traffic = Some(edit.number()?);
    Ok(())
}

/// `/canarySettings/deploymentId`
pub(crate) fn patch_deployment(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    canary(stage).deployment_id = Some(edit.text()?);
    Ok(())
}

/// `/canarySettings/useStageCache`
pub(crate) fn patch_cache(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    canary(stage).use_stage_cache = Some(edit.flag()?);
    Ok(())
}

/// `/canarySettings/stageVariableOverrides/{name}`
pub(crate) fn patch_override(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    let overrides = &mut canary(stage).stage_variable_overrides;
    edit.entry(overrides, edit.name(0), |edit| Ok(edit.optional_text().unwrap_or_default()))
}

/// `remove /canarySettings/stageVariableOverrides`
pub(crate) fn patch_remove_overrides(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    let canary = stage.canary_settings.as_mut().ok_or_else(|| edit.nowhere())?;
    canary.stage_variable_overrides = None;
    Ok(())
}

/// Promotes: the stage serves the canary's deployment (facts 118 and N3; the canary stays).
pub(crate) fn promote_deployment(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    let canary = promoted(stage, edit, "/canarySettings/deploymentId")?;
    if let Some(id) = &canary.deployment_id {
        stage.deployment_id.clone_from(id);
    }
    Ok(())
}

/// Promotes: the canary's overrides become variables of the stage; variables without an override stay (fact 117).
pub(crate) fn promote_variables(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    let canary = promoted(stage, edit, "/canarySettings/stageVariableOverrides")?;
    let overrides = canary.stage_variable_overrides.unwrap_or_default();
    if !overrides.is_empty() {
        stage.variables.get_or_insert_default().extend(overrides);
    }
    Ok(())
}

fn promoted(stage: &Stage, edit: &Edit<'_>, source: &str) -> Result<CanarySettings, Fault> {
    if edit.from() != source {
        let message = format!("Invalid copy source '{}' specified for {}. Must be {source}", edit.from(), edit.path);
        return Err(Fault::bad_request(message));
    }
    stage.canary_settings.clone().ok_or_else(|| Fault::bad_request("Promotion not available. Canary does not exist."))
}
