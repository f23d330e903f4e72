//! Cold start: a process of its own group, with a Runtime API of its own, until it asks for its first event.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::OwnedSemaphorePermit;

use super::environment::environment;
use super::{Prepared, Process, Sandbox};
use crate::clients::Clients;
use crate::config::HostConfig;
use crate::exchange::{Exchange, InitError};
use crate::function::SpecError;
use crate::identifiers;
use crate::launcher::ProcessLimits;
use crate::logs::{SandboxLog, Status, init_report, stream_name};
use crate::resources::Resources;
use crate::runtime_api::{RuntimeApi, serve};
use crate::verdict;

/// Addresses that are tried before the host gives up.
const BIND_ATTEMPTS: usize = 8;
/// Seconds of CPU time on top of what an invocation's time allows.
const CPU_SLACK_SECONDS: u64 = 2;

/// Why a process did not get to its first event.
#[derive(Debug)]
pub(crate) enum InitFailure {
    /// There is no `bootstrap`.
    NoEntrypoint,
    /// There is no interpreter.
    NoInterpreter(SpecError),
    /// It said so itself.
    Reported(InitError),
    /// It exited.
    Exited(ExitStatus),
    /// It took too long.
    TimedOut,
    /// The host could not start it.
    Host(io::Error),
}

/// Starts a process and waits until it asks for its first event.
pub(crate) async fn start(
    function: &Prepared,
    resources: &Resources,
    slot: OwnedSemaphorePermit,
    limit: Duration,
) -> Result<Sandbox, InitFailure> {
    let (config, clients) = (&resources.config, &resources.clients);
    let program = function.program(&resources.interpreters).await?;
    let began = Instant::now();
    let (listener, address) = listen().await.map_err(InitFailure::Host)?;
    let log_stream = stream_name(&function.log);
    let child = spawn((function, &program), config, clients, address, &log_stream);
    let (child, output) = child.map_err(InitFailure::Host)?;
    let log = Arc::new(SandboxLog::new(Arc::clone(&function.log), log_stream, output));
    let (exchange, started) = Exchange::new();
    let exchange = Arc::new(exchange);
    let gone = || InitFailure::Host(io::Error::other("the process has no number"));
    let process = Process::watch(child).ok_or_else(gone)?;
    log.init_start(&function.spec.runtime.to_string());
    let mut sandbox = Sandbox {
        exchange: Arc::clone(&exchange),
        log: Arc::clone(&log),
        process,
        init: Duration::ZERO,
        is_warm: AtomicBool::new(false),
        max_memory_mb: AtomicU64::new(0),
        idle_since: Mutex::new(began),
        memory_looked: Mutex::new(None),
        cpu_refreshed: Mutex::new(None),
        tasks: Vec::new(),
        _slot: slot,
    };
    let api = RuntimeApi {
        exchange,
        response_bytes: config.limits.response_bytes,
        streamed_response_bytes: config.limits.streamed_response_bytes,
        connections: config.limits.connections_per_process,
    };
    sandbox.tasks.push(tokio::spawn(async move { log.pump().await }));
    sandbox.tasks.push(tokio::spawn(serve(Arc::new(api), listener)));
    let failure = tokio::select! {
        biased;
        word = started => match word {
            Ok(Ok(())) => {
                sandbox.init = began.elapsed();
                return Ok(sandbox);
            }
            Ok(Err(error)) => InitFailure::Reported(error),
            Err(_) => InitFailure::Host(io::Error::other("the host is stopping")),
        },
        status = sandbox.process.exited() => InitFailure::Exited(status),
        () = tokio::time::sleep(limit) => InitFailure::TimedOut,
    };
    say_failure(&sandbox, &failure, began.elapsed());
    Err(failure)
}

fn say_failure(sandbox: &Sandbox, failure: &InitFailure, duration: Duration) {
    let (message, status) = match failure {
        InitFailure::Exited(status) => (Some(verdict::exit_message(*status)), Status::Error(verdict::EXIT)),
        InitFailure::TimedOut => (None, Status::Timeout),
        InitFailure::Reported(_) | InitFailure::NoEntrypoint | InitFailure::NoInterpreter(_) | InitFailure::Host(_) => {
            (None, Status::Error("Runtime.Unknown"))
        }
    };
    sandbox.log.init_failed(message.as_deref(), &init_report(duration, status));
}

/// A listener on an address that no other function can guess.
async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let mut last = io::Error::other("no address was tried");
    for _ in 0..BIND_ATTEMPTS {
        match TcpListener::bind((identifiers::loopback(), 0)).await {
            Ok(listener) => {
                let address = listener.local_addr()?;
                return Ok((listener, address));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn spawn(
    (function, program): (&Prepared, &Path),
    config: &HostConfig,
    clients: &Clients,
    address: SocketAddr,
    log_stream: &str,
) -> io::Result<(Child, pipe::Receiver)> {
    let (reader, writer) = io::pipe()?;
    let environment = environment(function, &config.region, clients.directory(), address, log_stream);
    let mut command = Command::new(&config.launcher.program);
    command
        .args(&config.launcher.arguments)
        .args(limits(function, config).arguments())
        .arg(program)
        .args(&function.arguments)
        .env_clear()
        .envs(environment)
        .current_dir(&function.task_root)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .kill_on_drop(true);
    let child = command.spawn()?;
    Ok((child, pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?))
}

fn limits(function: &Prepared, config: &HostConfig) -> ProcessLimits {
    let megabytes = function.spec.memory_mb + config.limits.memory_reserve_mb;
    let init_seconds = config.limits.init_timeout_ms.div_ceil(1_000);
    ProcessLimits {
        data_bytes: megabytes * 1_048_576,
        cpu_seconds: cpu_seconds(function, config) + init_seconds * config.limits.cores_per_function,
        open_files: config.limits.open_files,
        file_bytes: config.limits.file_bytes,
    }
}

/// Seconds of CPU time for one invocation.
pub(crate) fn cpu_seconds(function: &Prepared, config: &HostConfig) -> u64 {
    function.spec.timeout_ms.div_ceil(1_000) * config.limits.cores_per_function + CPU_SLACK_SECONDS
}
