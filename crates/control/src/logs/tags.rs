//! Tags of log groups, by the group's ARN and by its name.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use stagegate_telemetry::logs::GroupName;

use super::call::{group, members, name_of, on_store};
use super::fault::{LogsFault, constraint, fault};
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most tags of a group.
const TAGS: usize = 50;
const KEY_CHARS: std::ops::RangeInclusive<usize> = 1..=128;
const VALUE_CHARS: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByArn {
    resource_arn: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl ByArn {
    fn of(call: &Call) -> Result<(Self, GroupName), Fault> {
        let asked: Self = members(call)?;
        let name = group(call, &name_of(call, &asked.resource_arn)?)?;
        Ok((asked, name))
    }
}

/// `ListTagsForResource`
pub(super) async fn list(call: &Call) -> Result<Reply, Fault> {
    let (_, name) = ByArn::of(call)?;
    show(call, name).await
}

/// `TagResource`
pub(super) async fn tag(call: &Call) -> Result<Reply, Fault> {
    let (ByArn { tags, .. }, name) = ByArn::of(call)?;
    add(call, name, tags).await
}

/// `UntagResource`
pub(super) async fn untag(call: &Call) -> Result<Reply, Fault> {
    let (ByArn { tag_keys, .. }, name) = ByArn::of(call)?;
    remove(call, name, tag_keys).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByName {
    log_group_name: String,
}

#[derive(Deserialize)]
struct NewTags {
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TagKeys {
    tags: Vec<String>,
}

fn by_name(call: &Call) -> Result<GroupName, Fault> {
    let ByName { log_group_name } = members(call)?;
    group(call, &log_group_name)
}

/// `ListTagsLogGroup`
pub(super) async fn list_of_group(call: &Call) -> Result<Reply, Fault> {
    show(call, by_name(call)?).await
}

/// `TagLogGroup`
pub(super) async fn tag_group(call: &Call) -> Result<Reply, Fault> {
    let NewTags { tags } = members(call)?;
    add(call, by_name(call)?, tags).await
}

/// `UntagLogGroup`
pub(super) async fn untag_group(call: &Call) -> Result<Reply, Fault> {
    let TagKeys { tags } = members(call)?;
    remove(call, by_name(call)?, tags).await
}

async fn show(call: &Call, name: GroupName) -> Result<Reply, Fault> {
    let group = on_store(call, "log group", move |store| store.group(&name)).await?;
    Ok(Reply::Document(json!({ "tags": group.tags })))
}

async fn add(call: &Call, name: GroupName, tags: BTreeMap<String, String>) -> Result<Reply, Fault> {
    check_tags(&tags)?;
    let is_added = on_store(call, "log group", move |store| {
        let mut is_added = true;
        store.update_group(&name, |group| {
            let mut all = group.tags.clone();
            all.extend(tags);
            is_added = all.len() <= TAGS;
            if is_added {
                group.tags = all;
            }
        })?;
        Ok(is_added)
    });
    if is_added.await? {
        return Ok(Reply::Empty);
    }
    Err(fault(LogsFault::TooManyTags, format!("A log group can have at most {TAGS} tags.")))
}

async fn remove(call: &Call, name: GroupName, keys: Vec<String>) -> Result<Reply, Fault> {
    let work = move |group: &mut stagegate_telemetry::logs::Group| group.tags.retain(|key, _| !keys.contains(key));
    on_store(call, "log group", move |store| store.update_group(&name, work)).await?;
    Ok(Reply::Empty)
}

/// Refuses tags that break a rule.
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > TAGS {
        let rule = format!("Map must have at most {TAGS} entries");
        return Err(constraint(&tags.len().to_string(), "tags", &rule));
    }
    for (key, value) in tags {
        if !KEY_CHARS.contains(&key.chars().count()) || key.starts_with("aws:") {
            return Err(constraint(key, "tags", "A key has 1 to 128 characters, and does not begin with aws:"));
        }
        if value.chars().count() > VALUE_CHARS {
            return Err(constraint(value, "tags", "A value has at most 256 characters"));
        }
    }
    Ok(())
}
