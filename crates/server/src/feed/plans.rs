//! Compiled deployments by the hash of their frozen documents, kept as long as somebody serves them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use stagegate_compile::{Finding, compile_deployment, compile_http_deployment};
use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_plan::DeploymentPlan;
use stagegate_seal::Sealer;
use stagegate_store::{Store, StoreError};

use super::admission::Rates;
use super::caches::Caches;
use super::canary::StickyCanaries;

/// A compiled deployment with what the compiler had to say.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) plan: Arc<DeploymentPlan>,
    pub(super) findings: Arc<[Finding]>,
}

/// What the settings say about the stages of every API.
#[derive(Debug, Clone, Default)]
pub(crate) struct StageSettings {
    /// Names of the private targets that they know.
    pub(crate) private_targets: Arc<BTreeSet<Box<str>>>,
    /// What keeps clients on their side of canaries.
    pub(crate) sticky_canaries: StickyCanaries,
    /// Response caches.
    pub(crate) caches: Caches,
}

/// The cache, shared by the tasks that compile side by side.
pub(super) struct Plans {
    /// What the settings say.
    pub(super) settings: Arc<StageSettings>,
    /// What the rates of stages follow.
    pub(super) rates: Rates,
    /// Opens the private keys of client certificates.
    pub(super) sealer: Arc<Sealer>,
    by_hash: Mutex<HashMap<String, Entry>>,
}

type Entry = (Weak<DeploymentPlan>, Arc<[Finding]>);

impl Plans {
    /// An empty cache.
    pub(super) fn new(settings: Arc<StageSettings>, rates: Rates, sealer: Arc<Sealer>) -> Self {
        Self { settings, rates, sealer, by_hash: Mutex::default() }
    }

    /// The compiled form of a REST API's frozen documents; `None` if they are not there or not readable, which is logged.
    pub(super) async fn compiled(&self, store: &dyn Store, hash: &str) -> Result<Option<Compiled>, StoreError> {
        self.made(store, hash, |bytes| Ok(compile_deployment(&FrozenApi::from_bytes(bytes)?, hash))).await
    }

    /// The same of an HTTP API's.
    pub(super) async fn compiled_http(&self, store: &dyn Store, hash: &str) -> Result<Option<Compiled>, StoreError> {
        self.made(store, hash, |bytes| Ok(compile_http_deployment(&FrozenHttpApi::from_bytes(bytes)?, hash))).await
    }

    async fn made(
        &self,
        store: &dyn Store,
        hash: &str,
        compile: impl FnOnce(&[u8]) -> Result<(DeploymentPlan, Vec<Finding>), serde_json::Error>,
    ) -> Result<Option<Compiled>, StoreError> {
        if let Some(known) = self.known(hash) {
            return Ok(Some(known));
        }
        let Some(bytes) = store.blob(hash).await? else {
            tracing::error!(hash, "the frozen documents of a deployment are missing");
            return Ok(None);
        };
        let (plan, findings) = match compile(&bytes) {
            Ok(compiled) => compiled,
            Err(error) => {
                tracing::error!(hash, %error, "the frozen documents of a deployment cannot be read");
                return Ok(None);
            }
        };
        let (plan, findings) = (Arc::new(plan), Arc::<[Finding]>::from(findings));
        self.entries().insert(hash.to_owned(), (Arc::downgrade(&plan), Arc::clone(&findings)));
        Ok(Some(Compiled { plan, findings }))
    }

    /// Forgets what no snapshot holds any more.
    pub(super) fn forget_unused(&self) {
        self.entries().retain(|_, (plan, _)| plan.strong_count() > 0);
    }

    fn known(&self, hash: &str) -> Option<Compiled> {
        let entries = self.entries();
        let (plan, findings) = entries.get(hash)?;
        Some(Compiled { plan: plan.upgrade()?, findings: Arc::clone(findings) })
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.by_hash.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
