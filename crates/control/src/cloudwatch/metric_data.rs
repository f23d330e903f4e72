//! `GetMetricData`: one statistic of each of many series.

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_telemetry::metrics::{Distribution, Series};

use super::NAMESPACE;
use super::fault::{CloudWatchFault, fault, unreadable};
use super::input::{Dimension, dimensions, flag, list, needed, short_text, shown, text, whole_number};
use super::metric_statistics::begin;
use super::page::Place;
use super::span::{Span, period_minutes};
use super::statistic::Statistic;
use super::value::Value;
use super::wire::members;
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most queries of a call (CloudWatch API reference, `GetMetricData`).
const QUERIES_MAX: usize = 500;
/// The most datapoints of a page.
const DATAPOINTS_MAX: usize = 100_800;
/// Series whose numbers are in memory at once: two weeks of the minutes of one are some megabytes.
const SERIES_AT_ONCE: usize = 25;

/// A query.
struct Query<'v> {
    id: &'v str,
    label: Option<&'v str>,
    is_returned: bool,
    is_ours: bool,
    name: &'v str,
    dimensions: Box<[Dimension]>,
    period_minutes: u64,
    statistic: Statistic,
    unit: Option<&'v str>,
}

/// What tells series apart: the name and the dimensions.
type Name = (Box<str>, Box<[Dimension]>);

/// What a query found: times and values, in the order that is asked for.
type Points = Vec<(u64, f64)>;

/// `GetMetricData`.
pub(super) async fn get_metric_data(call: &Call) -> Result<Reply, Fault> {
    let members = members(call)?;
    let queries = queries(&members, call)?;
    let span = Span::of(&members, CloudWatchFault::Validation)?;
    let is_ascending = match text(&members, "ScanBy")? {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(_) => return Err(refusal("ScanBy must be TimestampDescending or TimestampAscending.")),
    };
    let page = match whole_number(&members, "MaxDatapoints")? {
        None => DATAPOINTS_MAX,
        Some(asked) => usize::try_from(asked)
            .ok()
            .filter(|asked| (1..=DATAPOINTS_MAX).contains(asked))
            .ok_or_else(|| refusal(format!("MaxDatapoints must be from 1 to {DATAPOINTS_MAX}.")))?,
    };
    let begin = Place::of(&members)?;
    let found = find(call, &queries, &span, is_ascending).await?;
    Ok(Reply::Members(answer(&queries, &found, (begin, page), is_ascending)))
}

fn refusal(message: impl Into<String>) -> Fault {
    fault(CloudWatchFault::Validation, message)
}

fn queries<'v>(members: &'v Value, call: &Call) -> Result<Vec<Query<'v>>, Fault> {
    let items = list(members, "MetricDataQueries")?;
    if items.is_empty() {
        return needed(None, "MetricDataQueries");
    }
    if items.len() > QUERIES_MAX {
        return Err(refusal(format!("A call may have at most {QUERIES_MAX} queries; this one has {}.", items.len())));
    }
    let queries: Vec<Query<'v>> = items.iter().map(|item| query(item, call)).collect::<Result<_, _>>()?;
    let mut ids: Vec<&str> = queries.iter().map(|query| query.id).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(refusal(format!(
            "The values for parameter id in MetricDataQueries are not unique: {}.",
            shown(twice[0])
        )));
    }
    if !queries.iter().any(|query| query.is_returned) {
        return Err(refusal("At least one of the queries must return data."));
    }
    Ok(queries)
}

fn query<'v>(item: &'v Value, call: &Call) -> Result<Query<'v>, Fault> {
    let id = needed(short_text(item, "Id", 255)?, "MetricDataQueries.member.Id")?;
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !id.starts_with(|first: char| first.is_ascii_lowercase()) || !id.bytes().all(is_id) {
        let rule = "it must begin with a lower-case letter and have letters, digits and _ only";
        return Err(refusal(format!("The value {} for parameter Id is invalid: {rule}.", shown(id))));
    }
    if item.get("Expression").is_some() {
        let message = format!("The query {id} has an Expression: metric math and Metrics Insights are not served.");
        return Err(refusal(message));
    }
    let Some(stat) = item.get("MetricStat") else {
        return Err(refusal(format!("The query {id} must have a MetricStat.")));
    };
    if text(item, "AccountId")?.is_some_and(|account| account != call.scope.account) {
        return Err(refusal(format!("The query {id} is about another account.")));
    }
    let metric = needed(stat.get("Metric"), "MetricStat.Metric")?;
    let namespace = needed(short_text(metric, "Namespace", 255)?, "MetricStat.Metric.Namespace")?;
    let statistic = Statistic::of(needed(text(stat, "Stat")?, "MetricStat.Stat")?, "Stat")?;
    Ok(Query {
        id,
        label: text(item, "Label")?,
        is_returned: flag(item, "ReturnData")?.unwrap_or(true),
        is_ours: namespace == NAMESPACE,
        name: needed(short_text(metric, "MetricName", 255)?, "MetricStat.Metric.MetricName")?,
        dimensions: dimensions(metric)?,
        period_minutes: period_minutes(needed(whole_number(stat, "Period")?, "MetricStat.Period")?)?,
        statistic,
        unit: text(stat, "Unit")?,
    })
}

/// What each query found.
async fn find(call: &Call, queries: &[Query<'_>], span: &Span, is_ascending: bool) -> Result<Vec<Points>, Fault> {
    let mut found = vec![Points::new(); queries.len()];
    let asked: Vec<(Arc<Series>, Vec<usize>)> = asked(call, queries).await?.into_iter().collect();
    for some in asked.chunks(SERIES_AT_ONCE) {
        let wanted = some.iter().map(|(series, _)| Arc::clone(series)).collect();
        let read = call.world.metrics.read(wanted, span.0.clone()).await.map_err(|error| unreadable(&error))?;
        for ((series, places), minutes) in some.iter().zip(&read) {
            for place in places {
                found[*place] = points(&queries[*place], series, span, minutes);
                if !is_ascending {
                    found[*place].reverse();
                }
            }
        }
    }
    Ok(found)
}

/// The series that are asked for, each with the places of the queries that ask for it: several statistics of one are usual.
async fn asked(call: &Call, queries: &[Query<'_>]) -> Result<BTreeMap<Arc<Series>, Vec<usize>>, Fault> {
    let all = call.world.metrics.series().await.map_err(|error| unreadable(&error))?;
    let scope = &call.scope;
    let ours = all.into_keys().filter(|it| *it.account == *scope.account && *it.region == *scope.region);
    let known: BTreeMap<Name, Arc<Series>> =
        ours.map(|series| ((series.name.clone(), series.dimensions.clone()), series)).collect();
    let mut asked: BTreeMap<Arc<Series>, Vec<usize>> = BTreeMap::new();
    for (place, query) in queries.iter().enumerate().filter(|(_, query)| query.is_ours) {
        let series = known.get(&(query.name.into(), query.dimensions.clone()));
        if let Some(series) = series.filter(|it| query.unit.is_none_or(|unit| *it.unit == *unit)) {
            asked.entry(Arc::clone(series)).or_default().push(place);
        }
    }
    Ok(asked)
}

/// The datapoints of a query, the oldest first.
fn points(query: &Query<'_>, series: &Series, span: &Span, minutes: &BTreeMap<u64, Distribution>) -> Points {
    let numbers = span.datapoints(minutes, query.period_minutes);
    let value =
        |(minute, numbers): (u64, Distribution)| (minute, query.statistic.value(&numbers, series.parts_of_unit()));
    numbers.into_iter().map(value).collect()
}

/// The page of so many datapoints from a place on.
fn answer(queries: &[Query<'_>], found: &[Points], (begin, page): (Place, usize), is_ascending: bool) -> Value {
    let (mut room, mut results, mut next) = (page, Vec::new(), None);
    let untold = queries.iter().zip(found).enumerate().skip(begin.query);
    for (place, (query, points)) in untold.filter(|(_, (query, _))| query.is_returned) {
        let told = begin.minute.filter(|_| place == begin.query);
        let is_told = |last: u64, minute: u64| if is_ascending { minute <= last } else { minute >= last };
        let rest = &points[told.map_or(0, |last| points.partition_point(|(minute, _)| is_told(last, *minute)))..];
        let (taken, left) = rest.split_at(rest.len().min(room));
        room -= taken.len();
        if !left.is_empty() && next.is_none() {
            next = Some(Place { query: place, minute: taken.last().map(|(minute, _)| *minute).or(told) });
        }
        results.push(result(query, taken, left.is_empty()));
    }
    let mut members = vec![("MetricDataResults".to_owned(), Value::List(results))];
    members.extend(next.map(|place| ("NextToken".to_owned(), place.token())));
    members.push(("Messages".to_owned(), Value::List(Vec::new())));
    Value::Map(members)
}

fn result(query: &Query<'_>, points: &[(u64, f64)], is_complete: bool) -> Value {
    Value::of([
        ("Id", Value::text(query.id)),
        ("Label", Value::text(query.label.unwrap_or(query.name))),
        ("Timestamps", Value::List(points.iter().map(|(minute, _)| begin(*minute)).collect())),
        ("Values", Value::List(points.iter().map(|(_, value)| Value::Number(*value)).collect())),
        ("StatusCode", Value::text(if is_complete { "Complete" } else { "PartialData" })),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(id: &str) -> Query<'_> {
        let dimensions = Box::default();
        let statistic = Statistic::Sum;
        Query {
            id,
            label: None,
            is_returned: true,
            is_ours: true,
            name: "Count",
            dimensions,
            period_minutes: 1,
            statistic,
            unit: None,
        }
    }

    /// What a page tells: ids with times in minutes, and where the next one begins.
    fn page(found: &[Points], begin: Place, is_ascending: bool) -> (Vec<(String, Vec<f64>)>, Option<Place>) {
        let queries = [asked("a"), asked("b"), asked("c")];
        let answer = answer(&queries, found, (begin, 2), is_ascending);
        let Some(Value::List(results)) = answer.get("MetricDataResults") else { panic!("no results") };
        let told = results.iter().filter_map(|result| {
            let (Some(Value::Text(id)), Some(Value::List(values))) = (result.get("Id"), result.get("Values")) else {
                return None;
            };
            let values = values.iter().filter_map(|it| if let Value::Number(it) = it { Some(*it) } else { None });
            Some((id.clone(), values.collect::<Vec<_>>())).filter(|(_, values)| !values.is_empty())
        });
        let next =
            answer.get("NextToken").map(|token| Place::of(&Value::of([("NextToken", token.clone())])).expect("ours"));
        (told.collect(), next)
    }

    #[test]
    fn datapoints_that_come_up_between_pages_are_told_once() {
        for is_ascending in [false, true] {
            let mut found: Vec<Points> = [3, 2, 1].map(|count| (1..=count).map(|at| (at, 1.0)).collect()).to_vec();
            if !is_ascending {
                for points in &mut found {
                    points.reverse();
                }
            }
            let (mut sums, mut begin) = (BTreeMap::<String, f64>::new(), Some(Place::default()));
            while let Some(place) = begin {
                let (told, next) = page(&found, place, is_ascending);
                for (id, values) in told {
                    *sums.entry(id).or_default() += values.iter().sum::<f64>();
                }
                // A minute later the first query has another datapoint, at the end that is told already where the newest come first.
                if !is_ascending && place == Place::default() {
                    found[0].insert(0, (100, 50.0));
                }
                begin = next;
            }
            let expected = [("a", 3.0), ("b", 2.0), ("c", 1.0)].map(|(id, sum)| (id.to_owned(), sum));
            assert_eq!(sums, BTreeMap::from(expected), "ascending: {is_ascending}");
        }
    }
}
