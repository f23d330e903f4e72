//! Retention policies: how many days a group's events are shown.

use serde::Deserialize;

use super::call::{group, members, on_store};
use super::fault::constraint;
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// What may be set (service model, `Days`).
const DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Put {
    log_group_name: String,
    retention_in_days: i64,
}

/// `PutRetentionPolicy`
pub(super) async fn put(call: &Call) -> Result<Reply, Fault> {
    let Put { log_group_name, retention_in_days } = members(call)?;
    let days = u32::try_from(retention_in_days).ok().filter(|days| DAYS.contains(days)).ok_or_else(|| {
        let allowed = DAYS.map(|days| days.to_string()).join(", ");
        let rule = format!("Member must satisfy enum value set: [{allowed}]");
        constraint(&retention_in_days.to_string(), "retentionInDays", &rule)
    })?;
    set(call, &log_group_name, Some(days)).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    log_group_name: String,
}

/// `DeleteRetentionPolicy`
pub(super) async fn delete(call: &Call) -> Result<Reply, Fault> {
    let Delete { log_group_name } = members(call)?;
    set(call, &log_group_name, None).await
}

async fn set(call: &Call, name: &str, days: Option<u32>) -> Result<Reply, Fault> {
    let name = group(call, name)?;
    on_store(call, "log group", move |store| store.update_group(&name, |group| group.retention_days = days)).await?;
    Ok(Reply::Empty)
}
