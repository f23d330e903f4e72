//! What is kept of what was measured, and how much of it is shown.

use std::path::PathBuf;

use crate::config::row::{Row, put, put_positive, put_some};

/// The shortest interval: a minute of metrics is over once a minute.
const MINUTE_S: u64 = 60;

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("metrics_dir", "DIR", |s, v| put_some::<PathBuf>(&mut s.metrics.dir, v))
        .allows("a directory, made if it is not there")
        .help("Where metrics are kept for CloudWatch's questions; by default `metrics` in the data directory."),
    Row::number("metrics_store_bytes_max", "BYTES", |s, v| put(&mut s.metrics.store_bytes_max, v))
        .default("268435456")
        .allows("a whole number; 0 keeps nothing but the last hour, in memory")
        .help("Bytes of metrics on disk; the oldest hours go first."),
    Row::number("metrics_retention_days", "DAYS", |s, v| put_positive(&mut s.metrics.retention_days, v))
        .default("15")
        .help("How long metrics are kept."),
    Row::number("metrics_label_sets_max", "N", |s, v| put_positive(&mut s.metrics.label_sets_max, v))
        .default("1000")
        .help("Stages, canaries and routes that have series of their own on `/metrics` and over OTLP; the rest is counted as `other`."),
    Row::number("otlp_metrics_interval_ms", "MS", |s, v| put_positive(&mut s.metrics.otlp_interval_ms, v))
        .default("60000")
        .help("How often metrics are pushed over OTLP."),
    Row::text("cloudwatch_endpoint", "URL", |s, v| put_some(&mut s.metrics.put.place, v))
        .allows("aws, for AWS's own endpoint of each region, or an http or https URL")
        .help("A CloudWatch to which metrics are posted by PutMetricData; none by default."),
    Row::text("cloudwatch_namespace", "NAME", |s, v| {
        v.clone_into(&mut s.metrics.put.namespace);
        (1..=255).contains(&v.chars().count()).then_some(())
    })
    .default("Stagegate/ApiGateway")
    .allows("1 to 255 characters; AWS refuses what begins with AWS/")
    .help("The namespace that they get there."),
    Row::number("cloudwatch_interval_s", "SECONDS", |s, v| {
        put(&mut s.metrics.put.interval_s, v).filter(|()| s.metrics.put.interval_s >= MINUTE_S)
    })
    .default("60")
    .allows("a whole number, at least 60")
    .help("How often they are posted, minute by minute."),
];
