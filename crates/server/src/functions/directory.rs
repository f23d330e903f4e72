//! The functions of the store as invocations find them: versions, aliases and resource policies, kept in step with the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use stagegate_lambda::{CodeSource, FunctionHost, FunctionId, FunctionSpec};
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, account_prefix, region_after};
use stagegate_model::lambda::{FunctionConfiguration, FunctionRow, FunctionVersion, LATEST};
use stagegate_policy::{Limits, Policy};
use stagegate_store::{ListQuery, Store, StoreError};
use tokio::sync::Mutex;

use super::hosts::Hosts;

/// Rows read at once.
const PAGE_ROWS: usize = 500;
/// What is accepted of a stored policy.
const POLICY: Limits = Limits { document_bytes: 20 * 1_024, statements: 200, values_per_list: 10 };
/// The version that stands for one that is tried out.
const TRIED: &str = "0";

/// A function of the store.
pub(super) struct Known {
    pub(super) row: FunctionRow,
    pub(super) host: Arc<FunctionHost>,
    /// By version or alias; the function's own by the empty text.
    policies: BTreeMap<String, Policy>,
}

impl Known {
    /// The policy for invocations by a qualifier.
    pub(super) fn policy(&self, qualifier: Option<&str>) -> Option<&Policy> {
        self.policies.get(qualifier.filter(|qualifier| *qualifier != LATEST).unwrap_or_default())
    }
}

/// What is known of the store's functions.
pub(crate) struct Directory {
    store: Arc<dyn Store>,
    hosts: Arc<Hosts>,
    known: RwLock<HashMap<(Scope, String), Arc<Known>>>,
    /// One change at a time, so that the last one that is stored is the one that stays.
    turn: Mutex<()>,
}

impl Directory {
    /// Reads every function of an account, and puts it on its host. One that does not run is logged and takes nothing else
    /// down.
    pub(crate) async fn load(store: Arc<dyn Store>, hosts: Arc<Hosts>) -> Result<Self, StoreError> {
        let directory = Self { store, hosts, known: RwLock::default(), turn: Mutex::default() };
        let account = directory.hosts.home().account.clone();
        let mut after = None;
        loop {
            let query = ListQuery { prefix: account_prefix(&account), after: after.take(), limit: 1 };
            let found = directory.store.list(query).await?;
            let Some((scope, behind)) = found.first().and_then(|row| region_after(&row.key)) else { break };
            directory.load_region(&scope).await?;
            after = Some(behind);
        }
        Ok(directory)
    }

    async fn load_region(&self, scope: &Scope) -> Result<(), StoreError> {
        let prefix = scope.nouns_prefix(AccountNoun::Function);
        let mut after = None;
        loop {
            let query = ListQuery { prefix: prefix.clone(), after: after.take(), limit: PAGE_ROWS };
            let rows = self.store.list(query).await?;
            for row in &rows {
                self.follow(scope, &row.key[prefix.len()..]).await;
            }
            after = rows.last().map(|row| row.key.clone());
            if rows.len() < PAGE_ROWS {
                return Ok(());
            }
        }
    }

    /// A function of the store.
    pub(super) fn find(&self, scope: &Scope, name: &str) -> Option<Arc<Known>> {
        self.read().get(&(scope.clone(), name.to_owned())).cloned()
    }

    /// Puts a version on its host under a number that no version has: whatever would keep it from running is found.
    pub(super) async fn try_out(&self, scope: &Scope, mut spec: FunctionSpec) -> Result<(), String> {
        let host = self.hosts.at(scope).map_err(|error| error.to_string())?;
        spec.id.version = TRIED.into();
        host.check_interpreter(&spec).await.map_err(|error| error.to_string())?;
        host.put(spec).await.map_err(|error| error.to_string())
    }

    /// Brings a function's versions on their host, and what is known of it, to what is stored.
    pub(super) async fn follow(&self, scope: &Scope, name: &str) {
        let _turn = self.turn.lock().await;
        if let Err(error) = self.apply(scope, name).await {
            tracing::error!(function = name, region = scope.region, %error, "a stored function is not served as it is stored");
        }
        if let Ok(host) = self.hosts.at(scope) {
            host.remove(&id(name, TRIED));
        }
    }

    async fn apply(&self, scope: &Scope, name: &str) -> Result<(), String> {
        let failed = |error: StoreError| error.to_string();
        let key = (scope.clone(), name.to_owned());
        let stored = self.store.get(&scope.noun(AccountNoun::Function, name).to_string()).await.map_err(failed)?;
        let before = self.find(scope, name);
        let Some(stored) = stored else {
            self.write().remove(&key);
            if let Some(before) = before {
                for version in before.row.all_versions() {
                    before.host.remove(&id(name, &version.configuration.version));
                }
            }
            return Ok(());
        };
        let row: FunctionRow = serde_json::from_slice(&stored.body).map_err(|error| error.to_string())?;
        let host = self.hosts.at(scope).map_err(|error| error.to_string())?;
        let refused = self.put_versions(&row, before.as_deref(), &host).await;
        for version in before.iter().flat_map(|before| before.row.all_versions()) {
            let number = &version.configuration.version;
            if row.version(number).is_none() {
                host.remove(&id(name, number));
            }
        }
        let policies = policies(&row);
        self.write().insert(key, Arc::new(Known { row, host, policies }));
        refused
    }

    /// Puts the versions that changed. One that is refused does not keep the others back.
    async fn put_versions(&self, row: &FunctionRow, before: Option<&Known>, host: &FunctionHost) -> Result<(), String> {
        let mut refused = Ok(());
        for version in row.all_versions() {
            let number = &version.configuration.version;
            let same = before.is_some_and(|before| {
                before.row.version(number) == Some(version)
                    && before.row.reserved_concurrency == row.reserved_concurrency
            });
            if same && host.has(&id(&version.configuration.function_name, number)) {
                continue;
            }
            if let Err(error) = self.put_version(version, row.reserved_concurrency, host).await {
                refused = Err(format!("version {number}: {error}"));
            }
        }
        refused
    }

    async fn put_version(
        &self,
        version: &FunctionVersion,
        reserved: Option<u32>,
        host: &FunctionHost,
    ) -> Result<(), String> {
        let archive = self.store.blob(&version.code).await.map_err(|error| error.to_string())?;
        let archive = archive.ok_or("its code is not in the store")?;
        let spec = spec(&version.configuration, CodeSource::Zip(archive), reserved)?;
        host.put(spec).await.map_err(|error| error.to_string())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<(Scope, String), Arc<Known>>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<(Scope, String), Arc<Known>>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function's version as the host knows it.
pub(super) fn id(name: &str, version: &str) -> FunctionId {
    FunctionId { name: name.into(), version: version.into() }
}

/// A version in the host's terms.
pub(super) fn spec(
    configuration: &FunctionConfiguration,
    code: CodeSource,
    reserved: Option<u32>,
) -> Result<FunctionSpec, String> {
    let runtime = configuration.runtime.parse().map_err(|error: stagegate_lambda::UnknownRuntime| error.to_string())?;
    let id = id(&configuration.function_name, &configuration.version);
    let variables = configuration.environment.iter().flat_map(|environment| environment.variables.clone());
    let mut spec = FunctionSpec::new(id, runtime, &configuration.handler, code);
    spec.environment = variables.collect();
    spec.timeout_ms = configuration.timeout.saturating_mul(1_000);
    spec.memory_mb = configuration.memory_size;
    spec.reserved_concurrency = reserved;
    spec.arn = Some(configuration.function_arn.clone());
    Ok(spec)
}

/// The policies of a row. One that does not parse allows nobody.
fn policies(row: &FunctionRow) -> BTreeMap<String, Policy> {
    let mut policies = BTreeMap::new();
    for (place, policy) in &row.policies {
        match Policy::parse(&policy.document().to_string(), &POLICY) {
            Ok(policy) => drop(policies.insert(place.clone(), policy)),
            Err(error) => {
                tracing::error!(function = row.latest.configuration.function_arn, %error, "a stored policy allows nobody");
            }
        }
    }
    policies
}
