//! The metrics page: the gateway's counters in Prometheus' text format.

use std::fmt::Write as _;

use stagegate_plan::{Distribution, Reading, Snapshot, StagePlan, Tally};

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
    let tally = |stage: &StagePlan| stage.meter.total().read().since(&Reading::default());
    let stages: Vec<_> = stages(snapshot).into_iter().map(|(labels, stage)| (labels, tally(stage))).collect();
    for (name, help, value) in STAGE_COUNTERS {
        head(&mut page, name, help, "counter");
        for (labels, stage) in &stages {
            line(&mut page, name, &format!("{{{labels}}}"), value(stage));
        }
    }
    for (name, help, histogram) in STAGE_HISTOGRAMS {
        head(&mut page, name, help, "histogram");
        for (labels, stage) in &stages {
            distribution(&mut page, name, labels, histogram(stage));
        }
    }
    page
}

/// Upper bounds of the latency histograms' buckets, in milliseconds; one more bucket counts what is slower.
const LATENCY_BUCKETS_MS: [u64; 14] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 29_000];

type Value = fn(&Tally) -> u64;
type Histogram = fn(&Tally) -> &Distribution;

/// AWS's `Count`, `4XXError` and `5XXError`.
const STAGE_COUNTERS: [(&str, &str, Value); 3] = [
    ("stagegate_stage_requests_total", "Requests answered by a stage.", |tally| tally.requests),
    ("stagegate_stage_4xx_errors_total", "Requests answered 4XX.", |tally| tally.client_errors),
    ("stagegate_stage_5xx_errors_total", "Requests answered 5XX.", |tally| tally.server_errors),
];

/// AWS's `Latency` and `IntegrationLatency`.
const STAGE_HISTOGRAMS: [(&str, &str, Histogram); 2] = [
    ("stagegate_stage_latency_seconds", "From a request's head to the end of its response.", |tally| &tally.latency_us),
    ("stagegate_stage_integration_latency_seconds", "Time spent on the back end.", |tally| &tally.integration_latency_us),
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

fn distribution(page: &mut String, name: &str, labels: &str, histogram: &Distribution) {
    for bound_ms in LATENCY_BUCKETS_MS {
        let values = histogram.values.iter().take_while(|(value, _)| *value <= bound_ms * 1000);
        let below = values.map(|(_, count)| count).sum();
        let bound = format!("{{{labels},le=\"{}.{:03}\"}}", bound_ms / 1000, bound_ms % 1000);
        line(page, &format!("{name}_bucket"), &bound, below);
    }
    line(page, &format!("{name}_bucket"), &format!("{{{labels},le=\"+Inf\"}}"), histogram.count);
    let sum_us = histogram.sum;
    writeln!(page, "{name}_sum{{{labels}}} {}.{:06}", sum_us / 1_000_000, sum_us % 1_000_000)
        .expect("a String takes everything");
    line(page, &format!("{name}_count"), &format!("{{{labels}}}"), histogram.count);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_cumulative_and_in_seconds() {
        let values = vec![(900, 1), (1_500, 1), (40_000_000, 1)];
        let histogram = Distribution { count: 3, sum: 40_002_400, least: 900, greatest: 40_000_000, values };
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
