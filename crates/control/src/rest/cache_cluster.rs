//! The response cache of a stage as its owner sees it: its size and how far it is (fact C7).
//!
//! A call that makes, deletes or resizes a cache answers that this is in progress, as AWS's does, and so is whoever asks until the data
//! plane has it so, where AWS takes about four minutes. The call returns then, or after a second.

use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::{CacheClusterSize, CacheClusterStatus, Stage};

use crate::call::Call;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// Fills in the size, and notes what the change from `before` begins.
pub(super) fn settle(before: &Stage, stage: &mut Stage) {
    let was_cached = before.cache_cluster_enabled == Some(true);
    let is_cached = *stage.cache_cluster_enabled.get_or_insert(false);
    if is_cached {
        stage.cache_cluster_size.get_or_insert(CacheClusterSize::Gb0_5);
    }
    // Another size is another cache.
    let is_same = was_cached && before.cache_cluster_size == stage.cache_cluster_size;
    // What another call has begun goes on.
    let stays = |ended| before.cache_cluster_status.unwrap_or(ended);
    stage.cache_cluster_status = Some(match (was_cached, is_cached) {
        (_, true) if is_same => stays(CacheClusterStatus::Available),
        (_, true) => CacheClusterStatus::CreateInProgress,
        (true, false) => CacheClusterStatus::DeleteInProgress,
        (false, false) => stays(CacheClusterStatus::NotAvailable),
    });
}

/// Begins a life of the cache where this call makes one: the data plane tells lives apart by these rows. Two of AWS's sizes may be
/// the same number of bytes, and of a change there and back again it may see the end alone.
pub(super) fn begin(
    before: &Stage,
    stage: &Stage,
    call: &Call,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let is_another =
        before.cache_cluster_enabled != Some(true) || before.cache_cluster_size != stage.cache_cluster_size;
    if stage.cache_cluster_enabled == Some(true) && is_another {
        flush(ApiNoun::CacheFlush, stage, call, api, transaction)?;
    }
    Ok(())
}

/// Begins the lives of a new stage, which inherits nothing from one of its name: no answers, no decisions of authorizers.
pub(super) fn begin_stage(
    stage: &Stage,
    call: &Call,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    flush(ApiNoun::AuthorizerFlush, stage, call, api, transaction)?;
    begin(&Stage::default(), stage, call, api, transaction)
}

/// What was kept until now counts no more, on any node, once its data plane has seen that the row was written.
pub(super) fn flush(
    what: ApiNoun,
    stage: &Stage,
    call: &Call,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    transaction.put(&api.noun(what, &stage.stage_name).to_string(), &call.now())
}

/// Deletes what only says when a stage's caches were flushed.
pub(super) fn forget(stage: &Stage, api: &ApiScope, transaction: &mut Transaction) {
    for what in [ApiNoun::AuthorizerFlush, ApiNoun::CacheFlush] {
        transaction.delete(&api.noun(what, &stage.stage_name).to_string());
    }
}

/// The stage as a call finds it: what was in progress is done once the data plane serves it.
pub(super) async fn settled(
    mut stage: Stage,
    call: &Call,
    api: &ApiScope,
    transaction: &Transaction,
) -> Result<Stage, Fault> {
    let Some(status) = stage.cache_cluster_status else { return Ok(stage) };
    if status == CacheClusterStatus::NotAvailable {
        return Ok(stage);
    }
    let (row, flush) = (api.stage(&stage.stage_name), api.noun(ApiNoun::CacheFlush, &stage.stage_name));
    let serves = |revision: Option<u64>| revision.is_none_or(|revision| call.world.data_plane.serves(revision));
    let is_served = serves(transaction.revision(&row.to_string()).await?);
    let is_flushed = serves(transaction.revision(&flush.to_string()).await?);
    stage.cache_cluster_status = Some(walked(status, is_served, is_flushed));
    Ok(stage)
}

/// How far a cache is whose last call left it in this state.
fn walked(left: CacheClusterStatus, is_served: bool, is_flushed: bool) -> CacheClusterStatus {
    use CacheClusterStatus as S;
    match left {
        S::CreateInProgress | S::DeleteInProgress if !is_served => left,
        S::DeleteInProgress | S::NotAvailable => S::NotAvailable,
        S::CreateInProgress | S::FlushInProgress | S::Available if is_flushed => S::Available,
        S::CreateInProgress | S::FlushInProgress | S::Available => S::FlushInProgress,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(is_cached: bool, size: Option<CacheClusterSize>) -> Stage {
        Stage { cache_cluster_enabled: Some(is_cached), cache_cluster_size: size, ..Stage::default() }
    }

    #[test]
    fn fact_c7_a_change_is_in_progress_and_then_done() {
        use CacheClusterStatus as S;
        let (small, large) = (Some(CacheClusterSize::Gb0_5), Some(CacheClusterSize::Gb237));
        for (before, after, during, then) in [
            (Stage::default(), stage(false, None), S::NotAvailable, S::NotAvailable),
            (Stage::default(), stage(true, None), S::CreateInProgress, S::Available),
            (stage(true, small), stage(true, small), S::Available, S::Available),
            (stage(true, small), stage(true, large), S::CreateInProgress, S::Available),
            (stage(true, small), stage(false, small), S::DeleteInProgress, S::NotAvailable),
            (stage(false, small), stage(true, small), S::CreateInProgress, S::Available),
        ] {
            let mut changed = after.clone();
            settle(&before, &mut changed);
            assert_eq!(changed.cache_cluster_status, Some(during), "{after:?}");
            assert_eq!(walked(during, false, false), if during == S::Available { S::FlushInProgress } else { during });
            assert_eq!(walked(during, true, true), then, "{after:?}");
            // Another change of the stage meanwhile.
            let mut again = changed.clone();
            settle(&changed, &mut again);
            assert_eq!(again.cache_cluster_status, Some(during), "{after:?}");
        }
    }
}
