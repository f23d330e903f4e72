//! `PutFunctionConcurrency`, `GetFunctionConcurrency`, `DeleteFunctionConcurrency`.

use serde_json::json;

use super::fault::constraint;
use super::name::Named;
use super::{code, row};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// `PutFunctionConcurrency`. Zero stops the function.
pub(super) async fn put(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let asked = input.integer("ReservedConcurrentExecutions")?.unwrap_or(-1);
    input.finish()?;
    let refuse = || {
        let rule = "Member must have value greater than or equal to 0";
        constraint(&asked.to_string(), "reservedConcurrentExecutions", rule)
    };
    let reserved = u32::try_from(asked).map_err(|_| refuse())?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row.reserved_concurrency = Some(reserved);
    let archive = transaction.blob(&row.latest.code).await?.unwrap_or_default();
    code::try_out(&row, archive, call).await?;
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(json!({"ReservedConcurrentExecutions": reserved})))
}

/// `GetFunctionConcurrency`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = row::load(&Named::of(call)?, call, transaction).await?;
    let answer = row.reserved_concurrency.map(|reserved| json!({"ReservedConcurrentExecutions": reserved}));
    Ok(Reply::Document(answer.unwrap_or_else(|| json!({}))))
}

/// `DeleteFunctionConcurrency`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row = row::load_own(&Named::of(call)?, call, transaction).await?;
    row.reserved_concurrency = None;
    row::store(&row, call, transaction)?;
    Ok(Reply::Empty)
}
