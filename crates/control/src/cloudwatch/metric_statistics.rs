//! `GetMetricStatistics`: statistics of one series.

use std::collections::BTreeMap;

use stagegate_telemetry::metrics::Distribution;

use super::NAMESPACE;
use super::fault::{CloudWatchFault, fault, invalid, unreadable};
use super::input::{dimensions, needed, short_text, text, texts, whole_number};
use super::span::{Span, period_minutes};
use super::statistic::{Statistic, refused};
use super::value::Value;
use super::wire::members;
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most datapoints of an answer.
const DATAPOINTS_MAX: u64 = 1_440;
/// The most simple statistics, and the most percentiles.
const STATISTICS_MAX: usize = 5;
const PERCENTILES_MAX: usize = 10;

/// `GetMetricStatistics`.
pub(super) async fn get_metric_statistics(call: &Call) -> Result<Reply, Fault> {
    let members = members(call)?;
    let namespace = needed(short_text(&members, "Namespace", 255)?, "Namespace")?;
    let name = needed(short_text(&members, "MetricName", 255)?, "MetricName")?;
    let dimensions = dimensions(&members)?;
    let span = Span::of(&members, CloudWatchFault::InvalidParameterValue)?;
    let period = period_minutes(needed(whole_number(&members, "Period")?, "Period")?)?;
    let (simple, percentiles) = statistics(&members)?;
    check_count(span.periods(period))?;
    let unit = text(&members, "Unit")?;
    let all = call.world.metrics.series().await.map_err(|error| unreadable(&error))?;
    let scope = &call.scope;
    let series = all.into_keys().find(|series| {
        let is_ours = namespace == NAMESPACE && *series.account == *scope.account && *series.region == *scope.region;
        is_ours && *series.name == *name && series.dimensions == dimensions
    });
    let mut datapoints = Vec::new();
    if let Some(series) = series.filter(|series| unit.is_none_or(|unit| *series.unit == *unit)) {
        let read = call.world.metrics.read(vec![series.clone()], span.0.clone()).await;
        let minutes = read.map_err(|error| unreadable(&error))?.pop().unwrap_or_default();
        let point = |(minute, numbers): (u64, Distribution)| {
            datapoint(minute, &numbers, (&simple, &percentiles), (&series.unit, series.parts_of_unit()))
        };
        let points: BTreeMap<u64, Distribution> = span.datapoints(&minutes, period);
        datapoints.extend(points.into_iter().map(point));
    }
    Ok(Reply::Members(Value::of([("Label", Value::text(name)), ("Datapoints", Value::List(datapoints))])))
}

type Named<'v> = Vec<(&'v str, Statistic)>;

fn statistics(members: &Value) -> Result<(Named<'_>, Named<'_>), Fault> {
    let (simple, percentiles) = (texts(members, "Statistics")?, texts(members, "ExtendedStatistics")?);
    if simple.is_empty() && percentiles.is_empty() {
        let message = "At least one of the parameters Statistics and ExtendedStatistics must be specified.";
        return Err(fault(CloudWatchFault::InvalidParameterCombination, message));
    }
    for (member, count, max) in
        [("Statistics", simple.len(), STATISTICS_MAX), ("ExtendedStatistics", percentiles.len(), PERCENTILES_MAX)]
    {
        if count > max {
            let message = format!("The value for parameter {member} is invalid: it must be a list of at most {max}.");
            return Err(invalid(message));
        }
    }
    Ok((
        named(simple, "Statistics", Statistic::simple)?,
        named(percentiles, "ExtendedStatistics", Statistic::percentile)?,
    ))
}

fn named<'v>(names: Vec<&'v str>, member: &str, of: fn(&str) -> Option<Statistic>) -> Result<Named<'v>, Fault> {
    let mut asked = Named::new();
    for name in names {
        let statistic = of(name).ok_or_else(|| refused(name, member))?;
        // A name is a member of each datapoint, and none may be there twice.
        if asked.iter().all(|(have, _)| *have != name) {
            asked.push((name, statistic));
        }
    }
    Ok(asked)
}

fn check_count(datapoints: u64) -> Result<(), Fault> {
    if datapoints <= DATAPOINTS_MAX {
        return Ok(());
    }
    let message = format!(
        "You have requested up to {datapoints} datapoints, which exceeds the limit of {DATAPOINTS_MAX}. You may reduce the \
         datapoints requested by increasing Period, or decreasing the time range."
    );
    Err(fault(CloudWatchFault::InvalidParameterCombination, message))
}

fn datapoint(
    minute: u64,
    numbers: &Distribution,
    (simple, percentiles): (&Named<'_>, &Named<'_>),
    (unit, parts): (&str, u32),
) -> Value {
    let value =
        |(name, statistic): &(&str, Statistic)| ((*name).to_owned(), Value::Number(statistic.value(numbers, parts)));
    let mut members = vec![("Timestamp".to_owned(), begin(minute))];
    members.extend(simple.iter().map(value));
    members.push(("Unit".to_owned(), Value::text(unit)));
    if !percentiles.is_empty() {
        members.push(("ExtendedStatistics".to_owned(), Value::Map(percentiles.iter().map(value).collect())));
    }
    Value::Map(members)
}

/// When a minute begins.
#[expect(clippy::cast_precision_loss, reason = "minutes since 1970 are far below 2^53")]
pub(super) fn begin(minute: u64) -> Value {
    Value::Time((minute * 60) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statistic_that_is_asked_for_twice_is_one_member() {
        let list = |names: &[&str]| Value::List(names.iter().map(|name| Value::text(name)).collect());
        let asked = Value::of([
            ("Statistics", list(&["Sum", "Maximum", "Sum"])),
            ("ExtendedStatistics", list(&["p50", "p50", "p50.0"])),
        ]);
        let (simple, percentiles) = statistics(&asked).expect("they are served");
        let names = |named: &Named<'_>| named.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            (names(&simple), names(&percentiles)),
            (vec!["Sum".into(), "Maximum".into()], vec!["p50".into(), "p50.0".into()])
        );
    }
}
