//! Starting and stopping the gateway: one thread, runtime, listener and pool per core.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use stagegate_plan::Snapshot;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;

use crate::accept::{Budgets, Way, accept, bind};
use crate::authorize::{Decisions, Places};
use crate::cache::CacheRoom;
use crate::config::GatewayConfig;
use crate::core::{Core, CoreParts};
use crate::integrate::{Connector, Pool, SWEEP};
use crate::observe::{AccessLog, AccessLogSender, Counters};
use crate::outbound::Outbound;
use crate::rehearse::{RehearsalSender, RehearsalThread};

/// How often a core hands its access log over and looks at the crowd before its door.
const LOG_TICK: Duration = Duration::from_millis(100);

/// How long the end of a core waits for names that are being looked up.
const LOOK_UP_LIMIT: Duration = Duration::from_millis(100);

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    counters: Arc<Counters>,
    decisions: Arc<Decisions>,
    outbound: Arc<Outbound>,
    drain: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    rehearsals: RehearsalThread,
}

impl Gateway {
    /// Binds the address on every core and serves the snapshot, whichever is newest when a request arrives.
    ///
    /// # Errors
    /// The address cannot be bound, or a thread or runtime cannot be made.
    pub fn start(config: GatewayConfig, snapshot: &Arc<ArcSwap<Snapshot>>, log: &AccessLogSender) -> io::Result<Self> {
        let counters = Arc::clone(&log.counters);
        let (address, plain) = bind_all(config.listen, config.cores)?;
        let (tls_address, mut encrypted) = match config.tls.listen {
            Some(listen) => bind_all(listen, config.cores).map(|(address, all)| (Some(address), all))?,
            None => (None, Vec::new()),
        };
        let outbound = Arc::new(Outbound::new(&config, Arc::clone(&counters))?);
        let config = Arc::new(config);
        let (decisions, places) = (Decisions::of(&config.authorizers), Places::new(config.authorizers.concurrency));
        let cache = CacheRoom::new()?;
        let budgets = Budgets::new(config.budgets.clone(), Arc::clone(&counters));
        let parts = |number| -> io::Result<CoreParts> {
            Ok(CoreParts {
                number,
                config: Arc::clone(&config),
                port: address.port(),
                tls_port: tls_address.map_or(0, |address| address.port()),
                snapshot: Arc::clone(snapshot),
                budgets: Arc::clone(&budgets),
                counters: Arc::clone(&counters),
                access_log: AccessLog::new(log.clone()),
                decisions: Arc::clone(&decisions),
                places: Arc::clone(&places),
                cache: cache.clone(),
                pool: Pool::new(
                    Connector::new(&config, Arc::clone(&counters))?,
                    config.upstream.clone(),
                    config.private.clone(),
                ),
            })
        };
        let (drain, draining) = watch::channel(false);
        let mut threads = Vec::new();
        for (index, listener) in plain.into_iter().enumerate() {
            let listeners = Listeners { plain: listener, tls: encrypted.pop() };
            let (parts, draining) = (parts(index)?, draining.clone());
            let thread = std::thread::Builder::new().name(format!("gateway-{index}"));
            threads.push(thread.spawn(move || {
                if let Err(error) = run(parts, listeners, draining) {
                    tracing::error!(%error, core = index, "a core of the gateway ended");
                }
            })?);
        }
        let rehearsals = RehearsalThread::start(parts(threads.len())?, draining)?;
        Ok(Self { address, tls_address, counters, decisions, outbound, drain, threads, rehearsals })
    }

    /// The way out for others in this process.
    pub fn outbound(&self) -> Arc<Outbound> {
        Arc::clone(&self.outbound)
    }

    /// The way to try methods out, apart from all traffic.
    pub fn rehearsals(&self) -> RehearsalSender {
        self.rehearsals.sender()
    }

    /// The address that is served, with the port the system chose if it was 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that is served with TLS.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// Counters of the whole process.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// How many decisions of Lambda authorizers are remembered, shared with whoever shows it.
    pub fn remembered_decisions(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let decisions = Arc::clone(&self.decisions);
        move || decisions.count()
    }

    /// Stops accepting, lets running requests finish within the drain limit, and ends. Blocks: call it from a thread that may.
    pub fn drain(self) {
        self.drain.send_replace(true);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a core of the gateway ended abnormally");
            }
        }
        self.rehearsals.join();
    }
}

/// The listening sockets of one core.
struct Listeners {
    plain: TcpListener,
    tls: Option<TcpListener>,
}

/// A socket for each core, all at one address.
fn bind_all(listen: SocketAddr, cores: usize) -> io::Result<(SocketAddr, Vec<TcpListener>)> {
    let first = bind(listen)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..cores.max(1) {
        listeners.push(bind(address)?);
    }
    Ok((address, listeners))
}

/// One core, from its first connection to its last.
fn run(parts: CoreParts, listeners: Listeners, draining: watch::Receiver<bool>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let ended = runtime.block_on(async move {
        let limit = parts.config.timeouts.drain;
        let core = Rc::new(Core::new(parts));
        let ticks = tokio::task::spawn_local(tick(Rc::clone(&core)));
        let forgetting = (core.number == 0).then(|| tokio::task::spawn_local(forget(Rc::clone(&core))));
        let encrypted = async {
            match listeners.tls {
                Some(listener) => accept(&core, Way::Tls, listener, draining.clone()).await,
                None => Ok(()),
            }
        };
        tokio::try_join!(accept(&core, Way::Plain, listeners.plain, draining.clone()), encrypted)?;
        core.draining.set(true);
        core.connections.wake_all();
        if tokio::time::timeout(limit, core.connections.all_closed()).await.is_err() {
            tracing::warn!("requests still ran when the drain limit passed; their connections are closed");
        }
        ticks.abort();
        if let Some(forgetting) = forgetting {
            forgetting.abort();
        }
        core.access_log.flush();
        Ok(())
    });
    // A name that is still being looked up must not hold the end up.
    runtime.shutdown_timeout(LOOK_UP_LIMIT);
    ended
}

/// Lets the process forget decisions from time to time, on a thread that serves no requests.
async fn forget(core: Rc<Core>) {
    let mut sweep = tokio::time::interval(core.config.authorizers.sweep);
    loop {
        sweep.tick().await;
        let (decisions, snapshot) = (Arc::clone(&core.decisions), core.snapshot());
        // One that panicked is told of by its panic, and the next one begins anew.
        let _ = tokio::task::spawn_blocking(move || decisions.sweep(&snapshot)).await;
    }
}

/// What a core does from time to time.
async fn tick(core: Rc<Core>) {
    let mut log = tokio::time::interval(LOG_TICK);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _at = log.tick() => {
                core.access_log.flush();
                core.crowd.tick();
                // A core without requests holds on to nothing that is no longer served.
                core.snapshot();
            }
            _at = sweep.tick() => core.pool.sweep(),
        }
    }
}
