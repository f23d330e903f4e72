//! `GetLogEvents`: the events of one stream, page by page in both directions.

use serde::Deserialize;
use serde_json::{Value, json};
use stagegate_telemetry::logs::{Direction, Page, Position, Query, StoredEvent, Streams};

use super::call::{group_of, limit, members, now_ms, on_store, stream};
use super::token::{read_place, write_place};
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most events of a page.
pub(super) const EVENTS: usize = 10_000;
/// The most bytes of a page's messages: one megabyte.
pub(super) const PAGE_BYTES: usize = 1_048_576;
/// How much of the store one call looks at.
pub(super) const SCAN_BYTES: u64 = 32 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Get {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
}

/// `GetLogEvents`
pub(super) async fn get(call: &Call) -> Result<Reply, Fault> {
    let asked: Get = members(call)?;
    let group = group_of(call, asked.log_group_name.as_deref(), asked.log_group_identifier.as_deref())?;
    stream(&asked.log_stream_name)?;
    let (direction, behind) = match asked.next_token.as_deref().map(read_place).transpose()? {
        Some((direction, place)) => (direction, Some(place)),
        None if asked.start_from_head => (Direction::Forward, None),
        None => (Direction::Backward, None),
    };
    let query = Query {
        group,
        streams: Streams::Named(vec![asked.log_stream_name]),
        from_ms: asked.start_time.unwrap_or(i64::MIN),
        until_ms: asked.end_time.unwrap_or(i64::MAX),
        direction,
        behind,
        limit: limit(asked.limit, EVENTS, EVENTS)?,
        bytes_max: PAGE_BYTES,
        scan_bytes_max: SCAN_BYTES,
    };
    let now_ms = now_ms(call);
    let page = on_store(call, "log stream", move |store| store.read(&query, now_ms, |_| true)).await?;
    Ok(Reply::Document(answer(page, direction, behind, asked.start_time.unwrap_or_default())))
}

/// The events, always the oldest first, between the tokens of what is before and behind them.
fn answer(page: Page, direction: Direction, behind: Option<Position>, start_ms: i64) -> Value {
    let mut events = page.events;
    if direction == Direction::Backward {
        events.reverse();
    }
    let nowhere = behind.unwrap_or(Position::before(start_ms));
    let place = |event: Option<&StoredEvent>| event.map_or(nowhere, |event| event.position);
    let (first, last) = (place(events.first()), place(events.last()));
    let shown: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "timestamp": event.position.timestamp_ms,
                "message": event.message,
                "ingestionTime": event.ingested_ms,
            })
        })
        .collect();
    json!({
        "events": shown,
        "nextForwardToken": write_place(Direction::Forward, last),
        "nextBackwardToken": write_place(Direction::Backward, first),
    })
}
