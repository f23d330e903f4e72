//! A span of time in periods: which minutes belong to which datapoint.

use std::collections::BTreeMap;
use std::ops::Range;

use stagegate_telemetry::metrics::Distribution;

use super::fault::{CloudWatchFault, fault, invalid};
use super::input::{needed, time};
use super::value::Value;
use crate::fault::Fault;

/// Seconds of a minute, the shortest period that there is.
const MINUTE_S: i64 = 60;

/// A span of time, to whole minutes: its start is rounded down, and its end is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span(pub(super) Range<u64>);

impl Span {
    /// The span of a call. `order` is the fault of one that ends before it begins.
    pub(super) fn of(members: &Value, order: CloudWatchFault) -> Result<Self, Fault> {
        let start = needed(time(members, "StartTime")?, "StartTime")?;
        let end = needed(time(members, "EndTime")?, "EndTime")?;
        if start >= end {
            let rule = if start == end { "not equal" } else { "be less than the" };
            return Err(fault(order, format!("The parameter StartTime must {rule} parameter EndTime.")));
        }
        let minute = |seconds: i64| u64::try_from(seconds).unwrap_or_default();
        let whole_minutes = |seconds: u64| seconds / 60;
        Ok(Self(whole_minutes(minute(start))..minute(end).div_ceil(60)))
    }

    /// How many datapoints it may have with a period of so many minutes.
    pub(super) fn periods(&self, period_minutes: u64) -> u64 {
        (self.0.end - self.0.start).div_ceil(period_minutes)
    }

    /// The datapoints of a period of so many minutes, by the minute in which each begins: periods are counted from the start.
    pub(super) fn datapoints(
        &self,
        minutes: &BTreeMap<u64, Distribution>,
        period_minutes: u64,
    ) -> BTreeMap<u64, Distribution> {
        let mut points: BTreeMap<u64, Distribution> = BTreeMap::new();
        for (minute, numbers) in minutes {
            let begin = minute - (minute - self.0.start) % period_minutes;
            points.entry(begin).or_default().add(numbers);
        }
        points
    }
}

/// A period in minutes.
pub(super) fn period_minutes(seconds: i64) -> Result<u64, Fault> {
    if seconds < MINUTE_S || seconds % MINUTE_S != 0 {
        let message = "The value for parameter Period is invalid: it must be 60 or a multiple of 60.";
        return Err(invalid(message));
    }
    Ok(u64::try_from(seconds / MINUTE_S).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> Result<Span, Fault> {
        let members = Value::of([("StartTime", Value::Time(start)), ("EndTime", Value::Time(end))]);
        Span::of(&members, CloudWatchFault::Validation)
    }

    #[test]
    fn times_are_rounded_to_minutes_and_the_end_is_not_in() {
        assert_eq!(span(119.0, 180.0), Ok(Span(1..3)));
        assert_eq!(span(120.0, 181.0), Ok(Span(2..4)));
        assert!(span(120.0, 120.0).is_err());
    }

    #[test]
    fn periods_begin_with_the_span() {
        let minutes = (10..17).map(|minute| (minute, Distribution::of(minute, 1))).collect();
        let points = Span(10..17).datapoints(&minutes, 5);
        let sums: Vec<_> = points.iter().map(|(minute, numbers)| (*minute, numbers.sum)).collect();
        assert_eq!(sums, [(10, 60), (15, 31)]);
        assert_eq!(Span(10..17).periods(5), 2);
    }

    #[test]
    fn periods_are_whole_minutes() {
        for (seconds, expected) in [(60, Some(1)), (300, Some(5)), (0, None), (30, None), (90, None), (-60, None)] {
            assert_eq!(period_minutes(seconds).ok(), expected, "{seconds}");
        }
    }
}
