//! How much at once: cores, connections, requests, bytes. AWS's own quotas are in `[quotas]`.

use crate::config::row::{Row, put, put_positive, put_some};

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::number("cores", "N", |s, v| put_some(&mut s.cores, v).filter(|()| s.cores != Some(0)))
        .help("How many threads serve APIs; by default one for each core of the machine."),
    Row::number("connections_max", "N", |s, v| put_positive(&mut s.connections_max, v))
        .default("16384")
        .help("Client connections to APIs at once; more are closed at once."),
    Row::number("requests_max", "N", |s, v| put_positive(&mut s.requests_max, v))
        .default("16384")
        .help("Requests to APIs in flight at once; more are answered 503."),
    Row::number("buffered_bytes_max", "BYTES", |s, v| {
        put_some(&mut s.buffered_bytes_max, v).filter(|()| s.buffered_bytes_max != Some(0))
    })
    .help("Bytes of bodies held in memory at once; by default a quarter of the machine's memory."),
    Row::number("buffer_bytes", "BYTES", |s, v| put_positive(&mut s.buffer_bytes, v))
        .default("65536")
        .help("How much of a BUFFERED response is held before its head is sent."),
    Row::number("headers_max", "N", |s, v| put_positive(&mut s.headers_max, v))
        .default("100")
        .help("The most header lines of one request."),
    Row::number("upstream_head_bytes", "BYTES", |s, v| put_positive(&mut s.upstream_head_bytes, v))
        .default("65536")
        .help("The most bytes of a back end's response head."),
    Row::number("upstream_headers_max", "N", |s, v| put_positive(&mut s.upstream_headers_max, v))
        .default("200")
        .help("The most header lines of a back end's response."),
    Row::number("upstream_idle_connections_max", "N", |s, v| put_positive(&mut s.upstream_idle_connections_max, v))
        .default("256")
        .help("Idle connections that each core keeps to one back end."),
    Row::number("control_connections_max", "N", |s, v| put_positive(&mut s.control_connections_max, v))
        .default("512")
        .help("Client connections to the control plane at once, and to the status port."),
    Row::number("authorizer_cache_entries_max", "N", |s, v| put(&mut s.authorizer_cache_entries_max, v))
        .default("262144")
        .help("Decisions of Lambda authorizers that are remembered at once, those in use the longest."),
    Row::number("authorizer_cache_bytes_max", "BYTES", |s, v| put(&mut s.authorizer_cache_bytes_max, v))
        .default("268435456")
        .help("Bytes of what is remembered of them."),
    Row::number("authorizer_calls_max", "N", |s, v| put_positive(&mut s.authorizer_calls_max, v))
        .default("1000")
        .help("Calls of one Lambda authorizer's function at once; requests that need one more are answered 429."),
    Row::number("cache_bytes_max", "BYTES", |s, v| put_some(&mut s.caches.bytes_max, v))
        .allows("a whole number; 0 keeps nothing")
        .help("Bytes of all response caches together; by default a quarter of the machine's memory."),
    Row::switch("cache_vary_by_principal", |s, v| put(&mut s.caches.vary_by_principal, v))
        .help("Whether callers who are authorized get only answers from response caches that were made for them."),
    Row::switch("rate_limit_headers", |s, v| put(&mut s.rate_limit_headers, v))
        .help("Whether answers say how a caller's limits stand: RateLimit-Limit, -Remaining, -Reset and Retry-After."),
    Row::switch("aws_quotas", |s, v| put(&mut s.aws_quotas, v))
        .help("Whether every count quota and rate of AWS is enforced, not only reported."),
];
