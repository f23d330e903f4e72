//! `FilterLogEvents`: the events of a group that a pattern wants, all streams together.

use serde::Deserialize;
use serde_json::{Value, json};
use stagegate_telemetry::logs::{Direction, Page, Query, Streams};

use super::call::{group_of, limit, members, now_ms, on_store, stream};
use super::event::{EVENTS, PAGE_BYTES, SCAN_BYTES};
use super::fault::invalid;
use super::pattern::Pattern;
use super::token::{read_place, write_place};
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most streams that a call may name.
const STREAMS: usize = 100;
/// The most characters of a pattern.
const PATTERN_CHARS: usize = 1_024;
/// 2024-01-01: from here on events can be asked for the newest first (service model, `startFromHead`).
const NEWEST_FIRST_FROM_MS: i64 = 1_704_067_200_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(rename = "filterPattern")]
    pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    start_from_head: Option<bool>,
}

/// `FilterLogEvents`
pub(super) async fn filter(call: &Call) -> Result<Reply, Fault> {
    let asked: Filter = members(call)?;
    let pattern = pattern(asked.pattern.as_deref().unwrap_or_default())?;
    let query = query(call, asked)?;
    let (now_ms, direction) = (now_ms(call), query.direction);
    let page = on_store(call, "log group", move |store| store.read(&query, now_ms, |text| pattern.wants(text)));
    Ok(Reply::Document(answer(&page.await?, direction)))
}

fn pattern(text: &str) -> Result<Pattern, Fault> {
    if text.chars().count() > PATTERN_CHARS {
        return Err(invalid(format!("filterPattern must have at most {PATTERN_CHARS} characters")));
    }
    Pattern::parse(text).map_err(|error| invalid(format!("Invalid filter pattern: {error}")))
}

fn query(call: &Call, asked: Filter) -> Result<Query, Fault> {
    let group = group_of(call, asked.log_group_name.as_deref(), asked.log_group_identifier.as_deref())?;
    let streams = match (asked.log_stream_names, asked.log_stream_name_prefix) {
        (Some(_), Some(_)) => return Err(invalid("logStreamNames and logStreamNamePrefix cannot both be specified")),
        (Some(names), None) if names.is_empty() || names.len() > STREAMS => {
            return Err(invalid(format!("logStreamNames must have between 1 and {STREAMS} members")));
        }
        (Some(names), None) => {
            names.iter().try_for_each(|name| stream(name).map(drop))?;
            Streams::Named(names)
        }
        (None, Some(prefix)) => Streams::Prefix(prefix),
        (None, None) => Streams::All,
    };
    let is_from_head = asked.start_from_head.unwrap_or(true);
    if !is_from_head && asked.start_time.unwrap_or_default() < NEWEST_FIRST_FROM_MS {
        return Err(invalid("startFromHead can be false only with a startTime on or after Jan 1, 2024 00:00:00 UTC"));
    }
    let (direction, behind) = match asked.next_token.as_deref().map(read_place).transpose()? {
        Some((direction, place)) => (direction, Some(place)),
        None if is_from_head => (Direction::Forward, None),
        None => (Direction::Backward, None),
    };
    Ok(Query {
        group,
        streams,
        from_ms: asked.start_time.unwrap_or(i64::MIN),
        // Of this operation the last moment is asked for as well.
        until_ms: asked.end_time.map_or(i64::MAX, |end_ms| end_ms.saturating_add(1)),
        direction,
        behind,
        limit: limit(asked.limit, EVENTS, EVENTS)?,
        bytes_max: PAGE_BYTES,
        scan_bytes_max: SCAN_BYTES,
    })
}

fn answer(page: &Page, direction: Direction) -> Value {
    let events = page.events.iter().map(|event| {
        json!({
            "logStreamName": &*event.stream,
            "timestamp": event.position.timestamp_ms,
            "message": event.message,
            "ingestionTime": event.ingested_ms,
            "eventId": event.position.to_string(),
        })
    });
    let mut answer = json!({ "events": events.collect::<Vec<_>>(), "searchedLogStreams": [] });
    if let Some(last) = page.last.filter(|_| !page.is_complete) {
        answer["nextToken"] = write_place(direction, last).into();
    }
    answer
}
