//! `FlushStageCache` and `FlushStageAuthorizersCache`.

use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::Stage;

use super::{cache_cluster, rest_api};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::Noun;

/// `FlushStageCache`: what the stage's response cache holds is found no more.
pub(crate) async fn flush(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, stage) = stage(call, transaction).await?;
    cache_cluster::flush(ApiNoun::CacheFlush, &stage, call, &api, transaction)?;
    Ok(Reply::Empty)
}

/// `FlushStageAuthorizersCache`: what the stage's authorizers decided so far counts no more.
pub(crate) async fn flush_authorizers(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, stage) = stage(call, transaction).await?;
    cache_cluster::flush(ApiNoun::AuthorizerFlush, &stage, call, &api, transaction)?;
    Ok(Reply::Empty)
}

async fn stage(call: &Call, transaction: &mut Transaction) -> Result<(ApiScope, Stage), Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, stage) = Stage::load(call, &api, transaction).await?;
    Ok((api, stage))
}
