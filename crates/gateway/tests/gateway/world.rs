//! A gateway in this process, on a free port, with short limits in time.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use stagegate_gateway::{
    AuthorizerRehearsal, AuthorizerRehearsed, BudgetLimits, Counters, Gateway, GatewayConfig, LogBatch, LogFailure,
    LogSink, LogWriter, Rehearsal, RehearsalError, Rehearsed, RequestLimits, Timeouts, UpstreamLimits,
};
use stagegate_plan::{Snapshot, StagePlan};

use crate::functions::Functions;
use crate::plans::{Api, HOST};
use crate::wire::{Client, PATIENCE, Reply};

/// Writes logs to files named after their groups.
struct Files(PathBuf);

impl LogSink for Files {
    fn write(&mut self, batch: LogBatch) -> Result<(), LogFailure> {
        let group = batch.destination_arn.rsplit(':').next().expect("an ARN").replace('/', "_");
        let file = OpenOptions::new().create(true).append(true).open(self.0.join(format!("{group}.log")));
        file.and_then(|mut file| file.write_all(&batch.lines)).expect("written");
        Ok(())
    }
}

/// The running gateway.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) counters: Arc<Counters>,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    gateway: Option<Gateway>,
    writer: Option<LogWriter>,
    logs: tempfile::TempDir,
}

impl World {
    /// Serves an API.
    pub(crate) fn start(api: Api) -> Self {
        Self::with(api, |_| {})
    }

    /// Serves an API whose functions are these.
    pub(crate) fn invoking(api: Api, functions: Arc<Functions>) -> Self {
        Self::invoking_with(api, functions, |_| {})
    }

    /// How many decisions of authorizers it remembers.
    pub(crate) fn remembered_decisions(&self) -> usize {
        self.gateway.as_ref().map_or(0, |gateway| gateway.remembered_decisions()())
    }

    /// The same under changed settings.
    pub(crate) fn invoking_with(api: Api, functions: Arc<Functions>, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::with(api, |config| {
            config.invoker = Some(functions);
            change(config);
        })
    }

    /// Serves an API under changed settings.
    pub(crate) fn with(api: Api, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let mut config = config();
        change(&mut config);
        Self::run(api, config, None)
    }

    /// Serves an API whose logs go elsewhere.
    pub(crate) fn logging_to(api: Api, sink: Box<dyn LogSink>) -> Self {
        Self::run(api, config(), Some(sink))
    }

    fn run(api: Api, config: GatewayConfig, sink: Option<Box<dyn LogSink>>) -> Self {
        let logs = tempfile::tempdir().expect("a folder");
        let sink = sink.unwrap_or_else(|| Box::new(Files(logs.path().to_owned())));
        let counters = Arc::<Counters>::default();
        let (writer, sender) = LogWriter::start(sink, Arc::clone(&counters)).expect("a thread");
        let snapshot = Arc::new(ArcSwap::from_pointee(api.snapshot()));
        let gateway = Gateway::start(config, &snapshot, &sender).expect("a gateway");
        let address = gateway.address();
        Self { address, counters, snapshot, gateway: Some(gateway), writer: Some(writer), logs }
    }

    /// A new connection.
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends a request on a connection of its own; the Host is the API's.
    pub(crate) fn ask(&self, line: &str, fields: &str, body: impl AsRef<[u8]>) -> Reply {
        let mut client = self.client();
        client.send(request(line, fields)).send(body);
        client.reply_to(line.starts_with("HEAD"))
    }

    /// Sends a bare GET.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask(&format!("GET {path}"), "", "")
    }

    /// Starts a drain on a thread of its own.
    pub(crate) fn drain(&mut self) -> std::thread::JoinHandle<()> {
        let gateway = self.gateway.take().expect("a running gateway");
        std::thread::spawn(move || gateway.drain())
    }

    /// Stops the gateway and reads its access log.
    pub(crate) fn log(self) -> String {
        self.log_file("access.log")
    }

    /// Stops the gateway and reads the lines of its execution log.
    pub(crate) fn execution_log(self) -> Vec<String> {
        self.log_file("API-Gateway-Execution-Logs_api_s.log").lines().map(str::to_owned).collect()
    }

    /// Tries a method out.
    pub(crate) fn rehearse(&self, rehearsal: Rehearsal) -> Result<Rehearsed, RehearsalError> {
        let sender = self.gateway.as_ref().expect("a running gateway").rehearsals();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(sender.rehearse(rehearsal))
    }

    /// Tries an authorizer out.
    pub(crate) fn rehearse_authorizer(
        &self,
        rehearsal: AuthorizerRehearsal,
    ) -> Result<AuthorizerRehearsed, RehearsalError> {
        let sender = self.gateway.as_ref().expect("a running gateway").rehearsals();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(sender.rehearse_authorizer(rehearsal))
    }

    /// The stage that is served.
    pub(crate) fn stage(&self) -> Arc<StagePlan> {
        let snapshot = self.snapshot.load();
        Arc::clone(snapshot.api("api").and_then(|api| api.stage(b"s")).expect("the API's only stage"))
    }

    fn log_file(mut self, name: &str) -> String {
        self.stop();
        if let Some(writer) = self.writer.take() {
            writer.join();
        }
        let bytes = std::fs::read(self.logs.path().join(name)).unwrap_or_default();
        String::from_utf8(bytes).expect("UTF-8, whatever clients send")
    }

    fn stop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.drain();
        }
    }

    /// Waits until a counter has a value.
    pub(crate) fn wait_for(&self, counter: impl Fn(&Counters) -> &AtomicU64, value: u64) {
        let deadline = Instant::now() + PATIENCE;
        while counter(&self.counters).load(Relaxed) != value {
            assert!(Instant::now() < deadline, "{:?}", self.counters);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A request head.
pub(crate) fn request(line: &str, fields: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n")
}

fn config() -> GatewayConfig {
    GatewayConfig {
        explain: None,
        listen: "127.0.0.1:0".parse().expect("an address"),
        cores: 1,
        suffix: "localhost".into(),
        limits: RequestLimits::default(),
        timeouts: Timeouts { drain: Duration::from_secs(1), ..Timeouts::default() },
        budgets: BudgetLimits::default(),
        upstream: UpstreamLimits::default(),
        guarded: Vec::new(),
        invoker: None,
        aws: stagegate_gateway::AwsConfig::default(),
        admission: None,
        private: stagegate_gateway::PrivateLinks::default(),
        network: stagegate_gateway::NetworkConfig::default(),
        authorizers: stagegate_gateway::AuthorizerLimits::default(),
        tls: stagegate_gateway::TlsConfig::default(),
        tokens: stagegate_gateway::TokenConfig::default(),
        traces: None,
    }
}
