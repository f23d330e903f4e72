//! The function hosts of this process: one for each account and region that has functions, since a function's environment
//! names its region.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stagegate_lambda::{FunctionHost, HostConfig};
use stagegate_model::domain::Scope;

use super::host::configuration;
use super::logs::FunctionLogs;
use crate::config::Settings;

/// The most regions with functions; each has threads of its own.
const HOSTS_MAX: usize = 40;

/// The hosts, made when they are first needed.
pub(crate) struct Hosts {
    settings: Settings,
    home: Scope,
    logs: Arc<FunctionLogs>,
    started: Mutex<BTreeMap<Scope, Arc<FunctionHost>>>,
}

/// Why a region has no host.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HostError {
    /// There are as many as there may be.
    #[error("functions are in {HOSTS_MAX} regions already; there can be no more")]
    TooMany,
    /// It did not start.
    #[error("the function host cannot be started: {0}")]
    Start(String),
}

impl Hosts {
    /// No hosts yet. The functions of the configuration live in the region of the settings.
    pub(super) fn new(settings: &Settings, home: Scope, logs: Arc<FunctionLogs>) -> Self {
        Self { settings: settings.clone(), home, logs, started: Mutex::default() }
    }

    /// Where the functions of the configuration live.
    pub(super) fn home(&self) -> &Scope {
        &self.home
    }

    /// The host of an account and region.
    pub(super) fn at(&self, scope: &Scope) -> Result<Arc<FunctionHost>, HostError> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = started.get(scope) {
            return Ok(Arc::clone(host));
        }
        if started.len() >= HOSTS_MAX {
            return Err(HostError::TooMany);
        }
        let host = self.start(scope).map_err(HostError::Start)?;
        started.insert(scope.clone(), Arc::clone(&host));
        Ok(host)
    }

    fn start(&self, scope: &Scope) -> Result<Arc<FunctionHost>, String> {
        let own =
            if *scope == self.home { PathBuf::new() } else { format!("{}-{}", scope.account, scope.region).into() };
        let base = configuration(&self.settings).map_err(|error| error.to_string())?;
        let config = HostConfig {
            region: scope.region.clone(),
            account_id: scope.account.clone(),
            log_sink: Some(self.logs.of(scope)),
            directory: base.directory.join(own),
            ..base
        };
        FunctionHost::start(config).map_err(|error| error.to_string())
    }

    /// Takes no more invocations, and waits up to `grace` for those that run.
    pub(crate) async fn stop(&self, grace: Duration) {
        let hosts: Vec<Arc<FunctionHost>> = {
            let started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
            started.values().cloned().collect()
        };
        let stopping: Vec<_> =
            hosts.into_iter().map(|host| tokio::spawn(async move { host.stop(grace).await })).collect();
        for one in stopping {
            // A task that panicked has nothing left to stop.
            let _ = one.await;
        }
        let logs = Arc::clone(&self.logs);
        if tokio::task::spawn_blocking(move || logs.close()).await.is_err() {
            tracing::error!("the writer of functions' logs ended abnormally");
        }
    }
}
