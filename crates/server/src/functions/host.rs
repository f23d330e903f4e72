//! Starting the function host with the functions of the configuration.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_lambda::{FunctionHost, FunctionSpec, HostConfig, Launcher, LogLine, LogSink, LogSource, launcher};
use stagegate_model::domain::Scope;

use super::hosts::Hosts;
use crate::config::Settings;

/// The hidden subcommand by which this binary becomes a function's process.
const LAUNCH: &str = "launch-function";

/// Becomes a function's process, if that is what this process was started for.
pub(crate) fn launch_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == LAUNCH) {
        let error = launcher::launch(arguments);
        eprintln!("{error}");
        std::process::exit(127);
    }
}

/// Starts what runs functions, with those of the configuration. Folders are watched: a file that changes is live with the
/// next invocation.
pub(crate) async fn start(settings: &Settings) -> Result<Arc<Hosts>, Report> {
    let home = Scope::new(&settings.account_id, &settings.region)
        .ok_or_else(|| miette::miette!("the account and the region of the settings are none"))?;
    let hosts = Arc::new(Hosts::new(settings, home));
    if !settings.functions.is_empty() {
        let host = hosts.at(hosts.home()).into_diagnostic()?;
        for spec in &settings.functions {
            put(&host, spec).await?;
        }
    }
    Ok(hosts)
}

/// What every host is started with.
pub(super) fn configuration(settings: &Settings) -> Result<HostConfig, Report> {
    let launcher = Launcher { program: this_program()?, arguments: vec![OsString::from(LAUNCH)] };
    let directory = absolute(&settings.data_dir)?.join("functions");
    Ok(HostConfig { log_sink: Some(Arc::new(ProcessLog)), ..HostConfig::new(directory, launcher) })
}

async fn put(host: &FunctionHost, spec: &FunctionSpec) -> Result<(), Report> {
    let name = &spec.id.name;
    host.put_and_watch(spec.clone()).await.into_diagnostic().wrap_err_with(|| format!("[functions.{name}] is refused"))
}

/// This very program, on Linux even if its file was replaced since.
fn this_program() -> Result<std::path::PathBuf, Report> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().into_diagnostic().wrap_err("this program cannot be found again")
}

fn absolute(path: &Path) -> Result<std::path::PathBuf, Report> {
    std::path::absolute(path).into_diagnostic().wrap_err_with(|| format!("{} is no path", path.display()))
}

/// Functions' log lines, among the process's own.
struct ProcessLog;

impl LogSink for ProcessLog {
    fn write(&self, line: &LogLine) {
        match line.source {
            LogSource::Function => tracing::info!(function = %line.function, "{}", line.text),
            LogSource::Fault => tracing::warn!(function = %line.function, "{}", line.text),
            // Three lines for each invocation.
            LogSource::Platform => tracing::debug!(function = %line.function, "{}", line.text),
        }
    }
}
