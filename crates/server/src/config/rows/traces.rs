//! Traces: who takes them, and of which requests.

use crate::config::row::{Row, put, put_positive, put_some};
use crate::traces::{PROPAGATION, propagation};

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("xray_daemon_address", "ADDRESS", |s, v| put_some(&mut s.traces.daemon, v))
        .allows(crate::xray::DAEMON_ALLOWED)
        .help("X-Ray's daemon: segments go to its UDP address, sampling rules come from its TCP address."),
    Row::number("xray_rules_s", "SECONDS", |s, v| put_positive(&mut s.traces.rules_s, v))
        .default("300")
        .help("How often the daemon is asked for its sampling rules."),
    Row::number("xray_targets_s", "SECONDS", |s, v| put_positive(&mut s.traces.targets_s, v))
        .default("10")
        .help("How often the daemon is told how many requests were sampled, and says how many may be."),
    Row::number("trace_reservoir", "N", |s, v| put(&mut s.traces.reservoir_per_s, v))
        .default("1")
        .allows("a whole number")
        .help("Requests a second that are sampled where no daemon has rules; AWS's default rule."),
    Row::text("trace_rate", "PART", |s, v| s.traces.set_rate(v))
        .default("0.05")
        .allows("a number from 0 to 1")
        .help("The part of all others that is sampled."),
    Row::text("trace_stages", "WHICH", |s, v| put(&mut s.traces.stages, v))
        .default("enabled")
        .allows("enabled or all")
        .help("Which stages sample: those with `tracingEnabled`, or all. Beyond AWS, HTTP APIs are among all."),
    Row::list("trace_propagation", "NAME,…", |s, v| {
        s.traces.propagation = propagation(v)?;
        Some(())
    })
    .default("xray,w3c")
    .allows(PROPAGATION)
    .help("The headers that carry traces in, the first that has one first: `X-Amzn-Trace-Id`, and `traceparent` with `tracestate`. With w3c, back ends of traced requests get the latter, too."),
    Row::switch("trace_follow_clients", |s, v| put(&mut s.traces.follows_clients, v))
        .default("true")
        .help("Whether a request is traced because its client says so; otherwise the stage alone decides."),
];
