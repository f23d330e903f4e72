//! The feed: it watches the store, compiles what changed and publishes snapshots to the gateway.
//!
//! It keeps no copy of the documents. A commit that touches an API or one of its stages makes it read that API anew,
//! compile it (a deployment that is already compiled is reused) and publish a snapshot that shares all other APIs. Custom
//! domain names are followed the same way, each with its mappings, and functions for their URLs.

mod admission;
mod api;
mod caches;
mod canary;
mod domain_report;
mod domains;
mod follow;
mod function_urls;
mod http_api;
mod identities;
mod key_pages;
mod keys;
mod links;
mod load;
mod plans;
mod private_keys;
mod report;
mod resealing;
mod tls;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{ApiNoun, ApiScope, DomainScope, HttpNoun, IamKey, Key};
use stagegate_plan::Snapshot;
use stagegate_plan::identity::Directory;
use stagegate_store::{ChangeSet, Changes, Revision, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use admission::Rates;
use domains::Domains;
use keys::{Keys, TouchedKeys};
use tls::Tls;

use crate::tls::Certificates;
use function_urls::{FunctionKey, FunctionUrls};

pub(crate) use admission::Admission;
pub(crate) use caches::Caches;
pub(crate) use canary::StickyCanaries;
pub(crate) use domain_report::DomainReport;
pub(crate) use follow::Follower;
pub(crate) use identities::Identities;
pub(crate) use plans::StageSettings;
pub(crate) use report::{ApiReport, Reports};

/// How long the feed waits before it asks a failing store again.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// APIs read and compiled side by side at the start.
const APIS_AT_ONCE: usize = 16;
/// Plans that nobody serves any more are forgotten once in so many changes: each only holds its hash and findings.
const FORGET_EVERY: u64 = 64;

/// The feed.
pub(crate) struct Feed {
    store: Arc<dyn Store>,
    published: Arc<ArcSwap<Snapshot>>,
    reports: Reports,
    plans: Arc<plans::Plans>,
    domains: Domains,
    function_urls: FunctionUrls,
    tls: Option<Tls>,
    identities: Identities,
    keys: Keys,
    changes: Box<dyn Changes>,
    applied: u64,
    followed: watch::Sender<u64>,
}

impl Feed {
    /// Loads everything and publishes the first snapshot. `settings` are those of all stages;
    /// `certificates` are there where something listens for TLS.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        published: Arc<ArcSwap<Snapshot>>,
        reports: Reports,
        settings: Arc<StageSettings>,
        certificates: Option<Arc<Certificates>>,
        identities: Identities,
        admission: Admission,
    ) -> Result<Self, StoreError> {
        private_keys::seal_all(store.as_ref(), &admission.sealer).await?;
        let revision = store.revision().await?;
        let changes = store.watch(revision).await?;
        let sealer = || Arc::clone(&admission.sealer);
        let mut feed = Self {
            store,
            published,
            reports,
            plans: Arc::new(plans::Plans::new(settings, Rates::new(&admission), sealer())),
            domains: Domains::new(sealer()),
            function_urls: FunctionUrls::default(),
            tls: certificates.map(Tls::new),
            identities,
            keys: Keys::new(admission),
            changes,
            applied: 0,
            followed: watch::Sender::default(),
        };
        feed.load(revision).await?;
        Ok(feed)
    }

    /// What waits for this feed.
    pub(crate) fn follower(&self) -> Follower {
        Follower::new(Arc::clone(&self.store), self.followed.subscribe())
    }

    /// Follows the store until the task is dropped.
    pub(crate) async fn run(mut self) {
        loop {
            let outcome = tokio::select! {
                change = self.changes.next() => match change {
                    Ok(change) => self.apply(&change).await,
                    Err(StoreError::Compacted { .. }) => self.start_over().await,
                    Err(error) => Err(error),
                },
                () = tls::changed(&mut self.tls) => self.present_anew().await,
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

    /// Replaces the whole snapshot; APIs are read and compiled side by side.
    async fn load(&mut self, revision: Revision) -> Result<(), StoreError> {
        let current = self.published.load_full();
        let mut next = Snapshot::default();
        next.revision = revision.0;
        next.identities = Arc::new(self.identities.load(self.store.as_ref()).await?);
        let mut scopes = load::all_scopes(self.store.as_ref()).await?.into_iter();
        let (mut building, mut present) = (JoinSet::new(), BTreeSet::new());
        loop {
            while building.len() < APIS_AT_ONCE
                && let Some(scope) = scopes.next()
            {
                let (store, plans, current) = (Arc::clone(&self.store), Arc::clone(&self.plans), Arc::clone(&current));
                building.spawn(async move { api::build(store.as_ref(), &plans, &scope, &current).await });
            }
            let Some(built) = building.join_next().await else { break };
            if let Some((plan, report)) = built.map_err(|error| StoreError::Engine(error.to_string()))?? {
                present.insert(report.id.clone());
                next.put(plan);
                self.reports.put(report);
            }
        }
        self.reports.retain(|id| present.contains(id));
        next.default_tls = self.tls.as_ref().map(Tls::default);
        let tls = self.tls.as_ref().map(Tls::sources);
        self.domains.load(self.store.as_ref(), tls, &mut next, &self.reports).await?;
        self.keys.load(&self.store, &current, &mut next).await?;
        self.function_urls = FunctionUrls::load(self.store.as_ref(), &mut next).await?;
        self.published.store(Arc::new(next));
        self.followed.send_replace(revision.0);
        Ok(())
    }

    /// Publishes what one commit changed, if the data plane can see any of it.
    async fn apply(&mut self, change: &ChangeSet) -> Result<(), StoreError> {
        let touched = Touched::by(&change.keys);
        if touched != Touched::default() {
            self.publish(change.revision, touched).await?;
        }
        self.followed.send_replace(change.revision.0);
        Ok(())
    }

    /// Publishes certificates and truststores that were read anew.
    async fn present_anew(&mut self) -> Result<(), StoreError> {
        let current = self.published.load_full();
        let mut next = Snapshot::clone(&current);
        next.default_tls = self.tls.as_ref().map(Tls::default);
        let tls = self.tls.as_ref().map(Tls::sources);
        let all = self.domains.all();
        self.domains.apply(all, self.store.as_ref(), tls, &mut next, &self.reports).await?;
        self.published.store(Arc::new(next));
        Ok(())
    }

    async fn publish(&mut self, revision: Revision, mut touched: Touched) -> Result<(), StoreError> {
        let current = self.published.load_full();
        touched.apis.extend(links::leading_through(&touched.links, &current));
        let mut next = Snapshot::clone(&current);
        next.revision = revision.0;
        if !touched.identities.is_empty() {
            let mut directory = Directory::clone(&next.identities);
            self.identities.apply(touched.identities, self.store.as_ref(), &mut directory).await?;
            next.identities = Arc::new(directory);
        }
        for scope in touched.apis {
            if let Some((plan, report)) = api::build(self.store.as_ref(), &self.plans, &scope, &current).await? {
                next.put(plan);
                self.reports.put(report);
            } else {
                next.remove(&scope.api_id);
                self.reports.remove(&scope.api_id);
            }
        }
        let tls = self.tls.as_ref().map(Tls::sources);
        self.domains.apply(touched.domains, self.store.as_ref(), tls, &mut next, &self.reports).await?;
        self.function_urls.apply(touched.functions, self.store.as_ref(), &mut next).await?;
        if touched.keys != TouchedKeys::default() {
            self.keys.apply(touched.keys, self.store.as_ref(), &mut next).await?;
        }
        self.published.store(Arc::new(next));
        drop(current);
        self.applied += 1;
        if self.applied.is_multiple_of(FORGET_EVERY) {
            self.plans.forget_unused();
        }
        Ok(())
    }
}

/// Whose served state a commit may have changed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Touched {
    apis: BTreeSet<ApiScope>,
    domains: BTreeSet<DomainScope>,
    functions: BTreeSet<FunctionKey>,
    identities: BTreeSet<IamKey>,
    keys: TouchedKeys,
    /// Accounts with regions whose VPC links changed.
    links: BTreeSet<Scope>,
}

impl Touched {
    fn by(keys: &[String]) -> Self {
        Self {
            apis: touched_apis(keys),
            domains: domains::touched(keys),
            functions: function_urls::touched(keys),
            identities: identities::touched(keys),
            keys: TouchedKeys::by(keys),
            links: links::touched(keys),
        }
    }
}

/// The APIs whose served state a commit may have changed.
///
/// Resources, methods and deployments only matter once a stage points at them, and then the stage is written, too.
fn touched_apis(keys: &[String]) -> BTreeSet<ApiScope> {
    keys.iter()
        .filter_map(|key| match Key::parse(key)? {
            Key::RestApi(api)
            | Key::Stage(api, _)
            | Key::Below(api, ApiNoun::AuthorizerFlush | ApiNoun::CacheFlush, _)
            | Key::HttpApi(api)
            | Key::OfHttpApi(api, HttpNoun::Stage, _) => Some(api),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
