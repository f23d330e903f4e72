//! Wiring: the one place that names concrete engines and puts the planes together.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_control::{ControlConfig, ControlPlane, Ports, Quotas, RootKeyring, Users};
use stagegate_gateway::ExplainKey;
use stagegate_plan::Snapshot;
use stagegate_sigv4::Credentials;
use stagegate_store::Store;
use stagegate_store_sql::SqliteStore;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::aws::Signers;
use crate::config::Settings;
use crate::control_listener::ControlPort;
use crate::discovery::OutboundDiscovery;
use crate::feed::{Feed, Reports};
use crate::functions::{self, ControlFunctions, Directory, Functions, Hosts, LocalFunctions};
use crate::gateway_port::GatewayPort;
use crate::greeting::Addresses;
use crate::guard::Guard;
use crate::listener::{self, Answer};
use crate::private;
use crate::progress::Progress;
use crate::rehearsal::GatewayRehearsal;
use crate::served::Served;
use crate::shutdown::{Stop, Stopper, channel};
use crate::status::{Readiness, Status};

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
    listeners: [JoinHandle<()>; 2],
    feed: JoinHandle<()>,
    stopper: Stopper,
    hosts: Arc<Hosts>,
    store: Arc<SqliteStore>,
}

/// The sockets of the two ports that hyper serves.
struct Sockets {
    control: TcpListener,
    status: TcpListener,
}

/// Binds, loads, compiles, publishes and starts to serve.
pub(crate) async fn start(settings: &Settings, credentials: &Credentials, database: &Path) -> Result<Running, Report> {
    let sockets =
        Sockets { control: bind(settings.control, "control").await?, status: bind(settings.status, "status").await? };
    let control = sockets.control.local_addr().into_diagnostic()?;
    let status = sockets.status.local_addr().into_diagnostic()?;
    let opened = Arc::new(SqliteStore::open(database).await.into_diagnostic()?);
    let store: Arc<dyn Store> = Arc::<SqliteStore>::clone(&opened);
    let snapshot: Arc<ArcSwap<Snapshot>> = Arc::default();
    let reports = Reports::default();
    let feed = load(&store, &snapshot, &reports, private::names(&settings.vpc_links)).await?;
    let hosts = functions::start_hosts(settings).await?;
    let directory = Directory::load(Arc::clone(&store), Arc::clone(&hosts)).await.into_diagnostic()?;
    let local = Arc::new(LocalFunctions::new(settings, Arc::clone(&hosts), directory));
    let functions = Functions::new(settings.lambda_endpoints.clone(), Arc::clone(&local)).into_diagnostic()?;
    let functions = Arc::new(functions);
    let explain = settings.explain.then(ExplainKey::random).transpose().into_diagnostic()?.map(Arc::new);
    let signers = Arc::new(Signers::new(&settings.aws, credentials).into_diagnostic()?);
    let gateway = GatewayPort::start(settings, &snapshot, &[control, status], functions, signers, explain.clone())?;
    let served = Arc::new(Served {
        reports,
        credentials: credentials.clone(),
        settings: settings.clone(),
        gateway_port: gateway.address().port(),
        explain,
    });
    let readiness = Readiness::default();
    let (stopper, stop) = channel();
    let status_port = Status { readiness: readiness.clone(), snapshot, process: gateway.metrics() };
    let control_port = ControlPort {
        plane: ControlPlane::new(
            control_config(settings, gateway.address().port()),
            store,
            Ports { functions: Arc::new(ControlFunctions::new(local)), ..ports(settings, credentials, &gateway)? },
        ),
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
    let feed = tokio::spawn(feed.run());
    let addresses = Addresses { gateway: gateway.address(), control, status };
    Ok(Running { addresses, served, readiness, gateway, listeners, feed, stopper, hosts, store: opened })
}

impl Running {
    /// Stops accepting and lets running requests finish; false if control calls had to be cut off.
    pub(crate) async fn drain(self, limit: Duration) -> bool {
        self.readiness.set(false);
        self.stopper.stop();
        let finished = async {
            for listener in self.listeners {
                // A listener that panicked has nothing left to drain.
                let _ = listener.await;
            }
        };
        let ((), finished) = tokio::join!(self.gateway.drain(), tokio::time::timeout(limit, finished));
        self.hosts.stop(limit).await;
        self.feed.abort();
        // An aborted task ends with an error, and lets go of the store.
        let _ = self.feed.await;
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

async fn load(
    store: &Arc<dyn Store>,
    snapshot: &Arc<ArcSwap<Snapshot>>,
    reports: &Reports,
    targets: Arc<BTreeSet<Box<str>>>,
) -> Result<Feed, Report> {
    let progress = Progress::start();
    progress.step("compiling the APIs");
    Feed::start(Arc::clone(store), Arc::clone(snapshot), reports.clone(), targets).await.into_diagnostic()
}

fn spawn<A: Answer>(listener: TcpListener, connections_max: usize, answer: A, stop: &Stop) -> JoinHandle<()> {
    tokio::spawn(listener::serve(listener, connections_max, Arc::new(answer), stop.clone()))
}

fn control_config(settings: &Settings, gateway_port: u16) -> ControlConfig {
    let regions = (!settings.regions.is_empty()).then(|| settings.regions.iter().cloned().collect());
    let set = settings.quotas.set_ones().map(|(name, value)| (name.to_owned(), value)).collect();
    let api_url = settings.api_url("{id}", "{region}", gateway_port);
    let quotas = Quotas { set, aws: settings.aws_quotas };
    let function_url = settings.function_url(gateway_port);
    ControlConfig { regions, quotas, api_url, function_url, ..ControlConfig::default() }
}

/// Root and the users of the settings hold keys; what users may do is in their policies. Methods are tried out, and issuers
/// looked up, through the gateway.
fn ports(settings: &Settings, credentials: &Credentials, gateway: &GatewayPort) -> Result<Ports, Report> {
    let Credentials { access_key_id, secret, .. } = credentials.clone();
    if let Some(user) = settings.users.iter().find(|user| user.access_key_id == access_key_id) {
        return Err(miette::miette!("the user `{}` has the access key of the root credential", user.name));
    }
    let root = RootKeyring::new(&settings.account_id, access_key_id, secret);
    let users = Arc::new(Users::new(&settings.account_id, root, settings.users.iter().cloned()));
    let mut ports = Ports::new(Arc::<Users>::clone(&users));
    ports.permit = users;
    ports.rehearsal = Arc::new(GatewayRehearsal::new(gateway.rehearsals()));
    if settings.discover_issuers {
        ports.discovery = Arc::new(OutboundDiscovery::new(gateway.outbound(), &settings.quotas));
    }
    Ok(ports)
}
