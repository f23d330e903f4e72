//! The verbs, written once over every noun below a REST API: create, get, list, update, delete.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stagegate_model::keys::{ApiScope, Key};
use stagegate_store::BoxFuture;

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::paging::Page;
use crate::patch::{self, PatchRow};
use crate::rest::rest_api;
use crate::transaction::Transaction;

/// A stored document, and the noun in it. A noun is a row of its own, or lives inside another noun's row, as a method's
/// integration does.
pub(crate) trait Holds<N>: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Finds the noun.
    fn noun(&mut self, call: &Call) -> Result<&mut N, Fault>;

    /// Takes the noun out: what is left of the row, or nothing.
    fn without(self, _call: &Call) -> Result<Option<Self>, Fault> {
        Ok(None)
    }
}

impl<N: Serialize + DeserializeOwned + Send + Sync + 'static> Holds<N> for N {
    fn noun(&mut self, _call: &Call) -> Result<&mut N, Fault> {
        Ok(self)
    }
}

/// A noun of API Gateway: where it is stored, how it is patched, what must hold of it.
pub(crate) trait Noun: Sized + Send + Sync + 'static {
    /// The stored document that holds the noun.
    type Row: Holds<Self>;

    /// The rows of its patch rules.
    const PATCH: &'static [PatchRow<Self>];

    /// The noun's own words for a patch path that no row has.
    fn misfit(_path: &str) -> Option<Fault> {
        None
    }

    /// Reads the row that holds the noun, or says in AWS's words what is missing.
    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self::Row>;

    /// Checks a patched noun, and writes what follows from the change in other rows.
    fn settle<'c>(
        _before: &'c Self,
        _row: &'c mut Self::Row,
        _call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    /// Refuses to delete a noun in use, or deletes what goes with it.
    fn release<'c>(
        _row: &'c Self::Row,
        _call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    /// The noun as an answer shows it.
    fn show(&self) -> Result<Value, Fault>;
}

/// A row on its way from the store, with its key.
pub(crate) type Loading<'c, R> = BoxFuture<'c, Result<(Key, R), Fault>>;

/// A noun that a call makes: `Create…`, or `Put…` of a noun without an id of its own.
pub(crate) trait Create: Noun {
    /// Decodes and checks the call, and answers the row to write.
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self::Row>;
}

/// A noun that is listed page by page.
pub(crate) trait Listed: Noun {
    /// The prefix of the keys of an API's nouns.
    fn prefix(api: &ApiScope) -> String;

    /// The row as an item of the list.
    fn item(row: &Self::Row) -> Result<Value, Fault>;
}

/// Creates a noun below an API.
pub(crate) async fn create<N: Create>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    bump(&api, transaction).await?;
    let (key, mut row) = N::make(call, &api, transaction).await?;
    let shown = row.noun(call)?.show()?;
    transaction.put(&key.to_string(), &row)?;
    Ok(Reply::Document(shown))
}

/// Reads a noun.
pub(crate) async fn get<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, mut row) = N::load(call, &api, transaction).await?;
    Ok(Reply::Document(row.noun(call)?.show()?))
}

/// Lists nouns, one page.
pub(crate) async fn list<N: Listed>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let (api, _) = rest_api::load(call, transaction).await?;
    let rows = transaction.list::<N::Row>(&N::prefix(&api)).await?;
    let items = rows.iter().map(|(name, row)| Ok((name.clone(), N::item(row)?)));
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}

/// Patches a noun.
pub(crate) async fn update<N: Noun + Clone>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let operations = patch::operations(call)?;
    let (api, _) = rest_api::load(call, transaction).await?;
    bump(&api, transaction).await?;
    let (key, mut row) = N::load(call, &api, transaction).await?;
    let noun = row.noun(call)?;
    let before = noun.clone();
    patch::apply(N::PATCH, noun, &operations, N::misfit)?;
    N::settle(&before, &mut row, call, &api, transaction).await?;
    let shown = row.noun(call)?.show()?;
    transaction.put(&key.to_string(), &row)?;
    Ok(Reply::Document(shown))
}

/// Deletes a noun.
pub(crate) async fn delete<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    bump(&api, transaction).await?;
    let (key, row) = N::load(call, &api, transaction).await?;
    N::release(&row, call, &api, transaction).await?;
    match row.without(call)? {
        Some(rest) => transaction.put(&key.to_string(), &rest)?,
        None => transaction.delete(&key.to_string()),
    }
    Ok(Reply::Empty)
}

/// Reads the row of a key, or says what is missing.
pub(crate) async fn row_at<R: DeserializeOwned>(
    transaction: &mut Transaction,
    key: Key,
    missing: impl FnOnce() -> Fault,
) -> Result<(Key, R), Fault> {
    let row = transaction.get(&key.to_string()).await?.ok_or_else(missing)?;
    Ok((key, row))
}

/// The JSON of a document of the model.
pub(crate) fn document<T: Serialize>(noun: &T) -> Result<Value, Fault> {
    serde_json::to_value(noun).map_err(|error| Fault::internal(error.to_string()))
}

/// How many writes an API has seen, expected to stay so until the commit. Who writes by what a list shows reads this first.
pub(crate) async fn generation(api: &ApiScope, transaction: &mut Transaction) -> Result<u64, Fault> {
    Ok(transaction.get(&api.generation().to_string()).await?.unwrap_or_default())
}

/// Counts a write below an API, so that of two writes that saw the same lists only one commits. It comes before the first
/// list: what somebody commits between the two would not be noticed otherwise.
pub(crate) async fn bump(api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    let seen = generation(api, transaction).await?;
    transaction.put(&api.generation().to_string(), &seen.wrapping_add(1))
}
