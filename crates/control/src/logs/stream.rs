//! Log streams: made, described, deleted.

use serde::Deserialize;
use serde_json::{Value, json};
use stagegate_telemetry::logs::StreamFacts;

use super::call::{arn, group, group_of, limit, members, now_ms, on_store, stream};
use super::fault::{constraint, invalid};
use super::token::{read_name, write_name};
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most streams of one page, and how many it has unless the call says so.
const PAGE: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    log_group_name: String,
    log_stream_name: String,
}

/// `CreateLogStream`
pub(super) async fn create(call: &Call) -> Result<Reply, Fault> {
    let Named { log_group_name, log_stream_name } = members(call)?;
    let name = group(call, &log_group_name)?;
    stream(&log_stream_name)?;
    let now_ms = now_ms(call);
    on_store(call, "log stream", move |store| store.create_stream(&name, &log_stream_name, now_ms)).await?;
    Ok(Reply::Empty)
}

/// `DeleteLogStream`
pub(super) async fn delete(call: &Call) -> Result<Reply, Fault> {
    let Named { log_group_name, log_stream_name } = members(call)?;
    let name = group(call, &log_group_name)?;
    on_store(call, "log stream", move |store| store.delete_stream(&name, &log_stream_name)).await?;
    Ok(Reply::Empty)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

/// `DescribeLogStreams`
pub(super) async fn describe(call: &Call) -> Result<Reply, Fault> {
    let asked: Describe = members(call)?;
    let name = group_of(call, asked.log_group_name.as_deref(), asked.log_group_identifier.as_deref())?;
    let limit = limit(asked.limit, PAGE, PAGE)?;
    let is_by_time = match asked.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") if asked.log_stream_name_prefix.is_some() => {
            return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        Some("LastEventTime") => true,
        Some(other) => {
            let rule = "Member must satisfy enum value set: [LogStreamName, LastEventTime]";
            return Err(constraint(other, "orderBy", rule));
        }
    };
    let after = asked.next_token.as_deref().map(read_name).transpose()?;
    let prefix = asked.log_stream_name_prefix.unwrap_or_default();
    let group = arn(call, &name.name);
    let mut all = on_store(call, "log stream", move |store| store.streams(&name)).await?;
    all.retain(|stream| stream.name.starts_with(&prefix));
    if is_by_time {
        // A stream without events is older than all others.
        all.sort_by_key(|stream| stream.events.map(|(_, last_ms, _)| last_ms));
    }
    if asked.descending {
        all.reverse();
    }
    // The next page begins behind the last stream of this one, wherever that is now.
    let begin = after.and_then(|after| all.iter().position(|stream| *stream.name == *after).map(|index| index + 1));
    let rest = all.get(begin.unwrap_or_default()..).unwrap_or_default();
    let page = rest.get(..limit).unwrap_or(rest);
    let streams: Vec<Value> = page.iter().map(|stream| described(&group, stream)).collect();
    let mut answer = json!({ "logStreams": streams });
    if let Some(last) = page.last().filter(|_| rest.len() > page.len()) {
        answer["nextToken"] = write_name(&last.name).into();
    }
    Ok(Reply::Document(answer))
}

fn described(group: &str, stream: &StreamFacts) -> Value {
    let mut shown = json!({
        "logStreamName": &*stream.name,
        "creationTime": stream.created_ms,
        "arn": format!("{group}:log-stream:{}", stream.name),
        // Always 0 since 2019 (service model, `LogStream$storedBytes`).
        "storedBytes": 0,
    });
    if let Some((first_ms, last_ms, ingested_ms)) = stream.events {
        shown["firstEventTimestamp"] = first_ms.into();
        shown["lastEventTimestamp"] = last_ms.into();
        shown["lastIngestionTime"] = ingested_ms.into();
    }
    shown
}
