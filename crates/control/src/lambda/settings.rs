//! `GetAccountSettings`.

use serde_json::json;
use stagegate_model::lambda::FunctionRow;

use super::row;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// AWS's limits of an account (AWS, "Lambda quotas"); code has no limit here but that of one package.
const TOTAL_CODE_BYTES: u64 = 80_530_636_800;
const UNZIPPED_CODE_BYTES: u64 = 262_144_000;
const ZIPPED_CODE_BYTES: u64 = 52_428_800;

/// `GetAccountSettings`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let rows = row::all(call, transaction).await?;
    let code_bytes: u64 =
        rows.iter().flat_map(FunctionRow::all_versions).map(|version| version.configuration.code_size).sum();
    let reserved: u64 = rows.iter().filter_map(|row| row.reserved_concurrency).map(u64::from).sum();
    let concurrent = u64::from(call.world.functions.concurrency_max());
    Ok(Reply::Document(json!({
        "AccountLimit": {
            "TotalCodeSize": TOTAL_CODE_BYTES,
            "CodeSizeUnzipped": UNZIPPED_CODE_BYTES,
            "CodeSizeZipped": ZIPPED_CODE_BYTES,
            "ConcurrentExecutions": concurrent,
            "UnreservedConcurrentExecutions": concurrent.saturating_sub(reserved),
        },
        "AccountUsage": {"TotalCodeSize": code_bytes, "FunctionCount": rows.len()},
    })))
}
