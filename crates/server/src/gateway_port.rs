//! The gateway as the server sees it: settings in, a running data plane and its metrics out.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;
use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_gateway::{
    AuthorizerLimits, AwsConfig, BudgetLimits, Counters, CredentialSource, ExplainKey, Gateway, GatewayConfig, Invoker,
    KeySource, LogWriter, Outbound, RehearsalSender, RequestLimits, Timeouts, TlsConfig, TokenConfig, TraceConfig,
    UpstreamLimits,
};
use stagegate_plan::Snapshot;
use tokio::runtime::Handle;

use crate::config::Settings;
use crate::descriptors;
use crate::feed::Admission;
use crate::jwks::{self, FetchTimeouts, Jwks};
use crate::logs::Logs;
use crate::memory;
use crate::metrics::{ProcessMetric, ProcessMetrics};
use crate::private;

/// The part of the memory that bodies may take, unless set.
const BUFFERED_PART: u64 = 4;

/// A running gateway with its access-log writer.
pub(crate) struct GatewayPort {
    gateway: Gateway,
    log: LogWriter,
}

/// What the gateway calls, and counts with.
pub(crate) struct Calls {
    pub(crate) functions: Arc<dyn Invoker>,
    pub(crate) signers: Arc<dyn CredentialSource>,
    pub(crate) admission: Admission,
    pub(crate) traces: Option<TraceConfig>,
    pub(crate) logs: Arc<Logs>,
}

impl GatewayPort {
    /// Starts to serve the snapshot. `guarded` are our own ports, which no integration may reach.
    pub(crate) fn start(
        settings: &Settings,
        snapshot: &Arc<ArcSwap<Snapshot>>,
        guarded: &[SocketAddr],
        calls: Calls,
        explain: Option<Arc<ExplainKey>>,
    ) -> Result<Self, Report> {
        let counters = calls.logs.counters();
        let (log, sender) =
            calls.logs.writer().into_diagnostic().wrap_err("the access-log writer cannot be started")?;
        let gateway = ensure_free(settings.gateway)
            .and_then(|()| settings.tls.listen.map_or(Ok(()), ensure_free))
            .and_then(|()| {
                let mut config = GatewayConfig { explain, ..config(settings, guarded, calls) };
                config.tokens.keys = Some(keys(settings, &config, Arc::clone(&counters))?);
                Gateway::start(config, snapshot, &sender)
            })
            .into_diagnostic()
            .wrap_err_with(|| match settings.tls.listen {
                None => format!("cannot listen on {}, the address of --gateway", settings.gateway),
                Some(tls) => {
                    format!("cannot listen on {}, the address of --gateway, or {tls}, that of --tls", settings.gateway)
                }
            })?;
        Ok(Self { gateway, log })
    }

    /// The address that is served, as bound.
    pub(crate) fn address(&self) -> SocketAddr {
        self.gateway.address()
    }

    /// The address that is served with TLS, as bound.
    pub(crate) fn tls_address(&self) -> Option<SocketAddr> {
        self.gateway.tls_address()
    }

    /// The way out for the control plane.
    pub(crate) fn outbound(&self) -> Arc<Outbound> {
        self.gateway.outbound()
    }

    /// The way to try methods out.
    pub(crate) fn rehearsals(&self) -> RehearsalSender {
        self.gateway.rehearsals()
    }

    /// The gateway's own metrics.
    pub(crate) fn metrics(&self) -> ProcessMetrics {
        let counters = self.gateway.counters();
        let decisions = self.gateway.remembered_decisions();
        let decisions = ProcessMetric {
            name: "stagegate_authorizer_decisions",
            help: "Decisions of Lambda authorizers that are remembered.",
            is_counter: false,
            value: Box::new(move || decisions() as u64),
        };
        COUNTERS.iter().map(|row| row.metric(Arc::clone(counters))).chain([decisions]).collect()
    }

    /// Stops accepting, lets running requests finish within the drain limit, and writes the last access-log lines.
    pub(crate) async fn drain(self) {
        let Self { gateway, log } = self;
        let drained = tokio::task::spawn_blocking(move || {
            gateway.drain();
            log.join();
        });
        if drained.await.is_err() {
            tracing::error!("the gateway ended abnormally");
        }
    }
}

/// Fails if another process listens there. The gateway's own sockets share their port, one for each core, and would
/// silently share it with another Stagegate, too.
fn ensure_free(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).map(drop)
}

/// One counter of the gateway on the metrics page.
struct CounterRow {
    name: &'static str,
    help: &'static str,
    is_counter: bool,
    value: fn(&Counters) -> &AtomicU64,
}

const fn counter(name: &'static str, help: &'static str, value: fn(&Counters) -> &AtomicU64) -> CounterRow {
    CounterRow { name, help, is_counter: true, value }
}

const fn gauge(name: &'static str, help: &'static str, value: fn(&Counters) -> &AtomicU64) -> CounterRow {
    CounterRow { name, help, is_counter: false, value }
}

const COUNTERS: &[CounterRow] = &[
    counter("stagegate_tls_failures_total", "TLS handshakes that failed or took too long.", |c| &c.tls_failures),
    counter("stagegate_connections_total", "Client connections accepted.", |c| &c.connections),
    gauge("stagegate_connections_open", "Client connections open now.", |c| &c.connections_open),
    counter("stagegate_requests_total", "Requests that were answered.", |c| &c.requests),
    counter("stagegate_over_budget_total", "Requests and connections refused by a budget.", |c| &c.over_budget),
    counter("stagegate_malformed_total", "Requests refused because they break HTTP.", |c| &c.malformed),
    counter("stagegate_aborted_total", "Responses cut off after their head had gone out.", |c| &c.aborted),
    counter("stagegate_upstream_connections_total", "Connections to back ends.", |c| &c.upstream_connections),
    counter("stagegate_upstream_retries_total", "Requests sent once more to a back end.", |c| &c.upstream_retries),
    counter("stagegate_upstream_guarded_total", "Connections refused for their address.", |c| &c.upstream_guarded),
    counter("stagegate_api_key_refused_total", "Requests without an API key that lets them in.", |c| {
        &c.api_key_refused
    }),
    counter("stagegate_throttled_total", "Requests refused by a rate.", |c| &c.throttled),
    counter("stagegate_quota_exceeded_total", "Requests refused by a quota.", |c| &c.quota_exceeded),
    counter("stagegate_quota_unchecked_total", "Requests refused for a quota that was not recorded in time.", |c| {
        &c.quota_unchecked
    }),
    counter("stagegate_traces_total", "Requests that were traced.", |c| &c.traces),
    counter("stagegate_traces_dropped_total", "Traces that were lost before they could be sent.", |c| {
        &c.traces_dropped
    }),
    counter("stagegate_access_log_dropped_total", "Access-log lines that were lost.", |c| &c.access_log_dropped),
    counter("stagegate_execution_log_dropped_total", "Execution-log lines that were lost.", |c| {
        &c.execution_log_dropped
    }),
    counter("stagegate_function_log_dropped_total", "Lines of functions' logs that were lost.", |c| {
        &c.function_log_dropped
    }),
];

impl CounterRow {
    fn metric(&self, counters: Arc<Counters>) -> ProcessMetric {
        let value = self.value;
        ProcessMetric {
            name: self.name,
            help: self.help,
            is_counter: self.is_counter,
            value: Box::new(move || value(&counters).load(Relaxed)),
        }
    }
}

/// The keys of issuers, fetched through a connector like the gateway's own on the runtime that this is called on.
fn keys(settings: &Settings, config: &GatewayConfig, counters: Arc<Counters>) -> io::Result<Arc<dyn KeySource>> {
    let fetcher = jwks::fetcher(Arc::new(Outbound::new(config, counters)?), &settings.quotas);
    let timeouts = FetchTimeouts::of(&settings.quotas);
    Ok(Arc::new(Jwks::new(settings.tokens.clone(), fetcher, timeouts, Handle::current())))
}

/// The gateway's settings. `guarded` are our own ports, which no integration may reach.
fn config(
    settings: &Settings,
    guarded: &[SocketAddr],
    Calls { functions, signers, admission, traces, .. }: Calls,
) -> GatewayConfig {
    let Admission { limiter, quotas, sealer, .. } = admission;
    let quota = |name: &str| settings.quotas.value_of(name).expect("the quota is in the table");
    // The control and status ports have `control_connections_max` each.
    let others = settings.control_connections_max.saturating_mul(2);
    let connections = descriptors::fitting(settings.connections_max, others, descriptors::raise_limit());
    let buffered_bytes = settings.buffered_bytes_max.unwrap_or_else(|| memory::available_bytes() / BUFFERED_PART);
    let cores = settings.cores.map_or_else(all_cores, size);
    GatewayConfig {
        listen: settings.gateway,
        tls: TlsConfig { listen: settings.tls.listen, mutual_is_terminated: settings.tls.mutual_is_terminated },
        cores,
        suffix: settings.suffix.clone(),
        limits: RequestLimits {
            head_bytes: size(quota("rest_headers_total_bytes")),
            header_fields: size(settings.headers_max),
            payload_bytes: quota("rest_payload_bytes"),
            buffer_bytes: size(settings.buffer_bytes),
            cached_response_bytes: size(quota("rest_cached_response_bytes")),
            response_head_bytes: size(settings.upstream_head_bytes),
            response_header_fields: size(settings.upstream_headers_max),
        },
        timeouts: Timeouts {
            head: Duration::from_millis(settings.head_timeout_ms),
            body_progress: Duration::from_millis(settings.body_timeout_ms),
            idle: Duration::from_millis(settings.idle_timeout_ms),
            write: Duration::from_millis(settings.write_timeout_ms),
            request_hold: Duration::from_millis(settings.request_hold_ms),
            stream_idle: Duration::from_millis(settings.stream_idle_timeout_ms),
            drain: Duration::from_millis(settings.drain_timeout_ms),
        },
        budgets: BudgetLimits {
            connections: size(connections),
            requests_in_flight: size(settings.requests_max),
            buffered_bytes: size(buffered_bytes),
        },
        upstream: UpstreamLimits {
            idle: Duration::from_millis(settings.upstream_idle_timeout_ms),
            idle_per_origin: size(settings.upstream_idle_connections_max),
            connect: Duration::from_millis(settings.upstream_connect_timeout_ms),
        },
        explain: None,
        guarded: guarded.to_vec(),
        invoker: Some(functions),
        aws: AwsConfig { endpoints: settings.aws.places(), credentials: Some(signers) },
        tokens: TokenConfig {
            keys: None,
            leeway_s: settings.tokens.leeway_s,
            cache_entries: size(settings.tokens.cache_entries) / cores,
            cache_bytes: size(settings.tokens.cache_bytes) / cores,
        },
        admission: Some(stagegate_gateway::Admission {
            limiter,
            quotas,
            sealer,
            shows_rates: settings.rate_limit_headers,
        }),
        private: private::start(&settings.vpc_links),
        network: settings.network.clone(),
        traces,
        authorizers: AuthorizerLimits {
            cache_entries: size(settings.authorizer_cache_entries_max),
            cache_bytes: size(settings.authorizer_cache_bytes_max),
            concurrency: size(settings.authorizer_calls_max),
            deadline: Duration::from_millis(settings.authorizer_timeout_ms),
            ..AuthorizerLimits::default()
        },
    }
}

fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
