//! `ListMetrics`: which series there are.

use super::NAMESPACE;
use super::fault::{invalid, unreadable};
use super::input::{list, minutes, needed, short_text, text};
use super::page::{offset, token};
use super::value::Value;
use super::wire::members;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use stagegate_telemetry::metrics::Series;

/// Metrics of a page (CloudWatch API reference, `ListMetrics`).
const PAGE: usize = 500;
/// The most dimensions of a filter.
const FILTERS_MAX: usize = 10;
/// Minutes that `RecentlyActive` looks back.
const RECENT: u64 = 3 * 60;

/// What is asked for.
struct Filter<'v> {
    name: Option<&'v str>,
    dimensions: Vec<(&'v str, Option<&'v str>)>,
    /// Numbers of this minute or a later one.
    since: u64,
}

impl Filter<'_> {
    fn takes(&self, series: &Series, last: u64) -> bool {
        let has = |(name, value): &(&str, Option<&str>)| {
            let mut dimensions = series.dimensions.iter();
            dimensions.any(|(have, held)| **have == **name && value.is_none_or(|value| **held == *value))
        };
        last >= self.since && self.name.is_none_or(|name| *series.name == *name) && self.dimensions.iter().all(has)
    }
}

/// `ListMetrics`.
pub(super) async fn list_metrics(call: &Call) -> Result<Reply, Fault> {
    let members = members(call)?;
    let filter = filter(&members, call)?;
    let offset = offset(&members)?;
    let is_ours = short_text(&members, "Namespace", 255)?.is_none_or(|namespace| namespace == NAMESPACE);
    let owner = text(&members, "OwningAccount")?.is_none_or(|owner| owner == call.scope.account);
    let mut found = Vec::new();
    if is_ours && owner {
        let all = call.world.metrics.series().await.map_err(|error| unreadable(&error))?;
        let scope = &call.scope;
        let all = all.into_iter().filter(|(it, _)| *it.account == *scope.account && *it.region == *scope.region);
        found.extend(all.filter(|(series, last)| filter.takes(series, *last)).map(|(series, _)| series));
    }
    let page = found.iter().skip(offset).take(PAGE).map(|series| metric(series)).collect();
    let mut answer = vec![("Metrics".to_owned(), Value::List(page))];
    // A caller may have made the token up.
    let next = offset.saturating_add(PAGE);
    if next < found.len() {
        answer.push(("NextToken".to_owned(), token(next)));
    }
    Ok(Reply::Members(Value::Map(answer)))
}

fn filter<'v>(members: &'v Value, call: &Call) -> Result<Filter<'v>, Fault> {
    let items = list(members, "Dimensions")?;
    if items.len() > FILTERS_MAX {
        return Err(invalid(format!(
            "The value for parameter Dimensions is invalid: it must be a list of at most {FILTERS_MAX} filters."
        )));
    }
    let one = |item: &'v Value| -> Result<_, Fault> {
        let name = needed(short_text(item, "Name", 255)?, "Dimensions.member.Name")?;
        Ok((name, short_text(item, "Value", 1024)?))
    };
    let since = match text(members, "RecentlyActive")? {
        None => 0,
        Some("PT3H") => minutes(call.now()).saturating_sub(RECENT),
        Some(_) => return Err(invalid("The value for parameter RecentlyActive is invalid: it must be PT3H.")),
    };
    let dimensions = items.iter().map(one).collect::<Result<_, _>>()?;
    Ok(Filter { name: short_text(members, "MetricName", 255)?, dimensions, since })
}

fn metric(series: &Series) -> Value {
    let dimension =
        |(name, value): &(Box<str>, Box<str>)| Value::of([("Name", Value::text(name)), ("Value", Value::text(value))]);
    Value::of([
        ("Namespace", Value::text(NAMESPACE)),
        ("MetricName", Value::text(&series.name)),
        ("Dimensions", Value::List(series.dimensions.iter().map(dimension).collect())),
    ])
}
