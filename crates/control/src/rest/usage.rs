//! `GetUsage` and `UpdateUsage`: what keys have used of a plan's quota, day by day, in UTC (fact T5).

use serde_json::{Map, Value, json};
use stagegate_model::rest::{QuotaPeriodType, QuotaSettings, UsagePlan, UsagePlanKey, UsagePlanRow};
use stagegate_state::{Day, DayUse, Period, Quota, Usage};
use time::{Date, Month, OffsetDateTime};

use super::api_key::open_value;
use super::usage_plan;
use super::usage_plan_key::{api_key_of, must_be_in};
use crate::account_verbs::load;
use crate::call::{Call, Reply};
use crate::fault::{Fault, FaultKind};
use crate::input::Input;
use crate::paging::{Page, wrap};
use crate::patch::{self, PatchRow, SET, row};
use crate::transaction::Transaction;

/// AWS's page "Patch Operations", `UpdateUsage`.
pub(crate) const PATCH: &[PatchRow<Remaining>] = &[row("/remaining", SET, |remaining, edit| {
    remaining.0 = edit.number()?;
    Ok(())
})];

/// The days that are kept (developer guide, `GetUsage`).
const MOST_DAYS: i64 = 90;

/// What a key may still call in the current period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remaining(i64);

/// `yyyy-MM-dd`.
fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok();
    date.filter(|_| parts.next().is_none())
}

fn write_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

fn today_date(call: &Call) -> Date {
    OffsetDateTime::from(call.world.clock.now()).date()
}

/// The quota of a plan, as it is counted.
fn quota(row: &UsagePlanRow) -> Option<Quota> {
    let QuotaSettings { limit, offset, period } = row.plan.quota.as_ref()?;
    let period = Period::parse(period.unwrap_or(QuotaPeriodType::Day).as_str())?;
    Some(Quota::new(limit.unwrap_or(0), offset.unwrap_or(0), period, row.quota_since.map(Day)))
}

/// The name of a key's counter.
fn counter(plan: &str, key: &str, call: &Call) -> String {
    format!("{}/{}/{plan}/{key}", call.scope.account, call.scope.region)
}

fn bucket(day: Date, quota: &Quota, usage: &Usage) -> Value {
    let since = day - Date::from_calendar_date(1970, Month::January, 1).unwrap_or(Date::MIN);
    let DayUse { used, left } = usage.on(Day(u32::try_from(since.whole_days()).unwrap_or(0)), quota);
    json!([used, left])
}

/// The dates of a call, both of which must be given.
fn dates(call: &Call) -> Result<(Date, Date), Fault> {
    let mut input = Input::empty(call);
    for name in ["startDate", "endDate"] {
        if call.query(name).is_none_or(str::is_empty) {
            input.broken("null", name, "Member must not be null");
        }
    }
    input.finish()?;
    let read = |name: &str| {
        let text = call.query(name).unwrap_or_default();
        let message = format!("Invalid {name} specified: {text}. Dates must be of the form yyyy-MM-dd");
        parse_date(text).ok_or_else(|| Fault::bad_request(message))
    };
    let (start, end) = (read("startDate")?, read("endDate")?);
    if end < start {
        return Err(Fault::bad_request("Invalid date range specified. The startDate must not be after the endDate"));
    }
    if (end - start).whole_days() >= MOST_DAYS {
        return Err(Fault::bad_request(format!("Invalid date range specified. It must not exceed {MOST_DAYS} days")));
    }
    Ok((start, end))
}

fn show(plan: &str, (start, end): (Date, Date), position: Option<Value>, values: &Map<String, Value>) -> Reply {
    let mut shown =
        json!({ "usagePlanId": plan, "startDate": write_date(start), "endDate": write_date(end), "values": values });
    if let Some(position) = position {
        shown["position"] = position;
    }
    Reply::Document(shown)
}

/// `GetUsage`: a page of keys, each with its days. A plan without a quota has nothing to tell.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let range = dates(call)?;
    let page = Page::of(call)?;
    let (_, row) = load::<UsagePlan>(call, transaction).await?;
    let mut keys = Vec::new();
    if let Some(id) = call.query("keyId").filter(|id| !id.is_empty()) {
        must_be_in(&row.plan.id, id, call, transaction).await?;
        keys.extend(Some(id.to_owned()).filter(|id| page.after.as_ref().is_none_or(|after| id > after)));
    } else {
        let prefix = call.scope.plan_keys_prefix(&row.plan.id);
        let mut after = page.after.clone();
        while keys.len() <= page.limit {
            let rows = transaction.list_after::<UsagePlanKey>(&prefix, after.as_deref()).await?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            keys.extend(rows.into_iter().map(|(id, _)| id));
        }
    }
    let mut rest = keys.into_iter();
    let ids: Vec<String> = rest.by_ref().take(page.limit).collect();
    let cut = wrap(ids.last().map(|id| (id.clone(), Value::Null)).into_iter().collect(), rest.next().is_some());
    let mut values = Map::new();
    for id in ids {
        let Some(quota) = quota(&row) else { continue };
        let key = api_key_of(&id, call, transaction).await?;
        let usage = call.world.usage.usage(&counter(&row.plan.id, &id, call), &quota);
        let days = std::iter::successors(Some(range.0), |day| day.next_day().filter(|next| *next <= range.1));
        let buckets: Vec<Value> = days.map(|day| bucket(day, &quota, &usage)).collect();
        values.insert(open_value(&key, call)?, Value::Array(buckets));
    }
    Ok(show(&row.plan.id, range, cut.get("position").cloned(), &values))
}

/// `UpdateUsage`: what a key has left in the current period. Counters are no rows: the change does not wait for the commit.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let operations = patch::operations(call)?;
    let (_, row) = load::<UsagePlan>(call, transaction).await?;
    let id = call.parameter("keyId");
    must_be_in(&row.plan.id, id, call, transaction).await?;
    let Some(quota) = quota(&row) else {
        return Err(Fault::bad_request(format!("Usage Plan {} has no quota", row.plan.id)));
    };
    let key = api_key_of(id, call, transaction).await?;
    let name = counter(&row.plan.id, id, call);
    let (day, today) = (today_date(call), usage_plan::today(call));
    let mut usage = call.world.usage.usage(&name, &quota);
    let mut remaining = Remaining(i64::from(usage.on(today, &quota).left));
    patch::apply(PATCH, &mut remaining, &operations, |_| None)?;
    if remaining.0 < 0 {
        return Err(Fault::bad_request("The remaining quota must not be negative"));
    }
    if !operations.is_empty() {
        let left = u32::try_from(remaining.0).unwrap_or(u32::MAX);
        usage = call.world.usage.set_left(&name, &quota, left).await.map_err(|error| {
            tracing::error!(%error, "what is left of a quota cannot be set");
            Fault::new(FaultKind::ServiceUnavailable, error.to_string())
        })?;
    }
    let values = Map::from_iter([(open_value(&key, call)?, json!([bucket(day, &quota, &usage)]))]);
    Ok(show(&row.plan.id, (day, day), None, &values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        parse_date(text).expect("a date")
    }

    #[test]
    fn dates_are_read_as_they_are_written_and_nothing_else_is() {
        for text in ["2026-11-22", "2024-02-29", "0001-01-01"] {
            assert_eq!(write_date(date(text)), text);
        }
        for text in ["", "2026-11", "2026-11-31", "2026-1-01", "26-11-01", "2026-11-01-", "2026-13-01", "2026/11/01"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
