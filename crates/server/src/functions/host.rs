//! Starting the function host with the functions of the configuration.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use miette::{IntoDiagnostic as _, Report, WrapErr as _};
use stagegate_lambda::{FunctionHost, FunctionSpec, HostConfig, Launcher, launcher};
use stagegate_model::domain::Scope;

use super::hosts::Hosts;
use super::logs::FunctionLogs;
use crate::config::Settings;
use crate::logs::Logs;

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
pub(crate) async fn start(settings: &Settings, logs: &Arc<Logs>) -> Result<Arc<Hosts>, Report> {
    let home = Scope::new(&settings.account_id, &settings.region)
        .ok_or_else(|| miette::miette!("the account and the region of the settings are none"))?;
    let logs = FunctionLogs::start(logs).into_diagnostic();
    let logs = logs.wrap_err("the writer of functions' logs cannot be started")?;
    let hosts = Arc::new(Hosts::new(settings, home, logs));
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
    let host = HostConfig::new(directory, launcher);
    let limits = settings.function_limits.applied(host.limits.clone());
    Ok(HostConfig { limits, ..host })
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
