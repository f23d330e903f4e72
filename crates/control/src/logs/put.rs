//! `PutLogEvents`: a batch of events for one stream.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use stagegate_telemetry::logs::NewEvent;

use super::call::{group, members, now_ms, on_store, stream};
use super::fault::invalid;
use crate::call::{Call, Reply};
use crate::fault::Fault;

/// The most events of a batch.
const EVENTS: usize = 10_000;
/// The most bytes of a batch, each event counted with some more than its message.
const BATCH_BYTES: usize = 1_048_576;
const EVENT_BYTES: usize = 26;
const HOUR_MS: i64 = 3_600_000;
/// How long a batch may be, how far ahead of time an event, and how old.
const SPAN_MS: i64 = 24 * HOUR_MS;
const AHEAD_MS: i64 = 2 * HOUR_MS;
const OLD_MS: i64 = 14 * 24 * HOUR_MS;

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "logGroupName")]
    group: String,
    #[serde(rename = "logStreamName")]
    stream: String,
    #[serde(rename = "logEvents")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    timestamp: i64,
    message: String,
}

/// `PutLogEvents`
pub(super) async fn put(call: &Call) -> Result<Reply, Fault> {
    let asked: Put = members(call)?;
    let name = group(call, &asked.group)?;
    stream(&asked.stream)?;
    check(&asked.events)?;
    let now_ms = now_ms(call);
    let rejected = on_store(call, "log stream", move |store| {
        let retention = store.group(&name)?.retention_days.map(|days| i64::from(days) * 24 * HOUR_MS);
        let (kept, rejected) = sorted_out(&asked.events, now_ms, retention);
        let events = kept.iter().map(|event| NewEvent { timestamp_ms: event.timestamp, message: &event.message });
        store.append(&name, &asked.stream, &events.collect::<Vec<_>>(), now_ms)?;
        Ok(rejected)
    });
    let mut answer = Map::new();
    if let Some(rejected) = rejected.await? {
        answer.insert("rejectedLogEventsInfo".to_owned(), rejected);
    }
    Ok(Reply::Document(Value::Object(answer)))
}

/// What refuses the whole batch (service model, `PutLogEvents`).
fn check(events: &[Event]) -> Result<(), Fault> {
    if !(1..=EVENTS).contains(&events.len()) {
        return Err(invalid(format!("logEvents must have between 1 and {EVENTS} members")));
    }
    if events.iter().any(|event| event.message.is_empty() || event.timestamp < 0) {
        return Err(invalid("A log event has a message that is not empty, and a timestamp that is not negative"));
    }
    let bytes: usize = events.iter().map(|event| event.message.len() + EVENT_BYTES).sum();
    if bytes > BATCH_BYTES {
        return Err(invalid(format!("Upload too large: {bytes} bytes exceeds limit of {BATCH_BYTES}")));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(invalid("Log events in a single PutLogEvents request must be in chronological order."));
    }
    let span_ms = events.last().map_or(0, |event| event.timestamp) - events.first().map_or(0, |event| event.timestamp);
    if span_ms > SPAN_MS {
        return Err(invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(())
}

/// The events that are taken, and where those are that are not.
fn sorted_out(events: &[Event], now_ms: i64, retention_ms: Option<i64>) -> (&[Event], Option<Value>) {
    let before = |moment_ms: i64| events.partition_point(|event| event.timestamp < moment_ms);
    let (old, expired) = (before(now_ms - OLD_MS), retention_ms.map_or(0, |kept_ms| before(now_ms - kept_ms)));
    let new = before(now_ms + AHEAD_MS + 1);
    let mut rejected = Map::new();
    for (member, index, is_given) in [
        ("tooNewLogEventStartIndex", new, new < events.len()),
        ("tooOldLogEventEndIndex", old, old > 0),
        ("expiredLogEventEndIndex", expired, expired > 0),
    ] {
        if is_given {
            rejected.insert(member.to_owned(), json!(index));
        }
    }
    let kept = events.get(old.max(expired)..new).unwrap_or_default();
    (kept, (!rejected.is_empty()).then_some(Value::Object(rejected)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_too_old_too_new_or_expired_are_told_by_their_places() {
        let now_ms = 100 * 24 * HOUR_MS;
        let event = |timestamp| Event { timestamp, message: "x".to_owned() };
        let moments = [now_ms - OLD_MS - 1, now_ms - OLD_MS, now_ms, now_ms + AHEAD_MS, now_ms + AHEAD_MS + 1];
        let events = moments.map(event);
        let (kept, rejected) = sorted_out(&events, now_ms, None);
        assert_eq!(kept.iter().map(|event| event.timestamp).collect::<Vec<_>>(), moments[1..4]);
        assert_eq!(rejected, Some(json!({"tooNewLogEventStartIndex": 4, "tooOldLogEventEndIndex": 1})));
        let (kept, rejected) = sorted_out(&events[..3], now_ms, Some(24 * HOUR_MS));
        assert_eq!(
            (kept.len(), rejected),
            (1, Some(json!({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2})))
        );
        assert_eq!(sorted_out(&events[2..3], now_ms, Some(HOUR_MS)).1, None);
        assert_eq!(sorted_out(&events[4..], now_ms, None).0.len(), 0);
    }
}
