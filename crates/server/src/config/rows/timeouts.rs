//! How long, in milliseconds. The integration timeout is a member of each integration.

use crate::config::row::{Row, put_positive};

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::number("head_timeout_ms", "MS", |s, v| put_positive(&mut s.head_timeout_ms, v))
        .default("10000")
        .help("From a connection's first byte, or its opening, to the end of the request's head."),
    Row::number("body_timeout_ms", "MS", |s, v| put_positive(&mut s.body_timeout_ms, v))
        .default("20000")
        .help("The longest pause within a request's body."),
    Row::number("idle_timeout_ms", "MS", |s, v| put_positive(&mut s.idle_timeout_ms, v))
        .default("60000")
        .help("How long an idle client connection is kept open between requests."),
    Row::number("write_timeout_ms", "MS", |s, v| put_positive(&mut s.write_timeout_ms, v))
        .default("30000")
        .help("The longest time a client may take no byte of its response."),
    Row::number("request_hold_ms", "MS", |s, v| put_positive(&mut s.request_hold_ms, v))
        .default("100")
        .help("How long an unfinished request body is held back, so that small requests are checked whole first."),
    Row::number("stream_idle_timeout_ms", "MS", |s, v| put_positive(&mut s.stream_idle_timeout_ms, v))
        .default("300000")
        .help("The longest pause within a streamed response."),
    Row::number("drain_timeout_ms", "MS", |s, v| put_positive(&mut s.drain_timeout_ms, v))
        .default("30000")
        .help("How long running requests may take to finish once the process was told to stop."),
    Row::number("authorizer_timeout_ms", "MS", |s, v| put_positive(&mut s.authorizer_timeout_ms, v))
        .default("29000")
        .help("The longest time for a Lambda authorizer's function to decide."),
    Row::number("upstream_connect_timeout_ms", "MS", |s, v| put_positive(&mut s.upstream_connect_timeout_ms, v))
        .default("10000")
        .help("The longest time to connect to a back end, TLS included."),
    Row::number("upstream_idle_timeout_ms", "MS", |s, v| put_positive(&mut s.upstream_idle_timeout_ms, v))
        .default("50000")
        .help("How long an idle connection to a back end is kept."),
];
