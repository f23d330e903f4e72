//! API keys and usage plans: their documents become plans, one by one.
//!
//! A key is found in the snapshot by the digest of its value, which its row holds; what it has used is carried over as long
//! as it stays in a plan. Keys refer to plans by numbers, so that a changed plan touches no key.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use smallvec::SmallVec;
use stagegate_compile::compile_usage_plan;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::UsagePlanRow;
use stagegate_plan::{KeyDigest, KeyPlan, Membership, PlanNumber, Snapshot};
use stagegate_store::{Row, Store, StoreError};

use super::admission::Admission;
use super::key_pages::{self, Decoded, KeyPages, ServedKey, parse_digest};
use super::load;
use super::resealing::Resealing;

/// Keys and plans that a commit touched.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TouchedKeys {
    plans: BTreeSet<(Scope, String)>,
    keys: BTreeSet<(Scope, String)>,
    /// Rows that say who has a value.
    values: BTreeSet<(Scope, String)>,
    /// Plan and key.
    members: BTreeSet<(Scope, String, String)>,
}

impl TouchedKeys {
    pub(super) fn by(keys: &[String]) -> Self {
        let mut touched = Self::default();
        for key in keys.iter().filter_map(|key| Key::parse(key)) {
            match key {
                Key::OfAccount(scope, AccountNoun::UsagePlan, id) => _ = touched.plans.insert((scope, id)),
                Key::OfAccount(scope, AccountNoun::ApiKey, id) => _ = touched.keys.insert((scope, id)),
                Key::OfAccount(scope, AccountNoun::ApiKeyValue, digest) => _ = touched.values.insert((scope, digest)),
                Key::UsagePlanKey(scope, plan, key) => _ = touched.members.insert((scope, plan, key)),
                _ => {}
            }
        }
        touched
    }
}

/// The keys and plans of all accounts.
pub(super) struct Keys {
    admission: Admission,
    numbers: HashMap<Scope, HashMap<Box<str>, PlanNumber>>,
    /// `{account}/{region}/{plan}`, by number.
    names: Vec<Box<str>>,
}

impl Keys {
    pub(super) fn new(admission: Admission) -> Self {
        Self { admission, numbers: HashMap::new(), names: Vec::new() }
    }

    /// The number of a plan, which it keeps as long as the process runs.
    fn number(&mut self, scope: &Scope, plan: &str) -> PlanNumber {
        // There may be a million keys that ask: nothing is allocated for one that is known.
        if let Some(number) = self.numbers.get(scope).and_then(|plans| plans.get(plan)) {
            return *number;
        }
        let number = PlanNumber(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(format!("{}/{}/{plan}", scope.account, scope.region).into());
        self.numbers.entry(scope.clone()).or_default().insert(plan.into(), number);
        number
    }

    /// Reads every plan and key into a new snapshot. Keys whose values are not sealed under the current key are sealed anew.
    pub(super) async fn load(
        &mut self,
        shared: &Arc<dyn Store>,
        current: &Snapshot,
        next: &mut Snapshot,
    ) -> Result<(), StoreError> {
        let store = shared.as_ref();
        for scope in load::account_scopes(store).await? {
            let prefix = scope.nouns_prefix(AccountNoun::UsagePlan);
            for row in load::list(store, prefix.clone()).await? {
                self.set_plan(&scope, &row.key[prefix.len()..], Some(&row), current, next);
            }
            self.load_keys(&scope, shared, current, next).await?;
        }
        self.forget_counters(next);
        Ok(())
    }

    /// Forgets the counters of keys that are in their plan no more, or of plans that are gone: nobody was told while the
    /// process did not run.
    fn forget_counters(&self, next: &Snapshot) {
        let mut gone: HashSet<Box<str>> = self.admission.quotas.names().into_iter().collect();
        if gone.is_empty() {
            return;
        }
        for key in next.api_keys() {
            for member in key.memberships.iter().filter(|member| next.usage_plan(member.plan).is_some()) {
                gone.remove(self.counter(member.plan, &key.id).as_str());
            }
        }
        self.admission.quotas.retain(&mut |name| !gone.contains(name));
    }

    async fn load_keys(
        &mut self,
        scope: &Scope,
        shared: &Arc<dyn Store>,
        current: &Snapshot,
        next: &mut Snapshot,
    ) -> Result<(), StoreError> {
        let store = shared.as_ref();
        let sealer = Arc::clone(&self.admission.sealer);
        let mut resealing = Resealing::new(scope, &sealer);
        let mut pages = KeyPages::read(shared, scope, &sealer);
        while let Some(page) = pages.next().await? {
            for key in &page.served {
                self.put_key(scope, key, current, next);
            }
            for row in &page.stale {
                if let Some(row) = resealing.reseal(store, row).await?
                    && let Decoded::Served(key) = key_pages::decode(&row, &sealer)
                {
                    self.put_key(scope, &key, current, next);
                }
            }
        }
        resealing.finish(store).await
    }

    /// Brings what a commit touched up to date. Plans come first: keys refer to them.
    pub(super) async fn apply(
        &mut self,
        touched: TouchedKeys,
        store: &dyn Store,
        next: &mut Snapshot,
    ) -> Result<(), StoreError> {
        let current = next.clone();
        for (scope, id) in &touched.plans {
            let row = store.get(&scope.noun(AccountNoun::UsagePlan, id).to_string()).await?;
            self.set_plan(scope, id, row.as_ref(), &current, next);
        }
        for (scope, name) in &touched.values {
            let key = scope.noun(AccountNoun::ApiKeyValue, name).to_string();
            if let (None, Some(digest)) = (store.get(&key).await?, parse_digest(name)) {
                self.remove_key(&digest, next);
            }
        }
        for (scope, id) in &touched.keys {
            let row = store.get(&scope.noun(AccountNoun::ApiKey, id).to_string()).await?;
            if let Some(Decoded::Served(key)) = row.map(|row| key_pages::decode(&row, &self.admission.sealer)) {
                self.put_key(scope, &key, &current, next);
            }
        }
        for (scope, plan, key) in &touched.members {
            let number = self.number(scope, plan);
            if next.usage_plan(number).is_none() {
                self.admission.quotas.forget(&self.counter(number, key));
            }
        }
        Ok(())
    }

    fn set_plan(&mut self, scope: &Scope, id: &str, row: Option<&Row>, current: &Snapshot, next: &mut Snapshot) {
        let number = self.number(scope, id);
        let plan = row.and_then(load::decode::<UsagePlanRow>).map(|row| {
            let before = current.usage_plan(number).map(|plan| &**plan);
            Arc::new(compile_usage_plan(&row, scope, before, self.admission.limiter.now_ns()))
        });
        next.set_usage_plan(number, plan);
    }

    /// Puts a key; what it has used of plans that it stays in lives on, and what it has used of others is forgotten.
    fn put_key(&mut self, scope: &Scope, key: &ServedKey, current: &Snapshot, next: &mut Snapshot) {
        let numbers: SmallVec<[PlanNumber; 4]> = key.plans.iter().map(|plan| self.number(scope, plan)).collect();
        // A deleted key's value may be another one's by now, which has used nothing.
        let (before, deleted): (Vec<_>, Vec<_>) =
            current.api_key(&key.digest).into_iter().partition(|known| *known.id == *key.id);
        let before = before.first();
        for gone in deleted {
            self.forget_uses(gone);
        }
        for left in before.iter().flat_map(|key| &key.memberships).filter(|it| !numbers.contains(&it.plan)) {
            self.admission.quotas.forget(&self.counter(left.plan, &key.id));
        }
        let memberships = numbers.into_iter().map(|plan| Membership {
            plan,
            usage: before.and_then(|key| key.usage(plan)).cloned().unwrap_or_default(),
        });
        next.put_api_key(&key.digest, KeyPlan::new(&key.id, &key.digest, key.enabled, memberships));
    }

    fn remove_key(&self, digest: &KeyDigest, next: &mut Snapshot) {
        if let Some(key) = next.api_key(digest) {
            self.forget_uses(key);
        }
        next.remove_api_key(digest);
    }

    /// Forgets what a key that is gone has used.
    fn forget_uses(&self, key: &KeyPlan) {
        for left in &key.memberships {
            self.admission.quotas.forget(&self.counter(left.plan, &key.id));
        }
    }

    /// The name of a key's counter of a plan's quota.
    fn counter(&self, plan: PlanNumber, key: &str) -> String {
        format!("{}/{key}", self.names.get(plan.0 as usize).map_or("", |name| name))
    }
}
