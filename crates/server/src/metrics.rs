//! The metrics page: the gateway's counters in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use stagegate_plan::{LATENCY_BUCKETS_MS, LatencyHistogram, Snapshot, StageMeter, StagePlan};

/// The content type of the format, version 0.0.4.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// One metric of the whole process.
pub(crate) struct ProcessMetric {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// False for what may shrink.
    pub(crate) is_counter: bool,
    pub(crate) value: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// The metrics of the whole process.
pub(crate) type ProcessMetrics = Vec<ProcessMetric>;

/// Writes the page.
pub(crate) fn page(snapshot: &Snapshot, process: &[ProcessMetric]) -> String {
    let mut page = String::with_capacity(16 * 1024);
    for metric in process {
        head(&mut page, metric.name, metric.help, if metric.is_counter { "counter" } else { "gauge" });
        line(&mut page, metric.name, "", (metric.value)());
    }
    head(&mut page, "stagegate_config_revision", "The store's revision that is being served.", "gauge");
    line(&mut page, "stagegate_config_revision", "", snapshot.revision);
    let stages = stages(snapshot);
    for (name, help, value) in STAGE_COUNTERS {
        head(&mut page, name, help, "counter");
        for (labels, stage) in &stages {
            line(&mut page, name, &format!("{{{labels}}}"), value(&stage.meter));
        }
    }
    for (name, help, histogram) in STAGE_HISTOGRAMS {
        head(&mut page, name, help, "histogram");
        for (labels, stage) in &stages {
            distribution(&mut page, name, labels, histogram(&stage.meter));
        }
    }
    page
}

type Value = fn(&StageMeter) -> u64;
type Histogram = fn(&StageMeter) -> &LatencyHistogram;

/// AWS's `Count`, `4XXError` and `5XXError`.
const STAGE_COUNTERS: [(&str, &str, Value); 3] = [
    ("stagegate_stage_requests_total", "Requests answered by a stage.", |meter| meter.latency.count()),
    ("stagegate_stage_4xx_errors_total", "Requests answered 4XX.", |meter| meter.client_errors.load(Relaxed)),
    ("stagegate_stage_5xx_errors_total", "Requests answered 5XX.", |meter| meter.server_errors.load(Relaxed)),
];

/// AWS's `Latency` and `IntegrationLatency`.
const STAGE_HISTOGRAMS: [(&str, &str, Histogram); 2] = [
    ("stagegate_stage_latency_seconds", "From a request's head to the end of its response.", |meter| &meter.latency),
    ("stagegate_stage_integration_latency_seconds", "Time spent on the back end.", |meter| &meter.integration_latency),
];

/// Every stage with its labels, in a stable order.
fn stages(snapshot: &Snapshot) -> Vec<(String, &StagePlan)> {
    let mut stages: Vec<(String, &StagePlan)> = snapshot
        .apis()
        .flat_map(|api| api.stages.values())
        .map(|stage| {
            let (api, name, region) = (escape(&stage.api.id), escape(&stage.api.name), escape(&stage.api.region));
            let labels =
                format!("api_id=\"{api}\",api_name=\"{name}\",region=\"{region}\",stage=\"{}\"", escape(&stage.name));
            (labels, stage.as_ref())
        })
        .collect();
    stages.sort_by(|left, right| left.0.cmp(&right.0));
    stages
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

fn distribution(page: &mut String, name: &str, labels: &str, histogram: &LatencyHistogram) {
    let counts: Vec<u64> = histogram.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
    let mut below = 0;
    for (count, bound_ms) in counts.iter().zip(LATENCY_BUCKETS_MS) {
        below += count;
        let bound = format!("{{{labels},le=\"{}.{:03}\"}}", bound_ms / 1000, bound_ms % 1000);
        line(page, &format!("{name}_bucket"), &bound, below);
    }
    let all: u64 = counts.iter().sum();
    line(page, &format!("{name}_bucket"), &format!("{{{labels},le=\"+Inf\"}}"), all);
    let sum_us = histogram.sum_us.load(Relaxed);
    writeln!(page, "{name}_sum{{{labels}}} {}.{:06}", sum_us / 1_000_000, sum_us % 1_000_000)
        .expect("a String takes everything");
    line(page, &format!("{name}_count"), &format!("{{{labels}}}"), all);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_cumulative_and_in_seconds() {
        let histogram = LatencyHistogram::default();
        for latency_us in [900, 1_500, 40_000_000] {
            histogram.observe_us(latency_us);
        }
        let mut page = String::new();
        distribution(&mut page, "h", "a=\"b\"", &histogram);
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
        assert_eq!(escape("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        let metric = |is_counter| ProcessMetric { name: "m", help: "Help.", is_counter, value: Box::new(|| 7) };
        let page = page(&Snapshot::default(), &[metric(true), metric(false)]);
        assert!(page.starts_with("# HELP m Help.\n# TYPE m counter\nm 7\n# HELP m Help.\n# TYPE m gauge\nm 7\n"));
        assert!(page.contains("stagegate_config_revision 0\n"));
    }
}
