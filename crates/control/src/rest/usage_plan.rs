//! `UsagePlan`: made, listed, patched and deleted; its patch rows are next door.

use serde_json::Value;
use stagegate_model::http::Api as HttpApi;
use stagegate_model::keys::{AccountNoun, ApiScope, HttpNoun};
use stagegate_model::rest::{
    ApiKeyRow, ApiStage, QuotaPeriodType, QuotaSettings, ThrottleSettings, UsagePlan, UsagePlanRow,
};
use stagegate_state::Day;
use stagegate_store::BoxFuture;

use super::{tags, usage_plan_key};
use crate::account_verbs::{Owned, admit, insert, rows};
use crate::call::{Call, Reply};
use crate::environment::epoch_seconds;
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::patch::PatchRow;
use crate::transaction::Transaction;
use crate::verbs::{Holds, document};

pub(crate) use super::usage_plan_patch::PATCH;

/// Characters of a plan's id.
const ID_LENGTH: usize = 6;

/// The fault that a plan does not exist.
pub(crate) fn missing() -> Fault {
    Fault::not_found("Invalid Usage Plan ID specified")
}

impl Holds<UsagePlan> for UsagePlanRow {
    fn noun(&mut self, _call: &Call) -> Result<&mut UsagePlan, Fault> {
        Ok(&mut self.plan)
    }
}

impl Owned for UsagePlan {
    type Row = UsagePlanRow;
    const KIND: AccountNoun = AccountNoun::UsagePlan;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn id(call: &Call) -> String {
        call.parameter("usageplanId").to_owned()
    }

    fn missing(_call: &Call) -> Fault {
        missing()
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut UsagePlanRow,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            date_quota(row, before.quota.as_ref(), call);
            let row = &mut row.plan;
            check(row, call)?;
            let is_old = |stage: &&ApiStage| before.api_stages.iter().flatten().any(|old| name(old) == name(stage));
            let new: Vec<ApiStage> = row.api_stages.iter().flatten().filter(|stage| !is_old(stage)).cloned().collect();
            check_stages(&new, call, transaction).await?;
            if !new.is_empty() {
                usage_plan_key::check_new_stages(row, call, transaction).await?;
            }
            Ok(())
        })
    }

    fn release<'c>(
        row: &'c UsagePlanRow,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let row = &row.plan;
            if let Some(stage) = row.api_stages.iter().flatten().next() {
                return Err(Fault::bad_request(format!(
                    "Cannot delete Usage Plan {} because there are API Stages associated with it, including {}",
                    row.id,
                    name(stage)
                )));
            }
            transaction.delete_below(&call.scope.plan_keys_prefix(&row.id));
            transaction.delete_below(&call.scope.usage_prefix(&row.id));
            Ok(())
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(&Self { api_stages: Some(self.api_stages.clone().unwrap_or_default()), ..self.clone() })
    }
}

/// `{api id}:{stage}`, which names a stage of a plan.
pub(crate) fn name(stage: &ApiStage) -> String {
    format!("{}:{}", stage.api_id.as_deref().unwrap_or_default(), stage.stage.as_deref().unwrap_or_default())
}

/// Brings a plan into the form it is stored in, or refuses it.
fn check(plan: &mut UsagePlan, call: &Call) -> Result<(), Fault> {
    if plan.name.as_deref().is_none_or(|name| name.trim().is_empty()) {
        return Err(Fault::bad_request("Usage Plan name cannot be blank"));
    }
    complete(plan);
    check_throttle(plan.throttle.as_ref())?;
    if let Some(quota) = &plan.quota {
        check_quota(quota)?;
    }
    let quotas = &call.world.quotas;
    for stage in plan.api_stages.iter().flatten() {
        let throttles = stage.throttle.iter().flatten();
        throttles.clone().try_for_each(|(_, throttle)| check_throttle(Some(throttle)))?;
        let message = "Maximum number of method throttles for this API stage has been reached.";
        let have = throttles.count().saturating_sub(1);
        quotas.admit("rest_method_throttles_per_plan_stage_count", have, message)?;
    }
    plan.tags = tags::settle(plan.tags.take())?;
    plan.api_stages = plan.api_stages.take().filter(|stages| !stages.is_empty());
    Ok(())
}

/// What is left out of a throttle or a quota counts as nothing.
fn complete(plan: &mut UsagePlan) {
    let of_methods = plan.api_stages.iter_mut().flatten().flat_map(|stage| stage.throttle.iter_mut().flatten());
    for throttle in plan.throttle.iter_mut().chain(of_methods.map(|(_, throttle)| throttle)) {
        throttle.burst_limit.get_or_insert(0);
        throttle.rate_limit.get_or_insert(0.0);
    }
    if let Some(quota) = &mut plan.quota {
        quota.offset.get_or_insert(0);
    }
}

fn check_throttle(throttle: Option<&ThrottleSettings>) -> Result<(), Fault> {
    let Some(throttle) = throttle else { return Ok(()) };
    if throttle.burst_limit.is_some_and(|burst| burst < 0) {
        return Err(Fault::bad_request("Usage Plan throttle burst limit must not be negative"));
    }
    if throttle.rate_limit.is_some_and(|rate| !rate.is_finite() || rate < 0.0) {
        return Err(Fault::bad_request("Usage Plan throttle rate limit must not be negative"));
    }
    Ok(())
}

fn check_quota(quota: &QuotaSettings) -> Result<(), Fault> {
    let Some(limit) = quota.limit else { return Err(Fault::bad_request("Usage Plan quota limit must be specified")) };
    let Some(period) = quota.period else {
        return Err(Fault::bad_request("Usage Plan quota period must be specified"));
    };
    if limit < 0 {
        return Err(Fault::bad_request("Usage Plan quota limit must not be negative"));
    }
    let (most, rule) = match period {
        QuotaPeriodType::Day => (0, "must be zero in the DAY period"),
        QuotaPeriodType::Week => (6, "must be between zero and six inclusive in the WEEK period"),
        QuotaPeriodType::Month => (27, "must be between zero and 27 inclusive in the MONTH period"),
    };
    if !(0..=most).contains(&quota.offset.unwrap_or(0)) {
        return Err(Fault::bad_request(format!("Usage Plan quota offset {rule}")));
    }
    Ok(())
}

/// Every stage must exist, and stand in the plan once.
async fn check_stages(stages: &[ApiStage], call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    for (index, stage) in stages.iter().enumerate() {
        let api = call.scope.api(stage.api_id.as_deref().unwrap_or_default());
        let key = api.stage(stage.stage.as_deref().unwrap_or_default()).to_string();
        let is_there = transaction.exists(&key).await? || is_metered(&api, stage, transaction).await?;
        if !is_there {
            return Err(Fault::not_found(format!("API Stage not found: {}", name(stage))));
        }
        if stages[..index].iter().any(|other| name(other) == name(stage)) {
            return Err(Fault::bad_request(format!("API Stage specified more than once: {}", name(stage))));
        }
    }
    Ok(())
}

/// Whether a stage is one of an HTTP API that has API keys, which is beyond AWS.
async fn is_metered(api: &ApiScope, stage: &ApiStage, transaction: &mut Transaction) -> Result<bool, Fault> {
    let document: Option<HttpApi> = transaction.get(&api.http_api().to_string()).await?;
    let has_keys = document.and_then(|document| document.beyond).is_some_and(|beyond| beyond.api_key_source.is_some());
    let stage = api.http_noun(HttpNoun::Stage, stage.stage.as_deref().unwrap_or_default()).to_string();
    Ok(has_keys && transaction.exists(&stage).await?)
}

/// Takes the stages of an API, or one of them, out of every plan: a plan names only stages that there are.
pub(crate) async fn forget_stages(
    api: &ApiScope,
    stage_name: Option<&str>,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let gone = |stage: &ApiStage| {
        stage.api_id.as_ref() == Some(&api.api_id) && stage_name.is_none_or(|name| stage.stage.as_deref() == Some(name))
    };
    let affected = |plan: &UsagePlan| plan.api_stages.iter().flatten().any(gone);
    for (id, _) in rows::<UsagePlan>(&api.scope, transaction).await?.into_iter().filter(|(_, row)| affected(&row.plan))
    {
        // Read again as a row: the plan must not change until the commit.
        let key = api.scope.noun(AccountNoun::UsagePlan, &id).to_string();
        let Some(mut row) = transaction.get::<UsagePlanRow>(&key).await? else { continue };
        row.plan.api_stages.iter_mut().for_each(|stages| stages.retain(|stage| !gone(stage)));
        transaction.put(&key, &row)?;
    }
    Ok(())
}

/// Today, in UTC.
pub(crate) fn today(call: &Call) -> Day {
    Day::of(u64::try_from(epoch_seconds(call.world.clock.as_ref())).unwrap_or(0))
}

/// Notes the day on which a plan gets its quota.
fn date_quota(row: &mut UsagePlanRow, before: Option<&QuotaSettings>, call: &Call) {
    row.quota_since = match (&row.plan.quota, before) {
        (None, _) => None,
        (Some(_), Some(_)) => row.quota_since,
        (Some(_), None) => Some(today(call).0),
    };
}

/// `CreateUsagePlan`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut plan = read(call)?;
    check(&mut plan, call)?;
    check_stages(plan.api_stages.as_deref().unwrap_or_default(), call, transaction).await?;
    let message = "Maximum number of usage plans for this account has been reached.";
    admit::<UsagePlan>("rest_usage_plans_count", message, call, transaction).await?;
    let id = plan.id.clone();
    let mut row = UsagePlanRow { plan, quota_since: None };
    date_quota(&mut row, None, call);
    insert::<UsagePlan>(&id, row, call, transaction)
}

fn read(call: &Call) -> Result<UsagePlan, Fault> {
    let mut input = Input::of(call)?;
    let mut stages = Vec::new();
    for mut item in input.structures("apiStages")? {
        let mut stage = ApiStage { api_id: item.text("apiId")?, stage: item.text("stage")?, throttle: None };
        for (path, mut throttle) in item.structure_map("throttle")? {
            stage.throttle.get_or_insert_default().insert(path, read_throttle(&mut throttle)?);
            item.absorb(throttle);
        }
        stages.push(stage);
        input.absorb(item);
    }
    let mut plan = UsagePlan {
        id: call.new_id(ID_LENGTH),
        name: Some(input.required_text("name")?),
        description: input.text("description")?,
        api_stages: Some(stages),
        tags: input.text_map("tags")?,
        ..UsagePlan::default()
    };
    if let Some(mut nested) = input.structure("throttle")? {
        plan.throttle = Some(read_throttle(&mut nested)?);
        input.absorb(nested);
    }
    if let Some(mut nested) = input.structure("quota")? {
        plan.quota = Some(QuotaSettings {
            limit: nested.integer("limit")?,
            offset: nested.integer("offset")?,
            period: nested.choice("period", QuotaPeriodType::NAMES)?,
        });
        input.absorb(nested);
    }
    input.finish()?;
    Ok(plan)
}

fn read_throttle(input: &mut Input) -> Result<ThrottleSettings, Fault> {
    Ok(ThrottleSettings { burst_limit: input.integer("burstLimit")?, rate_limit: input.number("rateLimit")? })
}

/// `GetUsagePlans`, with `keyId`: the plans of a key.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let mut all = rows::<UsagePlan>(&call.scope, transaction).await?;
    if let Some(key) = call.query("keyId").filter(|id| !id.is_empty()) {
        let at = call.scope.noun(AccountNoun::ApiKey, key).to_string();
        let plans = transaction.get::<ApiKeyRow>(&at).await?.map(|row| row.plans).unwrap_or_default();
        all.retain(|(plan, _)| plans.contains(plan));
    }
    let items = all.into_iter().map(|(id, row)| Ok((id, row.plan.show()?)));
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}
