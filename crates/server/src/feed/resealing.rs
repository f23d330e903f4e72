//! Values of API keys that stand in clear text, as earlier versions wrote them, or are sealed under a former key: they are
//! sealed anew when the server starts.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_control::seal_api_key;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ApiKeyRow, UsagePlanKey};
use stagegate_seal::Sealer;
use stagegate_sigv4::sha256_hex;
use stagegate_store::{Commit, Expect, Row, Store, StoreError, Write};

use super::load;

/// Keys sealed in one commit.
const BATCH: usize = 200;
/// Characters of Base64 that hold the form and the key of a sealed value.
const HEAD_CHARS: usize = 8;

/// Whether a sealed value is sealed under the current key.
pub(super) fn is_current(sealer: &Sealer, value: &str) -> bool {
    let head = value.get(..HEAD_CHARS).and_then(|head| STANDARD.decode(head).ok());
    head.is_some_and(|head| sealer.is_current(&head))
}

/// Seals the keys of one account and region anew.
pub(super) struct Resealing<'s> {
    scope: &'s Scope,
    sealer: &'s Arc<Sealer>,
    /// The plans of each key, from the rows of plans: earlier versions had them nowhere else.
    plans: Option<HashMap<String, Vec<String>>>,
    commit: Commit,
    keys: usize,
}

impl<'s> Resealing<'s> {
    pub(super) fn new(scope: &'s Scope, sealer: &'s Arc<Sealer>) -> Self {
        Self { scope, sealer, plans: None, commit: Commit::default(), keys: 0 }
    }

    /// The same key, sealed anew; `None` if nobody can open it, which is logged.
    pub(super) async fn reseal(&mut self, store: &dyn Store, row: &Row) -> Result<Option<Row>, StoreError> {
        let Some(mut key) = load::decode::<ApiKeyRow>(row) else { return Ok(None) };
        let Some((value, former)) = self.open(&mut key) else {
            tracing::error!(key = row.key, "no key of this server opens the value of an API key, which is not served");
            return Ok(None);
        };
        if key.sealed.is_empty() {
            key.plans = self.plans_of(store, &key.key.id).await?;
        }
        let sealed = seal_api_key(key, &value, self.scope, self.sealer);
        let body: bytes::Bytes = match serde_json::to_vec(&sealed) {
            Ok(body) => body.into(),
            Err(error) => return Err(StoreError::Engine(error.to_string())),
        };
        let value_key = |name: &str| self.scope.noun(AccountNoun::ApiKeyValue, name).to_string();
        let id = serde_json::to_vec(&sealed.key.id).unwrap_or_default();
        self.commit.expects.push(Expect::At(row.key.clone(), row.revision));
        self.commit.writes.extend([
            Write::Delete { key: value_key(&former) },
            Write::Put { key: value_key(&sealed.digest), body: id.into() },
            Write::Put { key: row.key.clone(), body: body.clone() },
        ]);
        self.keys += 1;
        if self.keys.is_multiple_of(BATCH) {
            self.write(store).await?;
        }
        Ok(Some(Row { body, ..row.clone() }))
    }

    /// Writes what is left.
    pub(super) async fn finish(mut self, store: &dyn Store) -> Result<(), StoreError> {
        self.write(store).await?;
        if self.keys > 0 {
            tracing::info!(
                keys = self.keys,
                region = self.scope.region,
                "values of API keys were sealed under the current key"
            );
        }
        Ok(())
    }

    async fn write(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        if self.commit.writes.is_empty() {
            return Ok(());
        }
        store.commit(std::mem::take(&mut self.commit)).await.map(drop)
    }

    /// The value in clear text, and the name of the row that says whose it is.
    fn open(&self, key: &mut ApiKeyRow) -> Option<(String, String)> {
        if let Some(value) = key.key.value.take() {
            let former = sha256_hex(value.as_bytes());
            return Some((value, former));
        }
        let sealed = STANDARD.decode(&key.sealed).ok()?;
        let context = ApiKeyRow::seal_context(self.scope, &key.key.id);
        let value = self.sealer.open(context.as_bytes(), &sealed).ok()?;
        Some((String::from_utf8(value).ok()?, key.digest.clone()))
    }

    async fn plans_of(&mut self, store: &dyn Store, id: &str) -> Result<Vec<String>, StoreError> {
        if self.plans.is_none() {
            let mut plans: HashMap<String, Vec<String>> = HashMap::new();
            for row in load::list(store, self.scope.all_plan_keys_prefix()).await? {
                if let (Some(Key::UsagePlanKey(_, plan, key)), Some(_)) =
                    (Key::parse(&row.key), load::decode::<UsagePlanKey>(&row))
                {
                    plans.entry(key).or_default().push(plan);
                }
            }
            self.plans = Some(plans);
        }
        Ok(self.plans.as_mut().and_then(|plans| plans.remove(id)).unwrap_or_default())
    }
}
