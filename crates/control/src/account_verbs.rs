//! The verbs, written once over every noun of an account that belongs to no API: get, list, update, delete.

use serde_json::Value;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key, is_segment};
use stagegate_store::BoxFuture;

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::paging::Page;
use crate::patch::{self, Operation, PatchRow};
use crate::transaction::Transaction;
use crate::verbs::{Holds, row_at};

/// A noun of an account in a region: where it is stored, how it is patched, what must hold of it.
pub(crate) trait Owned: Clone + Send + Sync + 'static {
    /// The stored document that holds the noun.
    type Row: Holds<Self>;

    /// The kind of its keys.
    const KIND: AccountNoun;

    /// The rows of its patch rules.
    const PATCH: &'static [PatchRow<Self>];

    /// The noun's id in its key, as the call's path and query name it.
    fn id(call: &Call) -> String;

    /// The fault that there is no such noun.
    fn missing(call: &Call) -> Fault;

    /// Refuses patch operations that AWS does not take together.
    fn screen(_operations: &[Operation]) -> Result<(), Fault> {
        Ok(())
    }

    /// Checks a patched noun, and writes what follows from the change in other rows.
    fn settle<'c>(
        _before: &'c Self,
        _row: &'c mut Self::Row,
        _call: &'c Call,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    /// Refuses to delete a noun in use, or deletes what goes with it.
    fn release<'c>(
        _row: &'c Self::Row,
        _call: &'c Call,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    /// The noun as an answer shows it.
    fn show(&self) -> Result<Value, Fault>;
}

/// Reads the noun of a call.
pub(crate) async fn load<N: Owned>(call: &Call, transaction: &mut Transaction) -> Result<(Key, N::Row), Fault> {
    let id = N::id(call);
    if !is_segment(&id) {
        return Err(N::missing(call));
    }
    row_at(transaction, call.scope.noun(N::KIND, &id), || N::missing(call)).await
}

/// Refuses one noun more than a quota allows.
pub(crate) async fn admit<N: Owned>(
    quota: &str,
    message: &str,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    if call.world.quotas.enforced(quota).is_none() {
        return Ok(());
    }
    count_write(call, transaction).await?;
    let have = rows::<N>(&call.scope, transaction).await?.len();
    call.world.quotas.admit(quota, have, message)
}

/// Counts a write to the account, so that of two writes that saw the same list only one commits. It comes before the list:
/// what somebody commits between the two is noticed, too.
pub(crate) async fn count_write(call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    let key = Key::AccountGeneration(call.scope.clone()).to_string();
    let generation: u64 = transaction.get(&key).await?.unwrap_or_default();
    transaction.put(&key, &generation.wrapping_add(1))
}

/// Every noun of an account, in the order of the ids.
pub(crate) async fn rows<N: Owned>(scope: &Scope, transaction: &Transaction) -> Result<Vec<(String, N::Row)>, Fault> {
    transaction.list(&scope.nouns_prefix(N::KIND)).await
}

/// Writes a new noun, and answers it.
pub(crate) fn insert<N: Owned>(
    id: &str,
    mut row: N::Row,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Reply, Fault> {
    transaction.put(&call.scope.noun(N::KIND, id).to_string(), &row)?;
    Ok(Reply::Document(row.noun(call)?.show()?))
}

/// Reads a noun.
pub(crate) async fn get<N: Owned>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, mut row) = load::<N>(call, transaction).await?;
    Ok(Reply::Document(row.noun(call)?.show()?))
}

/// Lists nouns, one page.
pub(crate) async fn list<N: Owned>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = Page::of(call)?;
    let rows = rows::<N>(&call.scope, transaction).await?;
    let items = rows.into_iter().map(|(id, mut row)| Ok((id, row.noun(call)?.show()?)));
    Ok(Reply::Document(page.cut(items.collect::<Result<_, Fault>>()?)))
}

/// Patches a noun.
pub(crate) async fn update<N: Owned>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let operations = patch::operations(call)?;
    N::screen(&operations)?;
    let (key, mut row) = load::<N>(call, transaction).await?;
    let before = row.noun(call)?.clone();
    patch::apply(N::PATCH, row.noun(call)?, &operations, |_| None)?;
    N::settle(&before, &mut row, call, transaction).await?;
    let shown = row.noun(call)?.show()?;
    transaction.put(&key.to_string(), &row)?;
    Ok(Reply::Document(shown))
}

/// Deletes a noun.
pub(crate) async fn delete<N: Owned>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (key, row) = load::<N>(call, transaction).await?;
    N::release(&row, call, transaction).await?;
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}
