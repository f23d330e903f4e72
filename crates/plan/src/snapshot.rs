//! The whole configuration at one revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_tls::DefaultTls;

use crate::api_key::{KeyDigest, KeyIndex, KeyPlan};
use crate::domain::DomainPlan;
use crate::envelope::Envelope;
use crate::function_url::FunctionUrlPlan;
use crate::identity::Directory;
use crate::index::Index;
use crate::paths::Paths;
use crate::stage::StagePlan;
use crate::tls::ApiTls;
use crate::usage_plan::{PlanNumber, UsagePlan, UsagePlans};

/// What never changes about an API, shared by its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiFacts {
    /// The API's id.
    pub id: Box<str>,
    /// Its owner.
    pub account: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// Its name, for metrics.
    pub name: Box<str>,
    /// How its answers look.
    pub envelope: Envelope,
}

/// The name of the stage that is served at the root of its API. No path leads to it by this name.
pub(crate) const ROOT_STAGE: &str = "$default";

/// A compiled API: its stages by name.
#[derive(Debug)]
pub struct ApiPlan {
    /// The API.
    pub facts: Arc<ApiFacts>,
    /// How its own host is met by TLS.
    pub tls: ApiTls,
    /// How the paths of its requests are read.
    pub paths: Paths,
    /// The default endpoint is switched off at once, whatever its deployments have frozen.
    pub execute_api_disabled: bool,
    /// Stages by name.
    pub stages: BTreeMap<Box<str>, Arc<StagePlan>>,
}

impl ApiPlan {
    /// The stage of a path's first segment.
    pub fn stage(&self, name: &[u8]) -> Option<&Arc<StagePlan>> {
        std::str::from_utf8(name).ok().filter(|name| *name != ROOT_STAGE).and_then(|name| self.stages.get(name))
    }

    /// The stage of paths whose first segment names none (fact 102).
    pub fn root_stage(&self) -> Option<&Arc<StagePlan>> {
        self.stages.get(ROOT_STAGE)
    }
}

/// Every API, custom domain name and function URL at one revision of the store.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The store's revision that this snapshot reflects.
    pub revision: u64,
    /// What handshakes with other names than those of custom domains are met with; `None` where nothing listens for them.
    pub default_tls: Option<Arc<DefaultTls>>,
    /// Who signs requests.
    pub identities: Arc<Directory>,
    apis: Index<ApiPlan>,
    domains: Index<DomainPlan>,
    private_domains: Index<Vec<Arc<DomainPlan>>>,
    /// Behind an `Arc` of its own: most changes are of no key, and copy none of its shards.
    keys: Arc<KeyIndex>,
    usage_plans: UsagePlans,
    function_urls: Index<FunctionUrlPlan>,
}

impl Snapshot {
    /// The API with this id; ids are case-sensitive (fact 37).
    pub fn api(&self, id: &str) -> Option<&Arc<ApiPlan>> {
        self.apis.get(id)
    }

    /// Adds or replaces an API.
    pub fn put(&mut self, plan: ApiPlan) {
        self.apis.put(plan.facts.id.clone(), plan);
    }

    /// Removes an API.
    pub fn remove(&mut self, id: &str) {
        self.apis.remove(id);
    }

    /// Every API, in no particular order.
    pub fn apis(&self) -> impl Iterator<Item = &Arc<ApiPlan>> {
        self.apis.values()
    }

    /// The API key with this digest.
    pub fn api_key(&self, digest: &KeyDigest) -> Option<&Arc<KeyPlan>> {
        self.keys.get(digest)
    }

    /// Adds or replaces an API key.
    pub fn put_api_key(&mut self, digest: &KeyDigest, key: KeyPlan) {
        Arc::make_mut(&mut self.keys).put(digest, key);
    }

    /// Removes an API key.
    pub fn remove_api_key(&mut self, digest: &KeyDigest) {
        Arc::make_mut(&mut self.keys).remove(digest);
    }

    /// How many API keys there are.
    pub fn api_key_count(&self) -> usize {
        self.keys.len()
    }

    /// Every API key, in no particular order.
    pub fn api_keys(&self) -> impl Iterator<Item = &Arc<KeyPlan>> {
        self.keys.values()
    }

    /// The usage plan with this number.
    pub fn usage_plan(&self, number: PlanNumber) -> Option<&Arc<UsagePlan>> {
        self.usage_plans.get(number)
    }

    /// Adds, replaces or removes a usage plan.
    pub fn set_usage_plan(&mut self, number: PlanNumber, plan: Option<Arc<UsagePlan>>) {
        self.usage_plans.set(number, plan);
    }

    /// Every usage plan.
    pub fn usage_plans(&self) -> impl Iterator<Item = &Arc<UsagePlan>> {
        self.usage_plans.iter()
    }

    /// Whether any usage plan gives access to a stage.
    pub fn has_planned(&self, api: &str, stage: &str) -> bool {
        self.usage_plans.have_stage(api, stage)
    }

    /// The custom domain name that a host in lower case belongs to: its own, or else the wildcard one of its parent. A wildcard
    /// stands for one label, as it does in certificates (RFC 6125 §6.4.3).
    pub fn domain(&self, host: &str) -> Option<&Arc<DomainPlan>> {
        of_host(&self.domains, host)
    }

    /// The private domain name that a host in lower case belongs to, for requests through a VPC endpoint that is associated with it.
    pub fn private_domain(&self, host: &str, vpc_endpoint_id: &str) -> Option<&Arc<DomainPlan>> {
        let is_for = |domain: &&Arc<DomainPlan>| {
            domain.private.as_ref().is_some_and(|private| private.vpc_endpoint_ids.contains(vpc_endpoint_id))
        };
        of_host(&self.private_domains, host)?.iter().find(is_for)
    }

    /// Adds or replaces a custom domain name.
    pub fn put_domain(&mut self, plan: DomainPlan) {
        let Some(private) = plan.private.clone() else {
            return self.domains.put(domain_key(&plan.name).into(), plan);
        };
        let mut same_name = self.private_except(&plan.name, &private.id);
        let key = domain_key(&plan.name).into();
        same_name.push(Arc::new(plan));
        self.private_domains.put(key, same_name);
    }

    /// Removes a private domain name.
    pub fn remove_private_domain(&mut self, name: &str, id: &str) {
        let rest = self.private_except(name, id);
        if rest.is_empty() {
            self.private_domains.remove(domain_key(name));
        } else {
            self.private_domains.put(domain_key(name).into(), rest);
        }
    }

    /// The private domain names with a name, but the one with an id.
    fn private_except(&self, name: &str, id: &str) -> Vec<Arc<DomainPlan>> {
        let is_other = |domain: &&Arc<DomainPlan>| domain.private.as_ref().is_some_and(|private| *private.id != *id);
        let same_name = self.private_domains.get(domain_key(name)).into_iter().flat_map(|domains| domains.iter());
        same_name.filter(is_other).cloned().collect()
    }

    /// Removes a custom domain name.
    pub fn remove_domain(&mut self, name: &str) {
        self.domains.remove(domain_key(name));
    }

    /// The function URL with this id.
    pub fn function_url(&self, id: &str) -> Option<&Arc<FunctionUrlPlan>> {
        self.function_urls.get(id)
    }

    /// Adds or replaces a function URL.
    pub fn put_function_url(&mut self, plan: FunctionUrlPlan) {
        self.function_urls.put(plan.id.clone(), plan);
    }

    /// Removes a function URL.
    pub fn remove_function_url(&mut self, id: &str) {
        self.function_urls.remove(id);
    }
}

/// What is kept for a host: under its own name, or else under the wildcard of its parent.
fn of_host<'i, V>(index: &'i Index<V>, host: &str) -> Option<&'i Arc<V>> {
    if index.is_empty() {
        return None;
    }
    // Hosts never begin with a dot, so that no host is taken for the key of a wildcard.
    let first = host.find('.').filter(|first| *first > 0);
    index.get(host).filter(|_| !host.starts_with('.')).or_else(|| index.get(&host[first?..]))
}

/// `*.example.com` is kept as `.example.com`, which is how a host finds it.
fn domain_key(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(id: &str) -> ApiPlan {
        let facts = ApiFacts {
            id: id.into(),
            account: "000000000000".into(),
            region: "us-east-1".into(),
            name: id.into(),
            envelope: Envelope::default(),
        };
        ApiPlan {
            facts: Arc::new(facts),
            tls: ApiTls::default(),
            paths: Paths::default(),
            execute_api_disabled: false,
            stages: BTreeMap::new(),
        }
    }

    #[test]
    fn a_change_leaves_older_snapshots_and_other_apis_alone() {
        let mut first = Snapshot::default();
        for index in 0..500 {
            first.put(api(&format!("api{index}")));
        }
        let mut second = first.clone();
        second.remove("api7");
        second.put(api("new"));
        assert!(first.api("api7").is_some() && first.api("new").is_none());
        assert!(second.api("api7").is_none() && second.api("new").is_some());
        assert_eq!((first.apis().count(), second.apis().count()), (500, 500));
        assert!(Arc::ptr_eq(first.api("api8").unwrap(), second.api("api8").unwrap()));
        assert!(first.api("API8").is_none());
    }

    #[test]
    fn the_most_specific_domain_name_takes_a_host() {
        let mut snapshot = Snapshot::default();
        assert!(snapshot.domain("a.example.com").is_none());
        for name in ["example.com", "a.example.com", "*.example.com", "*.b.example.com"] {
            snapshot.put_domain(DomainPlan::new(name, []));
        }
        let cases = [
            ("example.com", Some("example.com")),
            ("a.example.com", Some("a.example.com")),
            ("c.example.com", Some("*.example.com")),
            ("b.example.com", Some("*.example.com")),
            ("a.b.example.com", Some("*.b.example.com")),
            ("x.a.b.example.com", None),
            ("*.example.com", Some("*.example.com")),
            (".example.com", None),
            ("..example.com", None),
            ("example.org", None),
            ("com", None),
            ("", None),
        ];
        for (host, name) in cases {
            assert_eq!(snapshot.domain(host).map(|domain| &*domain.name), name, "{host}");
        }
        snapshot.remove_domain("*.example.com");
        assert!(snapshot.domain("c.example.com").is_none() && snapshot.domain("a.example.com").is_some());
    }
}
