//! A host for tests, and the functions beside them.
#![allow(
    dead_code,
    clippy::panic,
    clippy::struct_field_names,
    reason = "every test file uses a part of it; it is no production code"
)]

pub(crate) mod archive;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use stagegate_lambda::{
    CodeSource, FunctionHost, FunctionId, FunctionSpec, HostConfig, Invocation, Invoked, Launcher, Limits, LogLine,
    LogSink,
};
use tempfile::TempDir;

/// A host with its folder.
pub(crate) struct Host {
    /// The host.
    pub(crate) host: Arc<FunctionHost>,
    /// Its folder.
    pub(crate) folder: TempDir,
    /// What its functions have logged.
    pub(crate) lines: Arc<Lines>,
}

/// Collects lines.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<LogLine>>);

impl LogSink for Lines {
    fn write(&self, line: &LogLine) {
        self.0.lock().expect("nobody panicked").push(line.clone());
    }
}

impl Lines {
    /// Those of a function, oldest first.
    pub(crate) fn of(&self, name: &str) -> Vec<LogLine> {
        let lines = self.0.lock().expect("nobody panicked");
        lines.iter().filter(|line| line.function == FunctionId::latest(name)).cloned().collect()
    }
}

/// The functions beside the tests.
pub(crate) fn functions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/functions")
}

/// The launcher that the tests' build made.
pub(crate) fn launcher() -> Launcher {
    Launcher { program: env!("CARGO_BIN_EXE_stagegate-lambda-launch").into(), arguments: Vec::new() }
}

/// A host with limits changed.
pub(crate) fn host(change: impl FnOnce(&mut Limits)) -> Host {
    configured(|config| change(&mut config.limits))
}

/// A host with its configuration changed.
pub(crate) fn configured(change: impl FnOnce(&mut HostConfig)) -> Host {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = HostConfig::new(folder.path().join("lambda"), launcher());
    // Machines that build have other things to do.
    config.limits.init_timeout_ms = 60_000;
    let lines = Arc::<Lines>::default();
    config.log_sink = Some(Arc::<Lines>::clone(&lines));
    change(&mut config);
    Host { host: FunctionHost::start(config).expect("it starts"), folder, lines }
}

/// A function of the folder beside the tests, with time enough.
pub(crate) fn function(name: &str, runtime: &str, handler: &str) -> FunctionSpec {
    let runtime = runtime.parse().expect("a runtime");
    let mut spec = FunctionSpec::new(FunctionId::latest(name), runtime, handler, CodeSource::Dir(functions()));
    spec.timeout_ms = 30_000;
    spec
}

impl Host {
    /// A host with one function, which may be changed.
    pub(crate) async fn with(spec: FunctionSpec) -> Self {
        let host = host(|_| {});
        host.host.put(spec).await.expect("allowed");
        host
    }

    /// Invokes a function.
    pub(crate) async fn invoke(&self, name: &str, event: &str) -> Invoked {
        self.host.invoke(Invocation::new(FunctionId::latest(name), event.to_owned())).await.expect("it is reached")
    }

    /// Invokes a function that answers with JSON.
    pub(crate) async fn json(&self, name: &str, event: &str) -> Value {
        let invoked = self.invoke(name, event).await;
        assert_eq!(invoked.function_error, None, "{}", text(&invoked));
        parse(&invoked)
    }

    /// The lines of a function's log.
    pub(crate) fn log(&self, name: &str) -> Vec<String> {
        self.lines.of(name).iter().map(|line| line.text.to_string()).collect()
    }

    /// Waits until a line of a function's log satisfies a condition.
    pub(crate) async fn log_until(&self, name: &str, condition: impl Fn(&str) -> bool) -> Vec<String> {
        for _ in 0..500 {
            let lines = self.log(name);
            if lines.iter().any(|line| condition(line)) {
                return lines;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("no such line: {:#?}", self.log(name));
    }
}

/// A payload as text.
pub(crate) fn text(invoked: &Invoked) -> String {
    String::from_utf8_lossy(&invoked.payload).into_owned()
}

/// A payload as JSON.
pub(crate) fn parse(invoked: &Invoked) -> Value {
    serde_json::from_slice(&invoked.payload).unwrap_or_else(|error| panic!("{error}: {}", text(invoked)))
}

/// The type of a function error.
pub(crate) fn error_type(invoked: &Invoked) -> &str {
    invoked.function_error.as_ref().map_or("none", |error| error.error_type.as_str())
}
