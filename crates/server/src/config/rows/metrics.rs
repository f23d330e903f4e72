//! What is kept of what was measured, and how much of it is shown.

use std::path::PathBuf;

use crate::config::row::{Row, put, put_positive, put_some};

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
];
