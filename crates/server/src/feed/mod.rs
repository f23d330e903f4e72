//! The feed: it watches the store, compiles what changed and publishes snapshots to the gateway.
//!
//! It keeps no copy of the documents. A commit that touches an API or one of its stages makes it read that API anew,
//! compile it (a deployment that is already compiled is reused) and publish a snapshot that shares all other APIs.

mod api;
mod load;
mod plans;
mod report;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use stagegate_model::keys::{ApiScope, Key};
use stagegate_plan::Snapshot;
use stagegate_store::{ChangeSet, Changes, Revision, Store, StoreError};

pub(crate) use report::{ApiReport, Reports};

/// How long the feed waits before it asks a failing store again.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// The feed.
pub(crate) struct Feed {
    store: Arc<dyn Store>,
    published: Arc<ArcSwap<Snapshot>>,
    reports: Reports,
    plans: plans::Plans,
    changes: Box<dyn Changes>,
}

impl Feed {
    /// Loads everything and publishes the first snapshot.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        published: Arc<ArcSwap<Snapshot>>,
        reports: Reports,
    ) -> Result<Self, StoreError> {
        let revision = store.revision().await?;
        let changes = store.watch(revision).await?;
        let mut feed = Self { store, published, reports, plans: plans::Plans::default(), changes };
        feed.load(revision).await?;
        Ok(feed)
    }

    /// Follows the store until the task is dropped.
    pub(crate) async fn run(mut self) {
        loop {
            let outcome = match self.changes.next().await {
                Ok(change) => self.apply(&change).await,
                Err(StoreError::Compacted { .. }) => self.start_over().await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                tracing::error!(%error, "the feed cannot read the store; what is published keeps being served");
                tokio::time::sleep(RETRY_PAUSE).await;
                self.recover().await;
            }
        }
    }

    /// Starts over until that works: after a failure nobody knows what was missed.
    async fn recover(&mut self) {
        while let Err(error) = self.start_over().await {
            tracing::error!(%error, "the feed still cannot read the store");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn start_over(&mut self) -> Result<(), StoreError> {
        let revision = self.store.revision().await?;
        self.changes = self.store.watch(revision).await?;
        self.load(revision).await
    }

    /// Replaces the whole snapshot.
    async fn load(&mut self, revision: Revision) -> Result<(), StoreError> {
        let current = self.published.load_full();
        let mut next = Snapshot::default();
        next.revision = revision.0;
        let documents = load::everything(&self.store).await?;
        let present: BTreeSet<String> = documents.iter().map(|api| api.scope.api_id.clone()).collect();
        for api in documents {
            self.compile(&mut next, &current, &api).await?;
        }
        self.reports.retain(|id| present.contains(id));
        self.plans.forget_unused();
        self.published.store(Arc::new(next));
        Ok(())
    }

    /// Publishes what one commit changed, if the data plane can see any of it.
    async fn apply(&mut self, change: &ChangeSet) -> Result<(), StoreError> {
        let touched = touched(&change.keys);
        if touched.is_empty() {
            return Ok(());
        }
        let current = self.published.load_full();
        let mut next = Snapshot::clone(&current);
        next.revision = change.revision.0;
        for scope in touched {
            if let Some(api) = load::one(self.store.as_ref(), &scope).await? {
                self.compile(&mut next, &current, &api).await?;
            } else {
                next.remove(&scope.api_id);
                self.reports.remove(&scope.api_id);
            }
        }
        self.plans.forget_unused();
        self.published.store(Arc::new(next));
        Ok(())
    }

    /// Compiles one API into the next snapshot.
    async fn compile(
        &mut self,
        next: &mut Snapshot,
        current: &Snapshot,
        api: &load::ApiDocuments,
    ) -> Result<(), StoreError> {
        let before = current.api(&api.scope.api_id);
        let (plan, report) = api::compile(self.store.as_ref(), &mut self.plans, api, before).await?;
        next.put(plan);
        self.reports.put(report);
        Ok(())
    }
}

/// The APIs whose served state a commit may have changed.
///
/// Resources, methods and deployments only matter once a stage points at them, and then the stage is written, too.
fn touched(keys: &[String]) -> BTreeSet<ApiScope> {
    keys.iter()
        .filter_map(|key| match Key::parse(key)? {
            Key::RestApi(api) | Key::Stage(api, _) => Some(api),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
