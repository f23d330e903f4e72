//! The patch rows of `UsagePlan`: its own members, its stages, and the throttles of their methods.

use std::collections::BTreeMap;

use serde_json::Value;
use stagegate_model::rest::{ApiStage, QuotaPeriodType, ThrottleSettings, UsagePlan};

use super::usage_plan::name;
use crate::fault::Fault;
use crate::patch::{Edit, ITEM, Op, PatchRow, SET, SET_OR_CLEAR, row};

/// The operations of members that can be set, and only be unset with what they are in.
const ADD_OR_SET: &[Op] = &[Op::Add, Op::Replace];
const CLEAR: &[Op] = &[Op::Remove];

/// AWS's page "Patch Operations", `UpdateUsagePlan`.
pub(crate) const PATCH: &[PatchRow<UsagePlan>] = &[
    row("/apiStages", ITEM, edit_stages),
    row("/apiStages/{apidId:stageName}/throttle/{resourcePath+}/{httpMethod}", CLEAR, |plan, edit| {
        let key = method_key(edit);
        let stage = stage(plan, edit)?;
        edit.entry(&mut stage.throttle, key, |_| Ok(ThrottleSettings::default()))
    }),
    row("/apiStages/{apidId:stageName}/throttle/{resourcePath+}/{httpMethod}/rateLimit", ADD_OR_SET, |plan, edit| {
        method_throttle(plan, edit)?.rate_limit = Some(edit.number()?);
        Ok(())
    }),
    row("/apiStages/{apidId:stageName}/throttle/{resourcePath+}/{httpMethod}/burstLimit", ADD_OR_SET, |plan, edit| {
        method_throttle(plan, edit)?.burst_limit = Some(edit.number()?);
        Ok(())
    }),
    row("/apiStages/{apidId:stageName}/throttle", SET_OR_CLEAR, |plan, edit| {
        let throttle = if edit.removes() { None } else { Some(throttles(edit)?) };
        stage(plan, edit)?.throttle = throttle.filter(|map| !map.is_empty());
        Ok(())
    }),
    row("/description", SET, |plan, edit| {
        plan.description = edit.optional_text();
        Ok(())
    }),
    row("/name", SET, |plan, edit| {
        plan.name = Some(edit.text()?);
        Ok(())
    }),
    row("/productCode", SET_OR_CLEAR, |plan, edit| {
        plan.product_code = edit.optional_text();
        Ok(())
    }),
    row("/quota", CLEAR, |plan, _| {
        plan.quota = None;
        Ok(())
    }),
    row("/quota/limit", ADD_OR_SET, |plan, edit| {
        plan.quota.get_or_insert_default().limit = Some(edit.number()?);
        Ok(())
    }),
    row("/quota/offset", ADD_OR_SET, |plan, edit| {
        plan.quota.get_or_insert_default().offset = Some(edit.number()?);
        Ok(())
    }),
    row("/quota/period", ADD_OR_SET, |plan, edit| {
        plan.quota.get_or_insert_default().period = Some(edit.choice(QuotaPeriodType::NAMES)?);
        Ok(())
    }),
    row("/throttle", CLEAR, |plan, _| {
        plan.throttle = None;
        Ok(())
    }),
    row("/throttle/burstLimit", ADD_OR_SET, |plan, edit| {
        plan.throttle.get_or_insert_default().burst_limit = Some(edit.number()?);
        Ok(())
    }),
    row("/throttle/rateLimit", ADD_OR_SET, |plan, edit| {
        plan.throttle.get_or_insert_default().rate_limit = Some(edit.number()?);
        Ok(())
    }),
];

/// Adds or removes a stage, written `{api id}:{stage name}`.
fn edit_stages(plan: &mut UsagePlan, edit: &Edit<'_>) -> Result<(), Fault> {
    let text = edit.text()?;
    let Some((api_id, stage)) = text.split_once(':').filter(|(api_id, stage)| !api_id.is_empty() && !stage.is_empty())
    else {
        return Err(Fault::bad_request("Invalid API Stage specified"));
    };
    let stages = plan.api_stages.get_or_insert_default();
    let found = stages.iter().position(|have| name(have) == text);
    match (edit.removes(), found) {
        (true, Some(index)) => drop(stages.remove(index)),
        (true, None) => return Err(Fault::bad_request("Invalid API Stage specified")),
        (false, Some(_)) => {}
        (false, None) => {
            stages.push(ApiStage { api_id: Some(api_id.to_owned()), stage: Some(stage.to_owned()), throttle: None });
        }
    }
    Ok(())
}

/// The stage that a path names.
fn stage<'p>(plan: &'p mut UsagePlan, edit: &Edit<'_>) -> Result<&'p mut ApiStage, Fault> {
    let wanted = edit.name(0);
    let found = plan.api_stages.iter_mut().flatten().find(|stage| name(stage) == wanted);
    found.ok_or_else(|| Fault::not_found(format!("API Stage not found: {wanted}")))
}

/// `{resource path}/{VERB}`; the resource's path may be escaped or not.
fn method_key(edit: &Edit<'_>) -> String {
    format!("{}/{}", edit.name(1), edit.name(2))
}

/// The throttle of a method.
fn method_throttle<'p>(plan: &'p mut UsagePlan, edit: &Edit<'_>) -> Result<&'p mut ThrottleSettings, Fault> {
    Ok(stage(plan, edit)?.throttle.get_or_insert_default().entry(method_key(edit)).or_default())
}

/// Every method's throttle at once, as a JSON object.
fn throttles(edit: &Edit<'_>) -> Result<BTreeMap<String, ThrottleSettings>, Fault> {
    let text = edit.text()?;
    let parsed: Option<Value> = serde_json::from_str(&text).ok();
    let throttles = parsed.and_then(|value| serde_json::from_value(value).ok());
    throttles.ok_or_else(|| edit.invalid(&text, "a JSON object of throttle settings"))
}
