//! The metrics page, in Prometheus' text format.

use std::fmt::Write as _;

use super::collector::Collector;
use super::totals::{Family, LATENCY_BOUNDS_MS, Labels, Latency, Totals};
use super::{ProcessMetric, ProcessMetrics};

/// The content type of the format, version 0.0.4.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes the page. `revision` is the store's that is being served.
pub(crate) fn page(collector: &Collector, process: &ProcessMetrics, revision: u64) -> String {
    let mut page = String::with_capacity(16 * 1024);
    for metric in process {
        one(&mut page, metric, (metric.value)());
    }
    let gauge = |name, help| ProcessMetric { name, help, is_counter: false, value: Box::new(|| 0) };
    one(&mut page, &gauge("stagegate_config_revision", "The store's revision that is being served."), revision);
    let (own, folded) = collector.label_sets();
    for (metric, value) in [
        (gauge("stagegate_metrics_label_sets", "Stages, canaries and routes with series of their own."), own),
        (gauge("stagegate_metrics_label_sets_folded", "Those beyond the limit, counted as other."), folded),
    ] {
        one(&mut page, &metric, value as u64);
    }
    let lost = ProcessMetric {
        is_counter: true,
        ..gauge("stagegate_metrics_lost_minutes_total", "Minutes of metrics that the disk did not take.")
    };
    one(&mut page, &lost, collector.lost_minutes());
    if let Some(unposted) = collector.unposted() {
        let metric = ProcessMetric {
            is_counter: true,
            ..gauge("stagegate_cloudwatch_lost_total", "Minutes or calls of metrics that CloudWatch did not take.")
        };
        one(&mut page, &metric, unposted);
    }
    for family in Family::ALL {
        write_family(&mut page, family, &collector.totals(family));
    }
    page
}

fn one(page: &mut String, metric: &ProcessMetric, value: u64) {
    head(page, metric.name, metric.help, if metric.is_counter { "counter" } else { "gauge" });
    line(page, metric.name, "", value);
}

/// A counter of a family.
pub(super) struct CounterRow {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) unit: &'static str,
    pub(super) value: fn(&Totals) -> u64,
}

const fn counter(name: &'static str, help: &'static str, value: fn(&Totals) -> u64) -> CounterRow {
    CounterRow { name, help, unit: "1", value }
}

/// The counters of every family.
pub(super) const COUNTERS: [CounterRow; 6] = [
    counter("requests_total", "Requests answered: AWS's Count.", |totals| totals.requests),
    counter("4xx_errors_total", "Requests answered 4XX: AWS's 4XXError and 4xx.", |totals| totals.client_errors),
    counter("5xx_errors_total", "Requests answered 5XX: AWS's 5XXError and 5xx.", |totals| totals.server_errors),
    counter("cache_hits_total", "Requests that the response cache answered: AWS's CacheHitCount.", |it| it.cache_hits),
    counter("cache_misses_total", "Requests that it had nothing for: AWS's CacheMissCount.", |it| it.cache_misses),
    CounterRow {
        name: "processed_bytes_total",
        help: "Bytes of what back ends said to HTTP APIs: AWS's DataProcessed.",
        unit: "By",
        value: |totals| totals.processed_bytes,
    },
];

/// A histogram of a family, in seconds.
pub(super) struct HistogramRow {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) value: fn(&Totals) -> &Latency,
}

/// The histograms of every family.
pub(super) const HISTOGRAMS: [HistogramRow; 2] = [
    HistogramRow {
        name: "latency_seconds",
        help: "From a request's head to the end of its response: AWS's Latency.",
        value: |totals| &totals.latency,
    },
    HistogramRow {
        name: "integration_latency_seconds",
        help: "Time spent on the back end: AWS's IntegrationLatency.",
        value: |totals| &totals.integration_latency,
    },
];

/// The whole name of a family's metric.
pub(super) fn name(family: Family, metric: &str) -> String {
    format!("stagegate_{}_{metric}", family.word())
}

fn write_family(page: &mut String, family: Family, sets: &[(Labels, Totals)]) {
    // Without canaries and routes of their own, pages say nothing of them.
    if sets.is_empty() {
        return;
    }
    let sets: Vec<(String, &Totals)> = sets.iter().map(|(labels, totals)| (written(labels), totals)).collect();
    for row in &COUNTERS {
        let name = name(family, row.name);
        head(page, &name, row.help, "counter");
        for (labels, totals) in &sets {
            line(page, &name, &format!("{{{labels}}}"), (row.value)(totals));
        }
    }
    for row in &HISTOGRAMS {
        let name = name(family, row.name);
        head(page, &name, row.help, "histogram");
        for (labels, totals) in &sets {
            distribution(page, &name, labels, (row.value)(totals));
        }
    }
}

fn written(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    pairs.join(",")
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn head(page: &mut String, name: &str, help: &str, kind: &str) {
    writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("a String takes everything");
}

fn line(page: &mut String, name: &str, labels: &str, value: u64) {
    writeln!(page, "{name}{labels} {value}").expect("a String takes everything");
}

fn distribution(page: &mut String, name: &str, labels: &str, latency: &Latency) {
    let mut below = 0;
    for (count, bound_ms) in latency.buckets.iter().zip(LATENCY_BOUNDS_MS) {
        below += count;
        let bound = format!("{{{labels},le=\"{}.{:03}\"}}", bound_ms / 1000, bound_ms % 1000);
        line(page, &format!("{name}_bucket"), &bound, below);
    }
    let all = latency.count();
    line(page, &format!("{name}_bucket"), &format!("{{{labels},le=\"+Inf\"}}"), all);
    let sum_us = latency.sum_us;
    writeln!(page, "{name}_sum{{{labels}}} {}.{:06}", sum_us / 1_000_000, sum_us % 1_000_000)
        .expect("a String takes everything");
    line(page, &format!("{name}_count"), &format!("{{{labels}}}"), all);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn histograms_are_cumulative_and_in_seconds() {
        let mut latency = Latency { sum_us: 40_002_400, ..Latency::default() };
        (latency.buckets[0], latency.buckets[1], latency.buckets[14]) = (1, 1, 1);
        let mut page = String::new();
        distribution(&mut page, "h", "a=\"b\"", &latency);
        for expected in [
            "h_bucket{a=\"b\",le=\"0.001\"} 1\n",
            "h_bucket{a=\"b\",le=\"0.002\"} 2\n",
            "h_bucket{a=\"b\",le=\"29.000\"} 2\n",
            "h_bucket{a=\"b\",le=\"+Inf\"} 3\n",
            "h_sum{a=\"b\"} 40.002400\n",
            "h_count{a=\"b\"} 3\n",
        ] {
            assert!(page.contains(expected), "{expected} in {page}");
        }
    }

    #[test]
    fn labels_are_escaped_and_process_metrics_have_their_type() {
        assert_eq!(written(&vec![("a", "a\"b\\c\nd".into())]), "a=\"a\\\"b\\\\c\\nd\"");
        let metric = |is_counter| ProcessMetric { name: "m", help: "Help.", is_counter, value: Box::new(|| 7) };
        let page = page(&Collector::new(Arc::default(), None, 1), &vec![metric(true), metric(false)], 9);
        assert!(page.starts_with("# HELP m Help.\n# TYPE m counter\nm 7\n# HELP m Help.\n# TYPE m gauge\nm 7\n"));
        assert!(page.contains("stagegate_config_revision 9\n"));
    }
}
