//! Counters of the whole gateway process.

use std::sync::atomic::AtomicU64;

/// Counted since the process started; monotonic but for `connections_open` and `requests_in_flight`.
#[derive(Debug, Default)]
pub struct Counters {
    /// TLS handshakes that failed or took too long.
    pub tls_failures: AtomicU64,
    /// Client connections accepted.
    pub connections: AtomicU64,
    /// Client connections open now.
    pub connections_open: AtomicU64,
    /// Requests whose head was complete.
    pub requests: AtomicU64,
    /// Requests and connections refused because a budget was used up.
    pub over_budget: AtomicU64,
    /// Requests refused because they break HTTP.
    pub malformed: AtomicU64,
    /// Responses that were cut off after their head had gone out.
    pub aborted: AtomicU64,
    /// Connections made to back ends.
    pub upstream_connections: AtomicU64,
    /// Requests sent a second time on a fresh connection.
    pub upstream_retries: AtomicU64,
    /// Connections to back ends refused because of their address.
    pub upstream_guarded: AtomicU64,
    /// Requests refused because they had no API key that lets them in.
    pub api_key_refused: AtomicU64,
    /// Requests refused by a rate.
    pub throttled: AtomicU64,
    /// Requests refused by a quota.
    pub quota_exceeded: AtomicU64,
    /// Requests refused because what they use of a quota could not be recorded in time.
    pub quota_unchecked: AtomicU64,
    /// Requests that were traced.
    pub traces: AtomicU64,
    /// Traces dropped because whoever sends them was too slow.
    pub traces_dropped: AtomicU64,
    /// Access-log lines dropped because their writer was too slow or failed.
    pub access_log_dropped: AtomicU64,
    /// Execution-log lines dropped for the same reasons.
    pub execution_log_dropped: AtomicU64,
    /// Lines of functions' logs dropped for the same reasons.
    pub function_log_dropped: AtomicU64,
}
