//! An edit of one HTTP API: its rows change in one transaction, and stages with `autoDeploy` deploy what comes of it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stagegate_model::http::Api;
use stagegate_model::keys::{ApiScope, HttpNoun, Key};

use super::deployment;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::row_at;

/// An HTTP API that a call reads.
pub(crate) struct Place<'c> {
    pub(crate) call: &'c Call,
    pub(crate) scope: ApiScope,
    pub(crate) api: Api,
    pub(crate) transaction: &'c mut Transaction,
    /// The number of this edit among those of its API; 0 where nothing is changed.
    pub(crate) edit: u64,
    /// What was written already, for whoever lists.
    written: BTreeMap<(HttpNoun, String), Option<Value>>,
}

impl<'c> Place<'c> {
    /// The API of the call's path, to be read.
    pub(crate) async fn read(call: &'c Call, transaction: &'c mut Transaction) -> Result<Self, Fault> {
        let scope = call.api()?;
        let (_, api) = row_at(transaction, scope.http_api(), || call.no_such_api(&scope.api_id)).await?;
        Ok(Self { call, scope, api, transaction, edit: 0, written: BTreeMap::new() })
    }

    /// The API of the call's path, to be changed: of two edits that saw the same lists, only one commits.
    pub(crate) async fn edit(call: &'c Call, transaction: &'c mut Transaction) -> Result<Self, Fault> {
        let mut place = Self::read(call, transaction).await?;
        place.count().await?;
        Ok(place)
    }

    /// An API that is being made.
    pub(crate) fn new(call: &'c Call, scope: ApiScope, api: Api, transaction: &'c mut Transaction) -> Self {
        Self { call, scope, api, transaction, edit: 0, written: BTreeMap::new() }
    }

    /// Counts a write below the API. It comes before the first list.
    pub(crate) async fn count(&mut self) -> Result<(), Fault> {
        let key = self.scope.http_generation().to_string();
        let seen: u64 = self.transaction.get(&key).await?.unwrap_or_default();
        self.edit = seen.wrapping_add(1);
        self.transaction.put(&key, &self.edit)
    }

    /// A noun below the API; `missing` says what is not there.
    pub(crate) async fn noun<T: DeserializeOwned>(
        &mut self,
        noun: HttpNoun,
        id: &str,
        missing: impl FnOnce() -> Fault,
    ) -> Result<T, Fault> {
        if let Some(written) = self.written.get(&(noun, id.to_owned())) {
            let value = written.clone().ok_or_else(missing)?;
            return serde_json::from_value(value).map_err(|error| Fault::internal(error.to_string()));
        }
        Ok(row_at(self.transaction, self.key(noun, id), missing).await?.1)
    }

    /// Every noun of a kind in the order of the ids, with what was written already.
    pub(crate) async fn nouns<T: DeserializeOwned>(&self, noun: HttpNoun) -> Result<Vec<(String, T)>, Fault> {
        let stored = self.transaction.list::<T>(&self.scope.http_nouns_prefix(noun)).await?;
        let mut rows: BTreeMap<String, T> = stored.into_iter().collect();
        let from = (noun, String::new());
        for ((_, id), written) in self.written.range(from..).take_while(|((kind, _), _)| *kind == noun) {
            rows.remove(id);
            if let Some(value) = written {
                let row = serde_json::from_value(value.clone()).map_err(|error| Fault::internal(error.to_string()))?;
                rows.insert(id.clone(), row);
            }
        }
        Ok(rows.into_iter().collect())
    }

    /// Writes a noun.
    pub(crate) fn put<T: Serialize>(&mut self, noun: HttpNoun, id: &str, row: &T) -> Result<(), Fault> {
        let value = serde_json::to_value(row).map_err(|error| Fault::internal(error.to_string()))?;
        self.transaction.put(&self.key(noun, id).to_string(), &value)?;
        self.written.insert((noun, id.to_owned()), Some(value));
        Ok(())
    }

    /// Deletes a noun.
    pub(crate) fn delete(&mut self, noun: HttpNoun, id: &str) {
        self.transaction.delete(&self.key(noun, id).to_string());
        self.written.insert((noun, id.to_owned()), None);
    }

    /// Writes the API's own row.
    pub(crate) fn put_api(&mut self) -> Result<(), Fault> {
        self.transaction.put(&self.scope.http_api().to_string(), &self.api)
    }

    /// Ends an edit of what deployments freeze: stages with `autoDeploy` serve it from now on.
    pub(crate) async fn deploy(&mut self) -> Result<(), Fault> {
        deployment::deploy_automatically(self).await
    }

    /// Ends an edit with a document to answer.
    pub(crate) fn reply<T: Serialize>(noun: &T) -> Result<Reply, Fault> {
        let document = serde_json::to_value(noun).map_err(|error| Fault::internal(error.to_string()))?;
        Ok(Reply::Document(shown(document)))
    }

    fn key(&self, noun: HttpNoun, id: &str) -> Key {
        self.scope.http_noun(noun, id)
    }
}

/// A noun as answers show it: what it has beyond AWS is in no answer of AWS's operations.
pub(crate) fn shown(mut noun: Value) -> Value {
    if let Value::Object(members) = &mut noun {
        members.shift_remove("beyond");
    }
    noun
}
