//! VPC links in the feed: a link that changes is another way for every API that leads through one.

use std::collections::BTreeSet;

use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, ApiScope, Key};
use stagegate_plan::{ApiPlan, IntegrationPlan, Snapshot};

/// The accounts with regions whose VPC links a commit changed, of either version.
pub(super) fn touched(keys: &[String]) -> BTreeSet<Scope> {
    let scope = |key: &String| match Key::parse(key)? {
        Key::OfAccount(scope, AccountNoun::HttpVpcLink | AccountNoun::VpcLink, _) => Some(scope),
        _ => None,
    };
    keys.iter().filter_map(scope).collect()
}

/// The published APIs of these accounts and regions that lead through a link. Which one it is may be said by a stage variable.
pub(super) fn leading_through(scopes: &BTreeSet<Scope>, current: &Snapshot) -> Vec<ApiScope> {
    if scopes.is_empty() {
        return Vec::new();
    }
    let scope = |api: &ApiPlan| {
        let is_of = |scope: &&Scope| scope.account == *api.facts.account && scope.region == *api.facts.region;
        Some(scopes.iter().find(is_of)?.api(&api.facts.id))
    };
    current.apis().filter(|api| has_link(api)).filter_map(|api| scope(api)).collect()
}

fn has_link(api: &ApiPlan) -> bool {
    let mut routes = api.stages.values().flat_map(|stage| stage.deployment.routes.iter());
    routes.any(|route| matches!(&route.integration, IntegrationPlan::Http(plan) if plan.private.is_some()))
}
