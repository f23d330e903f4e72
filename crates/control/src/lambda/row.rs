//! Reading and writing the row of a function.

use std::collections::BTreeSet;

use stagegate_model::keys::AccountNoun;
use stagegate_model::lambda::{FunctionRow, FunctionVersion};
use stagegate_store::Holders;

use super::fault::{LambdaFault, conflict, fault};
use super::name::Named;
use crate::call::Call;
use crate::environment::new_request_id;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// What the keys of all functions have in them.
const FUNCTIONS: &str = "/functions/";

fn key(call: &Call, name: &str) -> String {
    call.scope.noun(AccountNoun::Function, name).to_string()
}

/// The operator's function of this name.
pub(super) fn operators(call: &Call, name: &str) -> Option<FunctionRow> {
    let all = call.world.functions.operators(&call.scope);
    all.into_iter().find(|row| row.latest.configuration.function_name == name)
}

/// The row of a function, whoever made it.
pub(super) async fn load(named: &Named, call: &Call, transaction: &mut Transaction) -> Result<FunctionRow, Fault> {
    if let Some(row) = operators(call, &named.name) {
        return Ok(row);
    }
    let row = transaction.get::<FunctionRow>(&key(call, &named.name)).await?;
    let plain = Named { name: named.name.clone(), qualifier: None };
    row.ok_or_else(|| plain.missing(&call.scope))
}

/// The row of a function that is to be changed.
pub(super) async fn load_own(named: &Named, call: &Call, transaction: &mut Transaction) -> Result<FunctionRow, Fault> {
    refuse_operators(&named.name, call)?;
    load(named, call, transaction).await
}

/// A function of the configuration is changed there.
pub(super) fn refuse_operators(name: &str, call: &Call) -> Result<(), Fault> {
    match operators(call, name) {
        Some(_) => Err(conflict(format!(
            "The function {name} is defined by the configuration of this server, and can only be changed there"
        ))),
        None => Ok(()),
    }
}

/// Whether a function of this name is there.
pub(super) async fn exists(name: &str, call: &Call, transaction: &mut Transaction) -> Result<bool, Fault> {
    Ok(operators(call, name).is_some() || transaction.get::<FunctionRow>(&key(call, name)).await?.is_some())
}

/// Writes a function's row.
pub(super) fn store(row: &FunctionRow, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    transaction.put(&key(call, &row.latest.configuration.function_name), row)
}

/// Deletes a function's row.
pub(super) fn erase(name: &str, call: &Call, transaction: &mut Transaction) {
    transaction.delete(&key(call, name));
}

/// Lets go of code that no version of any function needs once the rows are as this call has written them.
pub(super) fn let_go<'v>(before: impl Iterator<Item = &'v FunctionVersion>, transaction: &mut Transaction) {
    let codes: BTreeSet<&str> = before.map(|version| version.code.as_str()).filter(|code| !code.is_empty()).collect();
    for code in codes {
        transaction.drop_blob(code, Holders::With(FUNCTIONS.to_owned()));
    }
}

/// Every function of the store, by name.
pub(super) async fn all(call: &Call, transaction: &Transaction) -> Result<Vec<FunctionRow>, Fault> {
    let rows = transaction.list::<FunctionRow>(&call.scope.nouns_prefix(AccountNoun::Function)).await?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The version that a call asks for.
pub(super) fn version<'r>(row: &'r FunctionRow, named: &Named, call: &Call) -> Result<&'r FunctionVersion, Fault> {
    // What is shown of an alias is its first version.
    row.resolve(named.qualifier.as_deref(), 1.0).ok_or_else(|| named.missing(&call.scope))
}

/// A fresh revision id.
pub(super) fn new_revision(call: &Call) -> String {
    new_request_id(call.world.random.as_ref())
}

/// Refuses a change of what is no longer as the caller saw it.
pub(super) fn check_revision(asked: Option<&str>, current: &str) -> Result<(), Fault> {
    if asked.is_none_or(|asked| asked == current) {
        return Ok(());
    }
    let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
                   retrieve the latest Revision Id";
    Err(fault(LambdaFault::PreconditionFailed, message))
}

/// The one member of `CreateFunction` that says which function it is; the code beside it is not copied.
#[derive(serde::Deserialize)]
struct Created {
    #[serde(rename = "FunctionName")]
    function_name: String,
}

/// Whether a call runs a function, for as long as that takes.
pub(crate) fn invokes(call: &Call) -> bool {
    call.operation.name.starts_with("Invoke")
}

/// The function that a call may have changed.
pub(crate) fn touched(call: &Call) -> Option<String> {
    if matches!(call.operation.verb, http::Method::GET) || invokes(call) {
        return None;
    }
    if call.operation.name == "CreateFunction" {
        let Created { function_name } = serde_json::from_slice(&call.body).ok()?;
        return Named::parse(&function_name, &call.scope).ok().map(|named| named.name);
    }
    let text = match call.parameter("FunctionName") {
        "" => call.parameter("Resource"),
        name => name,
    };
    Named::parse(text, &call.scope).ok().map(|named| named.name)
}
