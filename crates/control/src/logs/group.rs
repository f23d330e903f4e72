//! Log groups: made, described, deleted.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use stagegate_telemetry::logs::Group;

use super::call::{arn, beside, group, limit, members, name_of, now_ms, on_store};
use super::fault::{constraint, invalid};
use super::tags::check_tags;
use super::token::{read_name, write_name};
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most groups of one page, and how many it has unless the call says so.
const PAGE: usize = 50;
/// The class of every group here.
const CLASS: &str = "STANDARD";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    log_group_name: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    kms_key_id: Option<String>,
    log_group_class: Option<String>,
    deletion_protection_enabled: Option<bool>,
}

/// `CreateLogGroup`
pub(super) async fn create(call: &Call) -> Result<Reply, Fault> {
    let asked: Create = members(call)?;
    let name = group(call, &asked.log_group_name)?;
    if asked.kms_key_id.is_some() || asked.deletion_protection_enabled == Some(true) {
        return Err(invalid("kmsKeyId and deletionProtectionEnabled are not served by this version of Stagegate"));
    }
    if let Some(class) = asked.log_group_class.filter(|class| class != CLASS) {
        let rule = format!("this version of Stagegate serves the class {CLASS}");
        return Err(constraint(&class, "logGroupClass", &rule));
    }
    check_tags(&asked.tags)?;
    let made = Group { name, created_ms: now_ms(call), retention_days: None, tags: asked.tags };
    on_store(call, "log group", |store| store.create_group(made)).await?;
    Ok(Reply::Empty)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    log_group_name: String,
}

/// `DeleteLogGroup`
pub(super) async fn delete(call: &Call) -> Result<Reply, Fault> {
    let Named { log_group_name } = members(call)?;
    let name = group(call, &log_group_name)?;
    on_store(call, "log group", move |store| store.delete_group(&name)).await?;
    Ok(Reply::Empty)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
    log_group_class: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

/// `DescribeLogGroups`
pub(super) async fn describe(call: &Call) -> Result<Reply, Fault> {
    let asked: Describe = members(call)?;
    let limit = limit(asked.limit, PAGE, PAGE)?;
    if asked.log_group_name_prefix.is_some() && asked.log_group_name_pattern.is_some() {
        let message = "LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters.";
        return Err(invalid(message));
    }
    let named = asked.log_group_identifiers.map(|all| all.iter().map(|one| name_of(call, one)).collect());
    let named: Option<Vec<String>> = named.transpose()?;
    let after = asked.next_token.as_deref().map(read_name).transpose()?.unwrap_or_default();
    let (after, is_brief) = (beside(call, &after), asked.log_group_name_pattern.is_some());
    let has_class = asked.log_group_class.is_none_or(|class| class == CLASS);
    let (prefix, part) = (asked.log_group_name_prefix, asked.log_group_name_pattern);
    let mut found = on_store(call, "log group", move |store| {
        let keep = |group: &Group| {
            let name = &group.name.name;
            has_class
                && prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
                && part.as_ref().is_none_or(|part| name.contains(part))
                && named.as_ref().is_none_or(|named| named.contains(name))
        };
        Ok(store.groups(&after, keep, limit + 1))
    })
    .await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more).map(|(group, _)| write_name(&group.name.name));
    let groups: Vec<Value> = found.iter().map(|(group, bytes)| described(call, group, *bytes, is_brief)).collect();
    let mut answer = json!({ "logGroups": groups });
    if let Some(token) = last {
        answer["nextToken"] = token.into();
    }
    Ok(Reply::Document(answer))
}

/// A group as it is shown: a search by a part of the name shows less (service model, `logGroupNamePattern`).
fn described(call: &Call, group: &Group, bytes: u64, is_brief: bool) -> Value {
    let name = &group.name.name;
    let mut shown = Map::new();
    shown.insert("logGroupName".to_owned(), name.as_str().into());
    shown.insert("creationTime".to_owned(), group.created_ms.into());
    shown.insert("arn".to_owned(), format!("{}:*", arn(call, name)).into());
    if !is_brief {
        if let Some(days) = group.retention_days {
            shown.insert("retentionInDays".to_owned(), days.into());
        }
        shown.insert("metricFilterCount".to_owned(), 0.into());
        shown.insert("storedBytes".to_owned(), bytes.into());
        shown.insert("logGroupClass".to_owned(), CLASS.into());
        shown.insert("logGroupArn".to_owned(), arn(call, name).into());
    }
    Value::Object(shown)
}
