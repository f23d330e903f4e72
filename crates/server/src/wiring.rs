//! Wiring: the one place that names concrete engines and puts the planes together.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_control::{ControlConfig, ControlPlane, Ports, Quotas as ControlQuotas};
use stagegate_gateway::ExplainKey;
use stagegate_plan::Snapshot;
use stagegate_seal::Sealer;
use stagegate_sigv4::Credentials;
use stagegate_state::Quotas;
use stagegate_store::Store;
use stagegate_store_sql::SqliteStore;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::access_key_uses::Writer;
use crate::admission;
use crate::aws::Signers;
use crate::config::Settings;
use crate::control_listener::ControlPort;
use crate::discovery::OutboundDiscovery;
use crate::feed::{Admission, Feed, Identities, Reports, StageSettings};
use crate::functions::{self, ControlFunctions, Directory, Functions, Hosts, LocalFunctions};
use crate::gateway_port::{Calls, GatewayPort};
use crate::greeting::Addresses;
use crate::guard::Guard;
use crate::identities::{self, Published};
use crate::jwks::{self, FetchTimeouts};
use crate::listener::{self, Answer};
use crate::logs::Logs;
use crate::private;
use crate::progress::Progress;
use crate::rehearsal::GatewayRehearsal;
use crate::response_caches;
use crate::served::Served;
use crate::shutdown::{Stop, Stopper, channel};
use crate::status::{Readiness, Status};
use crate::telemetry::Telemetry;
use crate::tls::Certificates;

/// What a control call may carry besides a definition: names, headers, JSON around it.
const BODY_SLACK_BYTES: usize = 64 * 1024;

/// Everything that runs.
pub(crate) struct Running {
    /// Where everything listens.
    pub(crate) addresses: Addresses,
    /// What is served, in words.
    pub(crate) served: Arc<Served>,
    /// Whether the process takes traffic.
    pub(crate) readiness: Readiness,
    gateway: GatewayPort,
    tasks: Tasks,
    stopper: Stopper,
    hosts: Arc<Hosts>,
    quotas: Arc<dyn Quotas>,
    store: Arc<SqliteStore>,
    telemetry: Telemetry,
}

/// What runs beside the gateway, on the runtime of the control plane.
struct Tasks {
    listeners: [JoinHandle<()>; 2],
    feed: JoinHandle<()>,
    access_key_uses: Writer,
}

/// The sockets of the two ports that hyper serves.
struct Sockets {
    control: TcpListener,
    status: TcpListener,
}

/// Binds, loads, compiles, publishes and starts to serve.
pub(crate) async fn start(
    settings: &Settings,
    credentials: &Credentials,
    sealer: Arc<Sealer>,
    database: &Path,
) -> Result<Running, Report> {
    let sockets =
        Sockets { control: bind(settings.control, "control").await?, status: bind(settings.status, "status").await? };
    let control = sockets.control.local_addr().into_diagnostic()?;
    let status = sockets.status.local_addr().into_diagnostic()?;
    let opened = Arc::new(SqliteStore::open(database).await.into_diagnostic()?);
    let store: Arc<dyn Store> = Arc::<SqliteStore>::clone(&opened);
    let snapshot: Arc<ArcSwap<Snapshot>> = Arc::default();
    let reports = Reports::default();
    let certificates = certificates(settings)?;
    let stages = StageSettings {
        private_targets: private::names(&settings.vpc_links),
        sticky_canaries: settings.sticky_canaries.clone(),
        caches: response_caches::start(settings),
    };
    let identities = identities::of_settings(settings, credentials, Arc::clone(&sealer))?;
    let admission = admission::start(settings, Arc::clone(&sealer), database)?;
    let quotas = Arc::clone(&admission.quotas);
    let feed =
        load(&store, &snapshot, &reports, (stages.into(), certificates.clone(), identities, admission.clone())).await?;
    let signers = Arc::new(Signers::new(&settings.aws, credentials).into_diagnostic()?);
    let (telemetry, traces) = Telemetry::start(settings, &snapshot, &signers)?;
    let (hosts, local) = start_functions(settings, &store, &telemetry.logs).await?;
    let functions = Functions::new(settings.lambda_endpoints.clone(), Arc::clone(&local), Arc::clone(&signers));
    let functions = Arc::new(functions.into_diagnostic()?);
    let explain = settings.explain.then(ExplainKey::random).transpose().into_diagnostic()?.map(Arc::new);
    let calls = Calls { functions, signers, admission, traces, logs: Arc::clone(&telemetry.logs) };
    let gateway = GatewayPort::start(settings, &snapshot, &[control, status], calls, explain.clone())?;
    let served = Arc::new(Served {
        reports,
        credentials: credentials.clone(),
        settings: settings.clone(),
        gateway_port: gateway.address().port(),
        explain,
    });
    let readiness = Readiness::default();
    let (stopper, stop) = channel();
    let published = Published(Arc::clone(&snapshot));
    let process = gateway.metrics().into_iter().chain(telemetry.process_metrics()).collect();
    let status_port =
        Status { readiness: readiness.clone(), snapshot, collector: telemetry.metrics.collector(), process };
    let plane = ControlPlane::new(
        control_config(settings, gateway.address().port()),
        store,
        Ports {
            functions: Arc::new(ControlFunctions::new(local)),
            log_events: Arc::new(telemetry.logs.port()),
            usage: Arc::clone(&quotas),
            metrics: telemetry.metrics.port(),
            ..ports(settings, published, sealer, &gateway, certificates)
        },
    );
    let access_key_uses = Writer::start(plane.access_key_uses());
    let control_port = ControlPort {
        plane,
        guard: Guard::new(control, &settings.trusted_hosts),
        served: Arc::clone(&served),
        follower: feed.follower(),
        body_limit_bytes: settings.import_limit_bytes().saturating_add(BODY_SLACK_BYTES),
    };
    let connections_max = usize::try_from(settings.control_connections_max).unwrap_or(usize::MAX);
    let listeners = [
        spawn(sockets.control, connections_max, control_port, &stop),
        spawn(sockets.status, connections_max, status_port, &stop),
    ];
    let tasks = Tasks { listeners, feed: tokio::spawn(feed.run()), access_key_uses };
    let addresses = Addresses { gateway: gateway.address(), tls: gateway.tls_address(), control, status };
    Ok(Running { addresses, served, readiness, gateway, tasks, stopper, hosts, quotas, store: opened, telemetry })
}

/// The hosts of functions, and the functions that they run.
async fn start_functions(
    settings: &Settings,
    store: &Arc<dyn Store>,
    logs: &Arc<Logs>,
) -> Result<(Arc<Hosts>, Arc<LocalFunctions>), Report> {
    let hosts = functions::start_hosts(settings, logs).await?;
    let directory = Directory::load(Arc::clone(store), Arc::clone(&hosts)).await.into_diagnostic()?;
    let local = Arc::new(LocalFunctions::new(settings, Arc::clone(&hosts), directory));
    Ok((hosts, local))
}

impl Running {
    /// Stops accepting and lets running requests finish; false if control calls had to be cut off.
    pub(crate) async fn drain(self, limit: Duration) -> bool {
        self.readiness.set(false);
        self.stopper.stop();
        let Tasks { listeners, feed, access_key_uses } = self.tasks;
        let finished = async {
            for listener in listeners {
                // A listener that panicked has nothing left to drain.
                let _ = listener.await;
            }
        };
        let ((), finished) = tokio::join!(self.gateway.drain(), tokio::time::timeout(limit, finished));
        access_key_uses.stop().await;
        self.hosts.stop(limit).await;
        self.telemetry.close().await;
        feed.abort();
        // An aborted task ends with an error, and lets go of the store.
        let _ = feed.await;
        let quotas = self.quotas;
        if tokio::task::spawn_blocking(move || quotas.stop()).await.is_err() {
            tracing::error!("unused leases of quotas were not returned");
        }
        if let Some(store) = Arc::into_inner(self.store) {
            store.close().await;
        } else {
            tracing::debug!("the store is left open: calls that were cut off hold it");
        }
        finished.is_ok()
    }
}

async fn bind(address: SocketAddr, name: &str) -> Result<TcpListener, Report> {
    TcpListener::bind(address)
        .await
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot listen on {address}, the address of --{name}"))
}

/// What the feed needs besides the store: settings of stages, certificates, identities, and what counts.
type Surroundings = (Arc<StageSettings>, Option<Arc<Certificates>>, Identities, Admission);

async fn load(
    store: &Arc<dyn Store>,
    snapshot: &Arc<ArcSwap<Snapshot>>,
    reports: &Reports,
    (stages, certificates, identities, admission): Surroundings,
) -> Result<Feed, Report> {
    let progress = Progress::start();
    progress.step("compiling the APIs");
    let (store, snapshot) = (Arc::clone(store), Arc::clone(snapshot));
    let feed = Feed::start(store, snapshot, reports.clone(), stages, certificates, identities, admission);
    feed.await.into_diagnostic()
}

/// Certificates and truststores, where something listens for TLS.
fn certificates(settings: &Settings) -> Result<Option<Arc<Certificates>>, Report> {
    if settings.tls.listen.is_none() {
        return Ok(None);
    }
    let regions = if settings.regions.is_empty() { std::slice::from_ref(&settings.region) } else { &settings.regions };
    let services = ["execute-api", "lambda-url"];
    let of = |region: &String| services.map(|service| format!("*.{service}.{region}.{}", settings.suffix));
    let hosts = regions.iter().flat_map(of);
    let hosts: Vec<String> = hosts.chain(["localhost".to_owned()]).collect();
    Certificates::load(&settings.tls, &hosts).map(Some)
}

fn spawn<A: Answer>(listener: TcpListener, connections_max: usize, answer: A, stop: &Stop) -> JoinHandle<()> {
    tokio::spawn(listener::serve(listener, connections_max, Arc::new(answer), stop.clone()))
}

fn control_config(settings: &Settings, gateway_port: u16) -> ControlConfig {
    let regions = (!settings.regions.is_empty()).then(|| settings.regions.iter().cloned().collect());
    let set = settings.quotas.set_ones().map(|(name, value)| (name.to_owned(), value)).collect();
    let api_url = settings.api_url("{id}", "{region}", gateway_port);
    let quotas = ControlQuotas { set, aws: settings.aws_quotas };
    let function_url = settings.function_url(gateway_port);
    ControlConfig { regions, quotas, api_url, function_url, ..ControlConfig::default() }
}

/// Who signs is in the published snapshot. Methods are tried out, and issuers looked up, through the gateway.
fn ports(
    settings: &Settings,
    published: Published,
    sealer: Arc<Sealer>,
    gateway: &GatewayPort,
    certificates: Option<Arc<Certificates>>,
) -> Ports {
    let mut ports = Ports::new(Arc::new(published.clone()));
    ports.data_plane = Arc::new(published);
    ports.sealer = sealer;
    ports.rehearsal = Arc::new(GatewayRehearsal::new(gateway.rehearsals()));
    if let Some(certificates) = certificates {
        ports.truststores = certificates;
    }
    if settings.discover_issuers {
        ports.discovery = Arc::new(OutboundDiscovery::new(
            jwks::fetcher(gateway.outbound(), &settings.quotas),
            FetchTimeouts::of(&settings.quotas).discovery,
        ));
    }
    ports
}
