//! `FlushStageCache` and `FlushStageAuthorizersCache`.

use stagegate_model::rest::Stage;

use super::rest_api;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::Noun;

/// Both: the stage must exist. No answer and no authorizer's decision is kept anywhere yet, so that there is nothing to
/// throw away.
pub(crate) async fn flush(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    Stage::load(call, &api, transaction).await?;
    Ok(Reply::Empty)
}
