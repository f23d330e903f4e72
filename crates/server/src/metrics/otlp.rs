//! Metrics over OTLP: the totals of `/metrics`, pushed at an interval, as cumulative sums and histograms.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    metric::Data, number_data_point,
};

use super::collector::{Collector, nanos_now};
use super::prometheus::{COUNTERS, HISTOGRAMS};
use super::totals::{Family, LATENCY_BOUNDS_MS, Labels, Latency, Totals};
use crate::otlp::{Exporter, Signal};

/// Whoever pushes.
pub(super) struct Push {
    collector: Arc<Collector>,
    exporter: Arc<Exporter>,
}

impl Push {
    /// Ready to push, where the exporter takes metrics.
    pub(super) fn new(collector: Arc<Collector>, exporter: &Arc<Exporter>) -> Option<Self> {
        let exporter = exporter.takes(Signal::Metrics).then(|| Arc::clone(exporter))?;
        Some(Self { collector, exporter })
    }

    /// Pushes at an interval, for ever.
    pub(super) async fn run(&self, interval: Duration) {
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            self.push();
        }
    }

    /// Hands everything to the exporter.
    pub(super) fn push(&self) {
        let sets = Family::ALL.map(|family| (family, self.collector.totals(family)));
        for (metrics, points) in messages(&sets, nanos_now(), self.exporter.batch_items()) {
            let scope = ScopeMetrics { scope: Some(Exporter::scope()), metrics, ..ScopeMetrics::default() };
            let resource = ResourceMetrics {
                resource: Some(self.exporter.resource()),
                scope_metrics: vec![scope],
                ..ResourceMetrics::default()
            };
            let message = ExportMetricsServiceRequest { resource_metrics: vec![resource] };
            self.exporter.send(Signal::Metrics, &message, points);
        }
    }
}

/// Label sets with their totals, by family.
type Sets = [(Family, Vec<(Labels, Totals)>); 3];

/// Metrics in messages of at most so many points.
fn messages(sets: &Sets, now_ns: u64, points_max: usize) -> Vec<(Vec<Metric>, usize)> {
    let (mut messages, mut open, mut points) = (Vec::new(), Vec::new(), 0);
    for (family, sets) in sets {
        for sets in sets.chunks(points_max.max(1)) {
            for metric in metrics(*family, sets, now_ns) {
                if points + sets.len() > points_max && !open.is_empty() {
                    messages.push((std::mem::take(&mut open), points));
                    points = 0;
                }
                open.push(metric);
                points += sets.len();
            }
        }
    }
    if !open.is_empty() {
        messages.push((open, points));
    }
    messages
}

/// Every metric of a family.
fn metrics(family: Family, sets: &[(Labels, Totals)], now_ns: u64) -> impl Iterator<Item = Metric> {
    let cumulative = AggregationTemporality::Cumulative.into();
    let counters = COUNTERS.iter().map(move |row| {
        let points = sets
            .iter()
            .map(|(labels, totals)| number(labels, (row.value)(totals), (totals.since_ns, now_ns)))
            .collect();
        let sum = Sum { data_points: points, aggregation_temporality: cumulative, is_monotonic: true };
        metric(family, row.name, row.help, row.unit, Data::Sum(sum))
    });
    let histograms = HISTOGRAMS.iter().map(move |row| {
        let points = sets
            .iter()
            .map(|(labels, totals)| distribution(labels, (row.value)(totals), (totals.since_ns, now_ns)))
            .collect();
        let histogram = Histogram { data_points: points, aggregation_temporality: cumulative };
        metric(family, row.name, row.help, "s", Data::Histogram(histogram))
    });
    counters.chain(histograms)
}

/// The name is that of `/metrics`, without what says type and unit there.
fn metric(family: Family, name: &str, help: &str, unit: &str, data: Data) -> Metric {
    let name = name.trim_end_matches("_total").trim_end_matches("_seconds");
    Metric {
        name: format!("stagegate.{}.{name}", family.word()),
        description: help.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn attributes(labels: &Labels) -> Vec<KeyValue> {
    let attribute = |(name, value): &(&str, Box<str>)| KeyValue {
        key: (*name).to_owned(),
        value: Some(AnyValue { value: Some(Value::StringValue(value.to_string())) }),
        ..KeyValue::default()
    };
    labels.iter().map(attribute).collect()
}

fn number(labels: &Labels, value: u64, (start, now): (u64, u64)) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: start,
        time_unix_nano: now,
        value: Some(number_data_point::Value::AsInt(i64::try_from(value).unwrap_or(i64::MAX))),
        ..NumberDataPoint::default()
    }
}

fn distribution(labels: &Labels, latency: &Latency, (start, now): (u64, u64)) -> HistogramDataPoint {
    HistogramDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: start,
        time_unix_nano: now,
        count: latency.count(),
        sum: Some(Duration::from_micros(latency.sum_us).as_secs_f64()),
        bucket_counts: latency.buckets.to_vec(),
        explicit_bounds: LATENCY_BOUNDS_MS.iter().map(|bound| Duration::from_millis(*bound).as_secs_f64()).collect(),
        ..HistogramDataPoint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_as_many_points_as_may_be_and_lose_none() {
        let set = |number: usize| (vec![("api_id", format!("a{number}").into())], Totals::default());
        let sets: Sets = [
            (Family::Stage, (0..5).map(set).collect()),
            (Family::Canary, Vec::new()),
            (Family::Route, (0..1).map(set).collect()),
        ];
        for max in [1, 2, 3, 7, 1_000] {
            let messages = messages(&sets, 2, max);
            let points: usize = messages.iter().map(|(_, points)| points).sum();
            assert_eq!(points, 6 * (COUNTERS.len() + HISTOGRAMS.len()), "{max}");
            assert!(messages.iter().all(|(_, points)| *points <= max), "{max}");
        }
    }

    #[test]
    fn names_say_neither_type_nor_unit() {
        let names: Vec<String> = metrics(Family::Stage, &[], 2).map(|metric| metric.name).collect();
        assert!(names.contains(&"stagegate.stage.requests".to_owned()), "{names:?}");
        assert!(names.contains(&"stagegate.stage.integration_latency".to_owned()), "{names:?}");
    }
}
