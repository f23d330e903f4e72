//! OTLP: where traces, metrics and logs are sent, and how.

use crate::aws::URL_ALLOWED;
use crate::config::row::{Row, put, put_positive, put_some};
use crate::otlp::{SIGNALS, signals};

/// What pairs may be.
const PAIRS: &str = "NAME=VALUE, the value percent-encoded";

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("otlp_endpoint", "URL", |s, v| put_some(&mut s.otlp.endpoint, v))
        .allows(URL_ALLOWED)
        .help("The OpenTelemetry receiver, over HTTP; `/v1/traces`, `/v1/metrics` and `/v1/logs` are added."),
    Row::text("otlp_traces_endpoint", "URL", |s, v| put_some(&mut s.otlp.traces_endpoint, v))
        .allows(URL_ALLOWED)
        .help("Another receiver of traces: its whole URL."),
    Row::text("otlp_metrics_endpoint", "URL", |s, v| put_some(&mut s.otlp.metrics_endpoint, v))
        .allows(URL_ALLOWED)
        .help("Another receiver of metrics: its whole URL."),
    Row::text("otlp_logs_endpoint", "URL", |s, v| put_some(&mut s.otlp.logs_endpoint, v))
        .allows(URL_ALLOWED)
        .help("Another receiver of logs: its whole URL."),
    Row::list("otlp_signals", "NAME,…", |s, v| {
        s.otlp.signals = signals(v)?;
        Some(())
    })
    .default("traces,metrics,logs")
    .allows(SIGNALS)
    .help("What is sent to the receivers."),
    Row::list("otlp_headers", "NAME=VALUE,…", |s, v| put(&mut s.otlp.headers, v).filter(|()| s.otlp.headers.are_headers()))
        .allows(PAIRS)
        .help("Headers of every post, such as the receiver's key."),
    Row::list("otlp_resource", "NAME=VALUE,…", |s, v| put(&mut s.otlp.resource, v))
        .allows(PAIRS)
        .help("Attributes of the resource that sends, besides `service.name` (stagegate), `service.version` and `service.instance.id`, or instead of them."),
    Row::switch("otlp_gzip", |s, v| put(&mut s.otlp.is_compressed, v)).help("Whether messages are compressed."),
    Row::number("otlp_timeout_ms", "MS", |s, v| put_positive(&mut s.otlp.timeout_ms, v))
        .default("10000")
        .help("The longest time for one post, its connection included."),
    Row::number("otlp_retry_limit_ms", "MS", |s, v| put(&mut s.otlp.retry_limit_ms, v))
        .default("60000")
        .allows("a whole number; 0 tries nothing twice")
        .help("How long a message that the receiver cannot take now is tried again."),
    Row::number("otlp_batch_items", "N", |s, v| put_positive(&mut s.otlp.batch_items, v))
        .default("512")
        .help("The most spans, data points or log records of one message."),
    Row::number("otlp_batch_ms", "MS", |s, v| put_positive(&mut s.otlp.batch_ms, v))
        .default("1000")
        .help("How long spans and log records wait for others to be sent with."),
    Row::number("otlp_queue_bytes", "BYTES", |s, v| put_positive(&mut s.otlp.queue_bytes, v))
        .default("16777216")
        .help("Bytes of messages of one signal that wait for the receiver; more are dropped, and counted on `/metrics`."),
];
