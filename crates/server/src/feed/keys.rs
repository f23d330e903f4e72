//! API keys and usage plans: their documents become plans, one by one.
//!
//! A key is found in the snapshot by the digest of its value, which its row holds; what it has used is carried over as long
//! as it stays in a plan. Keys refer to plans by numbers, so that a changed plan touches no key.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use stagegate_compile::compile_usage_plan;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::UsagePlanRow;
use stagegate_plan::{DIGEST_BYTES, KeyDigest, KeyPlan, Membership, PlanNumber, Snapshot};
use stagegate_store::{ListQuery, Row, Store, StoreError};

use super::admission::Admission;
use super::load;
use super::resealing::Resealing;

/// Rows of keys read at once.
const PAGE_ROWS: usize = 4_000;

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

/// What the data plane needs of a key's row; borrowed, for there may be a million.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServedKey<'r> {
    #[serde(borrow)]
    id: Cow<'r, str>,
    enabled: Option<bool>,
    #[serde(borrow, default)]
    sealed: Cow<'r, str>,
    #[serde(borrow, default)]
    digest: Cow<'r, str>,
    #[serde(borrow, default)]
    plans: Vec<Cow<'r, str>>,
}

/// The keys and plans of all accounts.
pub(super) struct Keys {
    admission: Admission,
    numbers: HashMap<Box<str>, PlanNumber>,
    /// `{account}/{region}/{plan}`, by number.
    names: Vec<Box<str>>,
}

impl Keys {
    pub(super) fn new(admission: Admission) -> Self {
        Self { admission, numbers: HashMap::new(), names: Vec::new() }
    }

    /// The number of a plan, which it keeps as long as the process runs.
    fn number(&mut self, scope: &Scope, plan: &str) -> PlanNumber {
        let name = format!("{}/{}/{plan}", scope.account, scope.region);
        if let Some(number) = self.numbers.get(name.as_str()) {
            return *number;
        }
        let number = PlanNumber(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name.as_str().into());
        self.numbers.insert(name.into(), number);
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
        let mut rows = page(shared, scope, None).await?;
        while !rows.is_empty() {
            // The next page is read while this one is worked on.
            let after = (rows.len() == PAGE_ROWS).then(|| rows.last().map(|row| row.key.clone())).flatten();
            let following = after.map(|after| {
                let (shared, scope) = (Arc::clone(shared), scope.clone());
                tokio::spawn(async move { page(&shared, &scope, Some(after)).await })
            });
            for row in &rows {
                let Some(key) = decode(row) else { continue };
                if self.is_current(&key) {
                    self.put_key(scope, &key, current, next);
                } else if let Some(row) = resealing.reseal(store, row).await?
                    && let Some(key) = decode(&row)
                {
                    self.put_key(scope, &key, current, next);
                }
            }
            rows = match following {
                Some(following) => following.await.map_err(|error| StoreError::Engine(error.to_string()))??,
                None => Vec::new(),
            };
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
            if let Some(key) = row.as_ref().and_then(decode).filter(|key| self.is_current(key)) {
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

    fn is_current(&self, key: &ServedKey<'_>) -> bool {
        super::resealing::is_current(&self.admission.sealer, &key.sealed) && !key.digest.is_empty()
    }

    /// Puts a key; what it has used of plans that it stays in lives on, and what it has used of others is forgotten.
    fn put_key(&mut self, scope: &Scope, key: &ServedKey<'_>, current: &Snapshot, next: &mut Snapshot) {
        let Some(digest) = parse_digest(&key.digest) else {
            tracing::error!(id = &*key.id, "an API key has no digest and is not served");
            return;
        };
        let numbers: Vec<PlanNumber> = key.plans.iter().map(|plan| self.number(scope, plan)).collect();
        let before = current.api_key(&digest);
        for left in before.iter().flat_map(|key| &key.memberships).filter(|it| !numbers.contains(&it.plan)) {
            self.admission.quotas.forget(&self.counter(left.plan, &key.id));
        }
        let memberships = numbers.into_iter().map(|plan| Membership {
            plan,
            usage: before.and_then(|key| key.usage(plan)).cloned().unwrap_or_default(),
        });
        next.put_api_key(&digest, KeyPlan::new(&key.id, &digest, key.enabled == Some(true), memberships));
    }

    fn remove_key(&self, digest: &KeyDigest, next: &mut Snapshot) {
        if let Some(key) = next.api_key(digest) {
            for left in &key.memberships {
                self.admission.quotas.forget(&self.counter(left.plan, &key.id));
            }
        }
        next.remove_api_key(digest);
    }

    /// The name of a key's counter of a plan's quota.
    fn counter(&self, plan: PlanNumber, key: &str) -> String {
        format!("{}/{key}", self.names.get(plan.0 as usize).map_or("", |name| name))
    }
}

/// One page of an account's keys.
async fn page(store: &Arc<dyn Store>, scope: &Scope, after: Option<String>) -> Result<Vec<Row>, StoreError> {
    store.list(ListQuery { prefix: scope.nouns_prefix(AccountNoun::ApiKey), after, limit: PAGE_ROWS }).await
}

/// A digest in lower-case hexadecimal.
fn parse_digest(text: &str) -> Option<KeyDigest> {
    let bytes = text.as_bytes();
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut digest = [0; DIGEST_BYTES];
    if bytes.len() != 2 * DIGEST_BYTES {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(digest)
}

/// Reads a key's row; one that cannot be read is logged and left out.
fn decode(row: &Row) -> Option<ServedKey<'_>> {
    match serde_json::from_slice(&row.body) {
        Ok(key) => Some(key),
        Err(error) => {
            tracing::error!(key = row.key, %error, "an API key cannot be read and is not served");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_thirty_two_bytes_in_hexadecimal() {
        assert_eq!(parse_digest(&"0f".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0g".repeat(32), &"0f".repeat(33)] {
            assert_eq!(parse_digest(text), None, "{text}");
        }
    }
}
