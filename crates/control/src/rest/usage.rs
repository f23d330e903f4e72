//! `GetUsage` and `UpdateUsage`: what keys have used of a plan's quota, day by day, in UTC (fact T5).

use serde_json::{Map, Value, json};
use stagegate_model::keys::Key;
use stagegate_model::rest::{QuotaPeriodType, QuotaSettings, UsagePlan, UsagePlanKey, UsageRow};
use time::{Date, Duration, Month, OffsetDateTime};

use super::usage_plan_key::{api_key_of, must_be_in};
use crate::account_verbs::load;
use crate::call::{Call, Reply};
use crate::fault::Fault;
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

fn today(call: &Call) -> Date {
    OffsetDateTime::from(call.world.clock.now()).date()
}

/// The first day of the period that a day is in. Weeks begin on Sundays (fact T6 leaves it open).
fn period_start(day: Date, period: QuotaPeriodType) -> Date {
    match period {
        QuotaPeriodType::Day => day,
        QuotaPeriodType::Week => day - Duration::days(i64::from(day.weekday().number_days_from_sunday())),
        QuotaPeriodType::Month => day - Duration::days(i64::from(day.day()) - 1),
    }
}

/// What was used on a day and what was left after it: what is recorded, or else what the period had left before.
fn bucket(day: Date, quota: &QuotaSettings, usage: &UsageRow) -> (i64, i64) {
    let (first, last) = (write_date(period_start(day, quota.period.unwrap_or(QuotaPeriodType::Day))), write_date(day));
    let limit = i64::from(quota.limit.unwrap_or(0));
    match usage.days.range(first..=last.clone()).next_back() {
        Some((recorded, bucket)) if *recorded == last => *bucket,
        Some((_, (_, left))) => (0, *left),
        None => (0, limit),
    }
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

async fn usage_of(plan: &str, key: &str, call: &Call, transaction: &mut Transaction) -> Result<UsageRow, Fault> {
    let at = Key::Usage(call.scope.clone(), plan.to_owned(), key.to_owned());
    Ok(transaction.get(&at.to_string()).await?.unwrap_or_default())
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
    let (_, plan) = load::<UsagePlan>(call, transaction).await?;
    let mut keys = transaction.list::<UsagePlanKey>(&call.scope.plan_keys_prefix(&plan.id)).await?;
    if let Some(id) = call.query("keyId").filter(|id| !id.is_empty()) {
        must_be_in(&plan.id, id, call, transaction).await?;
        keys.retain(|(have, _)| have == id);
    }
    let mut rest = keys.into_iter().map(|(id, _)| id).filter(|id| page.after.as_ref().is_none_or(|after| id > after));
    let ids: Vec<String> = rest.by_ref().take(page.limit).collect();
    let cut = wrap(ids.last().map(|id| (id.clone(), Value::Null)).into_iter().collect(), rest.next().is_some());
    let mut values = Map::new();
    for id in ids {
        let Some(quota) = &plan.quota else { continue };
        let key = api_key_of(&id, call, transaction).await?;
        let usage = usage_of(&plan.id, &id, call, transaction).await?;
        let days = std::iter::successors(Some(range.0), |day| day.next_day().filter(|next| *next <= range.1));
        let buckets: Vec<Value> = days.map(|day| json!(bucket(day, quota, &usage))).collect();
        values.insert(key.value.unwrap_or(id), Value::Array(buckets));
    }
    Ok(show(&plan.id, range, cut.get("position").cloned(), &values))
}

/// `UpdateUsage`: what a key has left in the current period.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let operations = patch::operations(call)?;
    let (_, plan) = load::<UsagePlan>(call, transaction).await?;
    let id = call.parameter("keyId");
    must_be_in(&plan.id, id, call, transaction).await?;
    let Some(quota) = &plan.quota else {
        return Err(Fault::bad_request(format!("Usage Plan {} has no quota", plan.id)));
    };
    let mut usage = usage_of(&plan.id, id, call, transaction).await?;
    let day = today(call);
    let (used, left) = bucket(day, quota, &usage);
    let mut remaining = Remaining(left);
    patch::apply(PATCH, &mut remaining, &operations, |_| None)?;
    if remaining.0 < 0 {
        return Err(Fault::bad_request("The remaining quota must not be negative"));
    }
    usage.days.insert(write_date(day), (used, remaining.0));
    let at = Key::Usage(call.scope.clone(), plan.id.clone(), id.to_owned());
    transaction.put(&at.to_string(), &usage)?;
    let key = api_key_of(id, call, transaction).await?;
    let name = key.value.unwrap_or_else(|| id.to_owned());
    let values = Map::from_iter([(name, json!([[used, remaining.0]]))]);
    Ok(show(&plan.id, (day, day), None, &values))
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

    #[test]
    fn what_is_left_lasts_to_the_end_of_the_period() {
        let usage = UsageRow { days: [("2026-11-18".to_owned(), (3, 5))].into() };
        let cases = [
            (QuotaPeriodType::Day, "2026-11-19", (0, 10)),
            (QuotaPeriodType::Day, "2026-11-18", (3, 5)),
            (QuotaPeriodType::Week, "2026-11-17", (0, 10)),
            (QuotaPeriodType::Week, "2026-11-21", (0, 5)),
            (QuotaPeriodType::Week, "2026-11-22", (0, 10)),
            (QuotaPeriodType::Month, "2026-11-30", (0, 5)),
            (QuotaPeriodType::Month, "2026-12-01", (0, 10)),
        ];
        for (period, day, expected) in cases {
            let quota = QuotaSettings { limit: Some(10), offset: None, period: Some(period) };
            assert_eq!(bucket(date(day), &quota, &usage), expected, "{period} {day}");
        }
    }
}
